"""The catalogue as CSV: annotations, individuals, and the log of decisions."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import (
    AnnotationRow,
    DecisionRow,
    IndividualRow,
    Project,
    annotations,
    decisions,
    individuals,
)
from fieldmark.catalog import tables as t
from fieldmark.exports.csvfile import write_csv
from fieldmark.exports.sharing import PRIVATE, SHAREABLE, Names, Terms
from fieldmark.files import replacing, write_text

COLUMNS = (
    "image_id", "identity", "path", "bbox", "orientation", "date", "species", "encounter",
    "station",
)  # fmt: skip
PRIVATE_COLUMNS = ("latitude", "longitude", "shared_as")
"""Columns of a private export alone: where the animal was, and the photo's name elsewhere."""
NOTE = "READ-ME.txt"
"""Beside the tables, which have no place for a remark: on what terms they were written."""


def export_csv(project: Project, folder: Path, terms: Terms | None = None) -> list[Path]:
    """Write the three tables, in bounded memory, and return them.

    In a private export the paths in annotations.csv are relative to `folder`, where the importer
    expects them. In a shareable one stations, files and people have other names, as
    `fieldmark.exports.sharing` says, there are no coordinates, and the reasons that people wrote
    into the log are left out.

    Args:
        project: the catalogue.
        folder: where to; made if it is not there.
        terms: shareable when None.
    """
    terms = terms or Terms()
    paths = [folder / f"{name}.csv" for name in ("annotations", "individuals", "decisions")]
    columns = (*COLUMNS, *PRIVATE_COLUMNS) if terms.private else COLUMNS
    with project.reading() as session:
        names = Names(session, terms)
        _write(paths[0], columns, _rows(session, names, folder.resolve()))
        _write(paths[1], _fields(IndividualRow), map(asdict, individuals(session)))
        _write(paths[2], _fields(DecisionRow), _log(session, names))
    write_text(folder / NOTE, (PRIVATE if terms.private else SHAREABLE) + "\n")
    return paths


def _rows(session: Session, names: Names, folder: Path) -> Iterator[dict[str, object]]:
    """Yield one row per annotation, in the columns that `import_table` reads back."""
    for row in annotations(session):
        shared = names.shared(row.sha256, row.station)
        values = _values(row) | {"station": names.station(row.station), "path": shared}
        if names.terms.private:
            values |= {"path": _relative(row.path, folder), "shared_as": shared}
            values |= _place(session, row)
        yield values


def _values(row: AnnotationRow) -> dict[str, object]:
    x, y = row.box.x * row.width, row.box.y * row.height
    w, h = row.box.w * row.width, row.box.h * row.height
    whole = row.source == "photo"
    return {
        "image_id": row.id,
        "identity": row.individual_name or "unknown",
        "bbox": "" if whole else f"[{x:.2f}, {y:.2f}, {w:.2f}, {h:.2f}]",
        "orientation": str(row.side),
        "date": row.captured_at.isoformat(" ") if row.captured_at else "",
        "species": row.species,
        "encounter": row.encounter_id or "",
    }


def _relative(path: Path | None, folder: Path) -> str:
    if path is None:
        return ""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return path.as_posix()


def _place(session: Session, row: AnnotationRow) -> dict[str, object]:
    query = select(t.Photo.latitude, t.Photo.longitude).where(t.Photo.id == row.photo_id)
    latitude, longitude = session.execute(query).one()
    return {} if latitude is None else {"latitude": latitude, "longitude": longitude}


def _log(session: Session, names: Names) -> Iterator[dict[str, object]]:
    for row in decisions(session):
        values = asdict(row) | {"by": names.person(row.by)}
        yield values if names.terms.private else values | {"reason": ""}


def _fields(row: type[IndividualRow] | type[DecisionRow]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with replacing(path) as file:
        write_csv(file, columns, rows)

"""The catalogue as CSV: annotations, individuals, and the log of decisions."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from fieldmark.catalog import (
    DecisionRow,
    IndividualRow,
    Project,
    decisions,
    export_rows,
    individuals,
)
from fieldmark.catalog.export import COLUMNS, PLACES
from fieldmark.files import replacing


def export_csv(project: Project, folder: Path, *, places: bool = False) -> list[Path]:
    """Write the three files, in bounded memory, and return them.

    Paths in annotations.csv are relative to `folder`, where the importer expects them.

    Args:
        project: the catalogue.
        folder: where to; made if it is not there.
        places: also stations and coordinates, which a poacher could use.
    """
    columns = (*COLUMNS, *PLACES) if places else COLUMNS
    paths = [folder / f"{name}.csv" for name in ("annotations", "individuals", "decisions")]
    here = folder.resolve()
    with project.reading() as session:
        rows = export_rows(session, places=places)
        _write(paths[0], columns, (row | {"path": _relative(row["path"], here)} for row in rows))
        _write(paths[1], _names(IndividualRow), map(asdict, individuals(session)))
        _write(paths[2], _names(DecisionRow), map(asdict, decisions(session)))
    return paths


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix() if path else ""
    except ValueError:  # on another drive of Windows
        return Path(path).as_posix()


def _names(row: type[IndividualRow] | type[DecisionRow]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write UTF-8 with a byte-order mark, which Excel needs to read names rightly."""
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.DictWriter(text, list(columns))
        writer.writeheader()
        writer.writerows(rows)
        text.detach()

"""The catalogue as rows of a table, in the columns that `import_table` reads back."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.queries import annotations
from fieldmark.catalog.rows import AnnotationRow

COLUMNS = (
    "image_id", "identity", "path", "bbox", "orientation", "date", "species", "encounter",
)  # fmt: skip
PLACES = ("station", "latitude", "longitude")
"""Columns that tell where an animal lives; left out unless asked for."""


def export_rows(session: Session, *, places: bool = False) -> Iterator[dict[str, str]]:
    """Yield one row per annotation, every value as text, empty where nothing is known.

    Args:
        session: from the project.
        places: also the station and the coordinates, which a poacher could use.
    """
    for row in annotations(session):
        values = dict(zip(COLUMNS, _values(row), strict=True))
        yield values | (_places(session, row) if places else {})


def _values(row: AnnotationRow) -> tuple[str, ...]:
    x, y = row.box.x * row.width, row.box.y * row.height
    w, h = row.box.w * row.width, row.box.h * row.height
    whole = row.source == "photo"
    return (
        str(row.id),
        row.individual_name or "unknown",
        str(row.path or ""),
        "" if whole else f"[{x:.2f}, {y:.2f}, {w:.2f}, {h:.2f}]",
        str(row.side),
        row.captured_at.isoformat(" ") if row.captured_at else "",
        row.species,
        str(row.encounter_id or ""),
    )


def _places(session: Session, row: AnnotationRow) -> dict[str, str]:
    p = t.Photo
    query = select(p.latitude, p.longitude).where(p.id == row.photo_id)
    latitude, longitude = session.execute(query).one()
    values = (row.station, latitude, longitude)
    shown = ("" if value is None else str(value) for value in values)
    return dict(zip(PLACES, shown, strict=True))

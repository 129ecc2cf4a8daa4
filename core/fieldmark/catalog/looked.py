"""What detectors have seen in a project's photos, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.queries import CURRENT


@dataclass(frozen=True, slots=True)
class Looked:
    """What one detector has seen.

    Attributes:
        photos: that it looked at.
        blank: those of them in which nothing was boxed.
        boxes: by label, `animal`, `person`, `vehicle` or the detector's own word.
        photos_with: photos that show at least one, by label.
    """

    photos: int
    blank: int
    boxes: Mapping[str, int]
    photos_with: Mapping[str, int]


def looked(session: Session, detector: str) -> Looked:
    """Return what a detector has seen in the photos that it was the last to look at."""
    a, p = t.Annotation, t.Photo
    by_it = p.detector == detector
    current = (CURRENT, a.photo_id == p.id)
    query = (
        select(a.label, func.count(a.id), func.count(func.distinct(a.photo_id)))
        .join(p, p.id == a.photo_id)
        .where(by_it, CURRENT)
        .group_by(a.label)
        .order_by(a.label)
    )
    rows = [(label, boxes, photos) for label, boxes, photos in session.execute(query)]
    nothing = select(func.count(p.id)).where(by_it, ~select(a.id).where(*current).exists())
    return Looked(
        photos=session.scalar(select(func.count(p.id)).where(by_it)) or 0,
        blank=session.scalar(nothing) or 0,
        boxes={label: boxes for label, boxes, _ in rows},
        photos_with={label: photos for label, _, photos in rows},
    )


def detectors(session: Session) -> dict[str | None, int]:
    """Return how many photos each detector was the last to look at; None: no detector has."""
    p = t.Photo
    query = select(p.detector, func.count(p.id)).group_by(p.detector).order_by(p.detector)
    return {name: photos for name, photos in session.execute(query)}  # noqa: C416 - of rows

"""What a check of the photos reads from the catalogue: each photo's state, and counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.clocks import project_zone
from fieldmark.catalog.places import Roots, photo_paths
from fieldmark.catalog.queries import ANIMAL, CURRENT, station_time

_PAGE = 500


@dataclass(frozen=True, slots=True)
class PhotoState:
    """What a check needs to know of a photo.

    Attributes:
        path: where it lies; None where no copy can be found.
        name: its path below the folder that it was imported from; empty where it never had one.
        time: of the camera, corrected, as text; None where unknown.
        hashed: whether its perceptual hash is known.
    """

    id: int
    sha256: str
    path: Path | None
    name: str
    station: str | None
    time: str | None
    time_flag: str
    duplicate_of: int | None
    hashed: bool


@dataclass(frozen=True, slots=True)
class PhotoCounts:
    """How many photos there are, and what is on them.

    Attributes:
        animals: annotations, as are `people` and `vehicles`; a photo that no detector has looked
            at counts as one animal.
        blank: photos on which a detector saw nothing at all.
        unseen: photos that no detector has looked at.
        set_aside: reasons, and how many annotations were set aside for each, the commonest first.
    """

    photos: int
    animals: int
    people: int
    vehicles: int
    blank: int
    unseen: int
    set_aside: tuple[tuple[str, int], ...]


def photo_states(session: Session) -> Iterator[PhotoState]:
    """Yield the photos in the order of their numbers."""
    p, d, where = t.Photo, t.Deployment, t.Location
    name = select(func.min(where.path)).where(where.photo_id == p.id).scalar_subquery()
    query = (
        select(
            p.id, p.sha256, p.captured_at, p.time_flag, p.duplicate_of,
            p.phash.is_not(None).label("hashed"), d.station, d.clock_offset, name.label("name"),
        )
        .outerjoin(d, d.id == p.deployment_id)
        .order_by(p.id)
        .limit(_PAGE)
    )  # fmt: skip
    roots, last = Roots(session), 0
    while page := session.execute(query.where(p.id > last)).all():
        paths = photo_paths(session, roots, {row.id for row in page})
        for row in page:
            moment = station_time(row.captured_at, row.clock_offset)
            yield PhotoState(
                row.id, row.sha256, paths.get(row.id), row.name or "", row.station,
                str(moment) if moment else None, row.time_flag, row.duplicate_of, bool(row.hashed),
            )  # fmt: skip
        last = page[-1].id


def photo_counts(session: Session) -> PhotoCounts:
    """Count the photos, what is on them, and what was set aside."""
    a, p, s = t.Annotation, t.Photo, t.SetAside
    seen = p.detector.is_not(None)
    nothing = ~select(a.id).where(a.photo_id == p.id, CURRENT).exists()
    number = func.count(distinct(s.annotation_id))
    reasons = select(s.reason, number).group_by(s.reason).order_by(number.desc(), s.reason)
    queries = [
        select(func.count(p.id)),
        select(func.count(a.id)).where(ANIMAL, CURRENT),
        select(func.count(a.id)).where(a.label == "person", CURRENT),
        select(func.count(a.id)).where(a.label == "vehicle", CURRENT),
        select(func.count(p.id)).where(seen, nothing),
        select(func.count(p.id)).where(~seen),
    ]
    photos, animals, people, vehicles, blank, unseen = (
        session.scalar(query) or 0 for query in queries
    )
    set_aside = tuple((row[0], row[1]) for row in session.execute(reasons))
    return PhotoCounts(photos, animals, people, vehicles, blank, unseen, set_aside)


def stations_without_zone(session: Session) -> list[str]:
    """Return the stations whose times nobody can tell in UTC, by name.

    Neither the project, nor a deployment, nor the photos themselves say their time zone.
    """
    if project_zone(session) is not None:
        return []
    p, d = t.Photo, t.Deployment
    query = (
        select(d.station)
        .distinct()
        .join(p, p.deployment_id == d.id)
        .where(d.timezone.is_(None), p.captured_at.is_not(None), p.captured_zone.is_(None))
        .order_by(d.station)
    )
    return list(session.scalars(query))

"""Encounters as Camtrap DP's events: when each began and ended, and which animals it shows."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect
from fieldmark.catalog.detections import WHOLE_PHOTO
from fieldmark.catalog.places import in_pages
from fieldmark.catalog.queries import ANIMAL, CURRENT, station_time

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Present:
    """An individual in an encounter; or, without a name, those of a species that have none.

    Attributes:
        count: 1 for a named one; else the most that one photo shows, for nobody knows how many
            there were in all.
        sides: those seen, in alphabetical order, without `unknown`.
    """

    species: str
    name: str | None
    count: int
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One encounter.

    Attributes:
        begin: the time of its first photo.
        end: the time of its last photo.
        zone: the offset from UTC that the first photo's source stated.
    """

    encounter: int
    deployment: int | None
    begin: datetime
    end: datetime
    zone: str | None
    present: tuple[Present, ...]


def visits(session: Session, only: Collection[int] | None = None) -> Iterator[Visit]:
    """Yield the encounters that have a time, in the order of their numbers.

    Args:
        session: from the project.
        only: only these.
    """
    for page in _pages(session) if only is None else in_pages(only, _PAGE):
        rows = session.execute(_rows().where(t.Annotation.encounter_id.in_(page))).all()
        for encounter, group in groupby(rows, attrgetter("encounter_id")):
            yield _visit(encounter, list(group))


def _pages(session: Session) -> Iterator[list[int]]:
    e, last = t.Encounter, 0
    query = select(e.id).order_by(e.id).limit(_PAGE)
    while page := list(session.scalars(query.where(e.id > last))):
        yield page
        last = page[-1]


def _rows() -> AnySelect:
    """Select the animals in photos with a time, but whole photos of which nobody said anything."""
    a, p, d, i = t.Annotation, t.Photo, t.Deployment, t.Individual
    said = or_(
        a.source != WHOLE_PHOTO, i.name.is_not(None), a.side != "unknown", p.detector.is_not(None)
    )
    return (
        select(
            a.encounter_id, a.photo_id, a.species, a.side, i.name, p.captured_at,
            p.captured_zone, p.deployment_id, d.clock_offset,
        )
        .join(p, p.id == a.photo_id)
        .outerjoin(d, d.id == p.deployment_id)
        .outerjoin(i, i.id == a.individual_id)
        .where(ANIMAL, CURRENT, p.captured_at.is_not(None), said)
        .order_by(a.encounter_id, a.id)
    )  # fmt: skip


def _visit(encounter: int, rows: list[AnyRow]) -> Visit:
    times = [(_time(row), number) for number, row in enumerate(rows)]
    begin, first = min(times)
    found = {(row.species, row.name): None for row in rows}
    return Visit(
        encounter,
        rows[first].deployment_id,
        begin,
        max(times)[0],
        rows[first].captured_zone,
        tuple(_present(species, name, rows) for species, name in found),
    )


def _time(row: AnyRow) -> datetime:
    time = station_time(row.captured_at, row.clock_offset)
    assert time is not None  # noqa: S101 - the query leaves the others out
    return time


def _present(species: str, name: str | None, rows: list[AnyRow]) -> Present:
    mine = [row for row in rows if (row.species, row.name) == (species, name)]
    sides = sorted({row.side for row in mine} - {"unknown"})
    most = max(Counter(row.photo_id for row in mine).values())
    return Present(species, name, 1 if name is not None else most, tuple(sides))

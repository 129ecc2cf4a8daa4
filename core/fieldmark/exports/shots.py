"""Photos with everything that is known of the animals in them, streamed from the catalogue."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect
from fieldmark.catalog.detections import WHOLE_PHOTO, is_animal
from fieldmark.catalog.identities import LATER
from fieldmark.catalog.places import Roots, in_pages
from fieldmark.catalog.queries import CURRENT, station_time
from fieldmark.types import Box, Side

PAGE = 500
"""Photos that are read with one statement."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One animal, person or vehicle in a photo.

    Attributes:
        name: of the individual; None where nobody named it.
        named_by: who decided last on which individual it is; None where nobody did.
        source: who drew the box; see `AnnotationRow`.
    """

    id: int
    box: Box
    label: str
    species: str
    side: Side
    side_by: str | None
    score: float | None
    source: str
    encounter: int | None
    name: str | None
    named_by: str | None

    @property
    def animal(self) -> bool:
        """Whether it is an animal, which may be identified."""
        return is_animal(self.label)

    @property
    def boxed(self) -> bool:
        """Whether somebody drew the box; else the whole photo stands for the animal."""
        return self.source != WHOLE_PHOTO


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo.

    Attributes:
        path: where the photo lay when it was imported last; it need not be there now.
        time: the camera's, corrected by its deployment's clock offset; None: unknown.
        whole_day: only the day is known, and `time` is its midnight.
        zone: the offset from UTC that the source stated.
        time_flag: why the time is not believed; empty where nothing is against it.
        marks: what is in it. A whole photo of which nobody has said anything is none.
        looked: whether a detector or a person said what is in it; else nothing is known.
    """

    id: int
    sha256: str
    path: Path | None
    width: int
    height: int
    time: datetime | None
    whole_day: bool
    zone: str | None
    time_flag: str
    deployment: int | None
    station: str | None
    detector: str | None
    marks: tuple[Mark, ...]

    @property
    def looked(self) -> bool:
        """Whether a detector or a person said what is in the photo."""
        return self.detector is not None or bool(self.marks)

    @property
    def animals(self) -> tuple[Mark, ...]:
        """The animals."""
        return tuple(mark for mark in self.marks if mark.animal)


def shots(session: Session, after: int = 0) -> Iterator[Shot]:
    """Yield every photo in the order of their numbers, in bounded memory.

    Args:
        session: from the project.
        after: only those with a higher number.
    """
    roots, last = Roots(session), after
    while page := session.execute(_photos().where(t.Photo.id > last).limit(PAGE)).all():
        ids = [row.id for row in page]
        paths = _paths(session, roots, ids)
        marks = _marks(session, ids)
        for row in page:
            found = (mark for mark in marks[row.id] if _says_something(mark, row.detector))
            yield _shot(row, paths.get(row.id), tuple(found))
        last = ids[-1]


def _photos() -> AnySelect:
    p, d = t.Photo, t.Deployment
    return (
        select(
            p.id, p.sha256, p.width, p.height, p.captured_at, p.captured_zone, p.time_flag,
            p.detector, p.deployment_id, d.station, d.clock_offset,
        )
        .outerjoin(d, d.id == p.deployment_id)
        .order_by(p.id)
    )  # fmt: skip


def _shot(row: AnyRow, path: Path | None, marks: tuple[Mark, ...]) -> Shot:
    return Shot(
        id=row.id,
        sha256=row.sha256,
        path=path,
        width=row.width,
        height=row.height,
        time=station_time(row.captured_at, row.clock_offset),
        whole_day=row.captured_at is not None and len(row.captured_at) <= 10,
        zone=row.captured_zone,
        time_flag=row.time_flag,
        deployment=row.deployment_id,
        station=row.station,
        detector=row.detector,
        marks=marks,
    )


def _paths(session: Session, roots: Roots, photos: list[int]) -> dict[int, Path]:
    p = t.Location
    query = select(p.photo_id, p.root_id, p.path).where(p.photo_id.in_(photos))
    found: dict[int, Path] = {}
    for photo, root, below in session.execute(query.order_by(p.missing, p.id)):
        found.setdefault(photo, roots.path(root, below))
    return found


def _marks(session: Session, photos: list[int]) -> dict[int, list[Mark]]:
    a, i = t.Annotation, t.Individual
    query = (
        select(a, i.name)
        .outerjoin(i, i.id == a.individual_id)
        .where(a.photo_id.in_(photos), CURRENT)
        .order_by(a.id)
    )
    rows = session.execute(query).all()
    deciders = _deciders(session, [one.id for one, _ in rows])
    found: dict[int, list[Mark]] = defaultdict(list)
    for one, name in rows:
        found[one.photo_id].append(_mark(one, name, deciders.get(one.id)))
    return found


def _mark(one: t.Annotation, name: str | None, decider: str | None) -> Mark:
    return Mark(
        id=one.id,
        box=Box(one.x, one.y, one.w, one.h),
        label=one.label,
        species=one.species,
        side=Side(one.side),
        side_by=one.side_by,
        score=one.score,
        source=one.source,
        encounter=one.encounter_id,
        name=name,
        named_by=decider if name is not None else None,
    )


def _deciders(session: Session, annotations: Collection[int]) -> dict[int, str]:
    """Return who decided last on each annotation's identity, among decisions in force."""
    d = t.Decision
    query = (
        select(d.id, d.annotation_id, d.other_id, d.by)
        .outerjoin(LATER, LATER.supersedes == d.id)
        .where(LATER.id.is_(None), or_(d.kind == "same", d.name.is_not(None)))
        .order_by(d.id)
    )
    found: dict[int, tuple[int, str]] = {}
    for page in in_pages(annotations):
        about = or_(d.annotation_id.in_(page), d.other_id.in_(page))
        for entry, first, second, by in session.execute(query.where(about)):
            for number in (first, second):
                if number is not None:
                    found[number] = max(found.get(number, (0, "")), (entry, by))
    return {number: by for number, (_, by) in found.items()}


def _says_something(mark: Mark, detector: str | None) -> bool:
    """Say whether anybody stands behind a mark; importing a photo alone makes one, too."""
    known = mark.name is not None or mark.side != Side.UNKNOWN or detector is not None
    return mark.boxed or known

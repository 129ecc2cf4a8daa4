"""Reading the catalogue: streams in the order of numbers, in bounded memory."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect
from fieldmark.catalog.places import Roots, in_pages, photo_paths
from fieldmark.catalog.rows import AnnotationRow, Counts, IndividualRow, PhotoRow
from fieldmark.errors import UserError
from fieldmark.types import Box, Side

_PAGE = 500
ANIMAL = t.Annotation.label == "animal"
CURRENT = t.Annotation.replaced.is_(False)


def annotations(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    named: bool | None = None,
    species: str | None = None,
    run: int | None = None,
    people: bool = False,
) -> Iterator[AnnotationRow]:
    """Yield annotations in the order of their numbers.

    Args:
        session: from the project.
        ids: only these; also brings back ones that a detector's boxes replaced.
        named: True: only those of a named individual; False: only the others.
        species: only those of this species.
        run: only those that this run added.
        people: also people, vehicles and whatever else is not an animal.
    """
    query = _annotation_query()
    if named is not None:
        query = query.where(
            t.Individual.name.is_not(None) if named else t.Individual.name.is_(None)
        )
    if species is not None:
        query = query.where(t.Annotation.species == species)
    if run is not None:
        query = query.where(t.Annotation.run_id == run)
    if not people:
        query = query.where(ANIMAL)
    if ids is None:
        query = query.where(CURRENT)
    roots = Roots(session)
    for page in _pages(session, query, t.Annotation.id, ids):
        paths = photo_paths(session, roots, {row.photo_id for row in page})
        yield from (_annotation(row, paths) for row in page)


def _annotation_query() -> AnySelect:
    a, p, d = t.Annotation, t.Photo, t.Deployment
    return (
        select(
            a.id, a.photo_id, p.sha256, a.x, a.y, a.w, a.h, a.side, a.species, p.captured_at,
            d.station, d.clock_offset, a.encounter_id, a.individual_id,
            t.Individual.name.label("individual_name"), a.mask, a.label, a.source, a.run_id,
            p.width, p.height, a.score, a.side_by, a.side_probability, p.time_flag,
            p.duplicate_of,
        )
        .join(p, p.id == a.photo_id)
        .outerjoin(d, d.id == p.deployment_id)
        .outerjoin(t.Individual, t.Individual.id == a.individual_id)
    )  # fmt: skip


def _pages(
    session: Session,
    query: AnySelect,
    key: InstrumentedAttribute[int],
    ids: Collection[int] | None,
) -> Iterator[Sequence[AnyRow]]:
    """Yield pages of a query, each a statement of its own: nothing stays open between them."""
    if ids is not None:
        for numbers in in_pages(ids, _PAGE):
            yield session.execute(query.where(key.in_(numbers)).order_by(key)).all()
        return
    last = 0
    while page := session.execute(query.where(key > last).order_by(key).limit(_PAGE)).all():
        yield page
        last = page[-1].id


def _annotation(row: AnyRow, paths: dict[int, Path]) -> AnnotationRow:
    return AnnotationRow(
        id=row.id,
        photo_id=row.photo_id,
        sha256=row.sha256,
        path=paths.get(row.photo_id),
        box=Box(row.x, row.y, row.w, row.h),
        side=Side(row.side),
        species=row.species,
        captured_at=station_time(row.captured_at, row.clock_offset),
        station=row.station,
        encounter_id=row.encounter_id,
        individual_id=row.individual_id,
        individual_name=row.individual_name,
        mask=row.mask,
        label=row.label,
        source=row.source,
        run_id=row.run_id,
        width=row.width,
        height=row.height,
        score=row.score,
        side_by=row.side_by,
        side_probability=row.side_probability,
        time_flag=row.time_flag,
        duplicate_of=row.duplicate_of,
    )


def station_time(captured_at: str | None, clock_offset: int | None) -> datetime | None:
    """Return the camera's time, corrected by its deployment's clock offset in seconds."""
    if captured_at is None:
        return None
    return datetime.fromisoformat(captured_at) + timedelta(seconds=clock_offset or 0)


def photos(
    session: Session, *, undetected: bool = False, unseen_by: str | None = None
) -> Iterator[PhotoRow]:
    """Yield photos in the order of their numbers.

    Args:
        session: from the project.
        undetected: only those that no detector has looked at.
        unseen_by: only those that this detector was not the last to look at.
    """
    p, d = t.Photo, t.Deployment
    query = select(
        p.id, p.sha256, p.width, p.height, p.captured_at, p.detector, p.notes,
        d.station, d.clock_offset, p.captured_zone, p.time_flag, p.phash, p.duplicate_of,
    ).outerjoin(d, d.id == p.deployment_id)  # fmt: skip
    if undetected:
        query = query.where(p.detector.is_(None))
    if unseen_by is not None:
        query = query.where(or_(p.detector.is_(None), p.detector != unseen_by))
    roots = Roots(session)
    for page in _pages(session, query, p.id, None):
        paths = photo_paths(session, roots, {row.id for row in page})
        for row in page:
            time = station_time(row.captured_at, row.clock_offset)
            yield PhotoRow(
                row.id, row.sha256, paths.get(row.id), row.width, row.height, time,
                row.station, row.detector, row.notes, row.captured_zone, row.time_flag,
                row.phash, row.duplicate_of,
            )  # fmt: skip


def individuals(session: Session, *, named: bool | None = None) -> list[IndividualRow]:
    """Return the individuals that have annotations, by name; the unnamed ones last."""
    a, i = t.Annotation, t.Individual
    query = (
        select(i.id, i.name, func.count(a.id), func.count(func.distinct(a.encounter_id)))
        .join(a, a.individual_id == i.id)
        .group_by(i.id)
        .order_by(i.name.is_(None), i.name_key, i.id)
    )
    if named is not None:
        query = query.where(i.name.is_not(None) if named else i.name.is_(None))
    return [IndividualRow(*row) for row in session.execute(query)]


def counts(session: Session) -> Counts:
    """Return how much the catalogue holds."""
    animals = select(func.count(t.Annotation.id)).where(ANIMAL, CURRENT)
    named = animals.join(t.Individual).where(t.Individual.name.is_not(None))
    used = select(func.count(func.distinct(t.Annotation.individual_id)))
    visits = select(func.count(func.distinct(t.Annotation.encounter_id))).where(ANIMAL, CURRENT)
    queries = [
        select(func.count(t.Photo.id)), animals, named, used, visits,
        select(func.count(t.Decision.id)), select(func.count(t.RejectedFile.id)),
    ]  # fmt: skip
    return Counts(*(session.scalar(query) or 0 for query in queries))


def annotation_by_reference(session: Session, reference: str) -> AnnotationRow:
    """Find an annotation by its number, or by the end of its photo's path (`cam1/IMG_7.jpg`).

    Raises:
        UserError: if there is none, or several, which are then listed.
    """
    text = reference.strip()
    ids = [int(text)] if text.isascii() and text.isdigit() and len(text) < 19 else []
    found = list(annotations(session, ids=ids)) if ids else []
    if not found:
        found = list(annotations(session, ids=_ids_by_path(session, text)))
    if len(found) == 1:
        return found[0]
    raise UserError(_several(text, found) if found else _none(text))


def _ids_by_path(session: Session, text: str) -> list[int]:
    query = (
        select(t.Annotation.id)
        .join(t.Location, t.Location.photo_id == t.Annotation.photo_id)
        .where(ANIMAL, CURRENT)
    )
    end = "/" + text.replace("\\", "/").lstrip("/")
    ids = list(session.scalars(query.where(func.substr("/" + t.Location.path, -len(end)) == end)))
    inside = Roots(session).find(Path(text).absolute())
    if ids or inside is None:
        return ids
    root, below = inside
    return list(session.scalars(query.where(t.Location.root_id == root, t.Location.path == below)))


def _several(text: str, found: list[AnnotationRow]) -> str:
    shown = ", ".join(f"{row.id} ({row.path or 'file not found'})" for row in found[:8])
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{text!r} means several annotations; give the number of one: {shown}{more}"


def _none(text: str) -> str:
    return (
        f"no annotation has the number or the photo {text!r}; give a number from"
        " `fieldmark export csv`, or the end of a photo's path, such as cam1/IMG_0007.jpg"
    )

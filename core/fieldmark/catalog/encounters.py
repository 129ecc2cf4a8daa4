"""Visits: annotations of one species at one station, each soon after the one before."""

from dataclasses import dataclass

from sqlalchemy import Integer, and_, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session, aliased

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect
from fieldmark.catalog.queries import ANIMAL, CURRENT
from fieldmark.catalog.timecheck import flag_times

_PAGE = 1000


@dataclass
class _Visit:
    """The visit that is being gathered while the annotations stream by."""

    place: tuple[str | None, str] | None = None
    seconds: int | None = None
    photo: int = 0
    key: str = ""


def group_encounters(session: Session, gap_seconds: int = 120) -> int:
    """Group annotations into encounters, and return how many encounters there are.

    Animals that stepped back for a detector's boxes count no more.

    Same station, same species, at most `gap_seconds` after the photo before: one encounter. All
    cameras of a station count together, each with the offset of its own clock. A photo without a
    station, or without a time that is believed, is an encounter of its own; which times are not
    is found out first (`fieldmark.catalog.timecheck`). An encounter that an import gave is kept,
    and the photo's other annotations of the species join it. Calling it again changes nothing;
    after new photos, only what they change.

    Raises:
        ValueError: if the gap is negative.
    """
    if gap_seconds < 0:
        raise ValueError(f"expected a gap ≥ 0 seconds, got {gap_seconds}")
    flag_times(session)
    visit = _Visit()
    # SQLite sorts the whole result before its first row, so rows may be changed meanwhile.
    stream = session.execute(_in_order().execution_options(yield_per=_PAGE))
    for page in stream.partitions():
        wanted = [(row, _key_for(row, visit, gap_seconds)) for row in page if row.label is None]
        _assign(session, [(row, key) for row, key in wanted if row.key != key])
    a, e = t.Annotation, t.Encounter
    empty = ~select(a.id).where(a.encounter_id == e.id).exists()
    session.execute(delete(e).where(e.label.is_(None), empty))
    visits = select(func.count(func.distinct(a.encounter_id))).where(ANIMAL, CURRENT)
    return session.scalar(visits) or 0


def _in_order() -> AnySelect:
    """Select the annotations by station, species and time; `given`: what the photo was given."""
    a, p, d, e = t.Annotation, t.Photo, t.Deployment, t.Encounter
    mate, visit = aliased(a), aliased(e)
    given = (
        select(func.min(visit.key))
        .join(mate, mate.encounter_id == visit.id)
        .where(mate.photo_id == a.photo_id, mate.species == a.species, visit.label.is_not(None))
        .scalar_subquery()
    )
    # A day without a time says nothing about a gap, a time that is not believed even less.
    exact = and_(func.length(p.captured_at) > 10, p.time_flag == "")
    time = cast(func.strftime("%s", p.captured_at), Integer) + func.coalesce(d.clock_offset, 0)
    seconds = func.iif(exact, time, None).label("seconds")
    return (
        select(
            a.id, a.photo_id, a.species, p.deployment_id, d.station, seconds, e.key,
            e.label, given.label("given"),
        )
        .join(p, p.id == a.photo_id)
        .outerjoin(d, d.id == p.deployment_id)
        .outerjoin(e, e.id == a.encounter_id)
        .where(ANIMAL, CURRENT)
        .order_by(d.station, a.species, seconds, a.photo_id, a.id)
    )  # fmt: skip


def _key_for(row: AnyRow, visit: _Visit, gap: int) -> str:
    """Return the key of the row's encounter; it names the first photo, and so stays the same."""
    if row.given is not None:
        return str(row.given)
    if not _continues(row, visit, gap):
        visit.key = f"photo:{row.photo_id}:{row.species}"
    visit.place, visit.seconds = (row.station, row.species), row.seconds
    visit.photo = row.photo_id
    return visit.key


def _continues(row: AnyRow, visit: _Visit, gap: int) -> bool:
    if visit.place != (row.station, row.species):
        return False
    if row.photo_id == visit.photo:
        return True
    if row.station is None or row.seconds is None or visit.seconds is None:
        return False
    return bool(row.seconds - visit.seconds <= gap)


def _assign(session: Session, changes: list[tuple[AnyRow, str]]) -> None:
    """Give each annotation the encounter of that key, in two statements for all of them."""
    if not changes:
        return
    e = t.Encounter
    session.execute(
        insert(e).on_conflict_do_nothing(index_elements=[e.key]),
        [
            {"key": key, "species": row.species, "deployment_id": row.deployment_id}
            for row, key in changes
        ],
    )
    table = t.Base.metadata.tables["annotations"]
    number = select(e.id).where(e.key == bindparam("of_key")).scalar_subquery()
    session.connection().execute(
        update(table).where(table.c.id == bindparam("of_id")).values(encounter_id=number),
        [{"of_id": row.id, "of_key": key} for row, key in changes],
    )

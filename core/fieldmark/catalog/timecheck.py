"""Camera times that are not believed: clocks that were reset, and dates that cannot be.

A camera that loses its battery starts again at a date of its firmware, mostly the first moment
of a year, and walks on from there. Such times are flagged, never changed. The flag is about the
corrected time, so a clock correction that mends the times takes it away.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect

RESET = "clock-reset"
FUTURE = "future"
BEFORE = "before-deployment"
AFTER = "after-deployment"

MEANINGS = {
    RESET: "the camera's clock was reset: it counts from a date of its firmware",
    FUTURE: "the photo is said to be from the future",
    BEFORE: "the photo is said to be older than its deployment",
    AFTER: "the photo is said to be younger than its deployment",
}
"""What each flag means, in words."""

FIRST_YEAR = 1995
"""No earlier photo is believed: the first digital cameras for everybody are from then."""

EPOCHS = frozenset({(1970, 1, 1), (1980, 1, 1), (2000, 1, 1)})
"""Days from which clocks count: those of Unix, of DOS and FAT, and of most real-time chips."""

SLACK = timedelta(days=1)
"""How far outside its deployment a photo may lie: days are noted roughly, zones get mixed up."""

PAUSE = timedelta(days=7)
"""Photos further apart belong to two stretches of a camera's time."""

WAKING = timedelta(hours=1)
"""A stretch that begins this soon after New Year's midnight may be a clock that was reset."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """The corrected time of a photo."""

    photo: int
    time: datetime
    to_the_second: bool


@dataclass(frozen=True, slots=True)
class _Dates:
    """When a deployment began and ended; None where nobody said."""

    starts: datetime | None
    ends: datetime | None

    def vouch_for(self, time: datetime) -> bool:
        """Return whether both dates are known and the time lies between them."""
        return bool(self.starts and self.ends and self.starts <= time <= self.ends)


def flag_times(session: Session, now: datetime | None = None) -> int:
    """Flag the times that are not believed, clear the flags of the others; return the changes.

    Args:
        session: from `Project.writing`.
        now: the time in UTC; None: of this computer.
    """
    latest = (now or datetime.now(UTC)).replace(tzinfo=None) + SLACK
    changes: list[dict[str, int | str]] = []
    for _, group in groupby(session.execute(_photos()), attrgetter("deployment_id")):
        rows = list(group)
        wanted = _flags(rows, latest)
        changes += [
            {"of": row.id, "to": wanted.get(row.id, "")}
            for row in rows
            if row.time_flag != wanted.get(row.id, "")
        ]
    if changes:
        table = t.Base.metadata.tables["photos"]
        change = update(table).where(table.c.id == bindparam("of"))
        session.connection().execute(change.values(time_flag=bindparam("to")), changes)
    return len(changes)


def _photos() -> AnySelect:
    p, d = t.Photo, t.Deployment
    return (
        select(p.id, p.captured_at, p.time_flag, p.deployment_id, d.clock_offset, d.starts, d.ends)
        .outerjoin(d, d.id == p.deployment_id)
        .order_by(p.deployment_id, p.id)
    )


def _flags(rows: Sequence[AnyRow], latest: datetime) -> dict[int, str]:
    """Return the flags of one deployment's photos; of those without one for no deployment."""
    offset = timedelta(seconds=rows[0].clock_offset or 0)
    dates = _Dates(_day(rows[0].starts), _day(rows[0].ends, to_its_end=True))
    moments = [one for row in rows if (one := _moment(row, offset)) is not None]
    found = {one.photo: RESET for one in moments if _impossible(one, dates)}
    if rows[0].deployment_id is not None:  # else nobody knows which photos are of one camera
        found |= dict.fromkeys(_walked_on(moments, dates), RESET)
    for one in moments:
        if one.photo not in found and (flag := _outside(one.time, dates, latest)):
            found[one.photo] = flag
    return found


def _moment(row: AnyRow, offset: timedelta) -> _Moment | None:
    time = _day(row.captured_at)
    if time is None:
        return None
    return _Moment(row.id, time + offset, len(row.captured_at) > len("2019-03-04"))


def _day(text: str | None, *, to_its_end: bool = False) -> datetime | None:
    """Return a stored time without its zone; None where there is none, or it makes no sense."""
    try:
        time = datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return None
    whole_day = to_its_end and len(text or "") == len("2019-03-04")
    return time + timedelta(days=1) if whole_day else time


def _impossible(one: _Moment, dates: _Dates) -> bool:
    if dates.vouch_for(one.time):
        return False
    day = (one.time.year, one.time.month, one.time.day)
    return one.time.year < FIRST_YEAR or day in EPOCHS


def _walked_on(moments: Iterable[_Moment], dates: _Dates) -> Iterator[int]:
    """Yield the photos of every stretch that begins where a reset clock begins.

    At the first second of a year that is certain enough. Within its first hour it may be a real
    photo of New Year, unless the same camera goes on much later, at times that are believed.
    """
    stretches = list(_stretches(moments))
    believed = [not _wakes(each[0]) for each in stretches]
    for number, stretch in enumerate(stretches):
        first = stretch[0]
        sure = _impossible(first, dates) or _since_new_year(first) == timedelta(0)
        if believed[number] or dates.vouch_for(first.time):
            continue
        if sure or any(believed[number + 1 :]):
            yield from (one.photo for one in stretch)


def _stretches(moments: Iterable[_Moment]) -> Iterator[list[_Moment]]:
    stretch: list[_Moment] = []
    for one in sorted(moments, key=lambda one: (one.time, one.photo)):
        if stretch and one.time - stretch[-1].time > PAUSE:
            yield stretch
            stretch = []
        stretch.append(one)
    if stretch:
        yield stretch


def _wakes(one: _Moment) -> bool:
    """Return whether a clock that was reset could have said this at its first photo."""
    day = (one.time.year, one.time.month, one.time.day)
    if one.time.year < FIRST_YEAR or day in EPOCHS:
        return True
    return one.to_the_second and _since_new_year(one) < WAKING


def _since_new_year(one: _Moment) -> timedelta:
    """Return the time since the year began; a whole year where only the day is known."""
    if not one.to_the_second:
        return timedelta(days=366)
    return one.time - datetime(one.time.year, 1, 1)


def _outside(time: datetime, dates: _Dates, latest: datetime) -> str:
    if time > latest:
        return FUTURE
    if dates.starts is not None and time < dates.starts - SLACK:
        return BEFORE
    if dates.ends is not None and time > dates.ends + SLACK:
        return AFTER
    return ""


def flagged(session: Session) -> Counter[tuple[int | None, str]]:
    """Return how many photos of each deployment have which flag."""
    p = t.Photo
    query = select(p.deployment_id, p.time_flag).where(p.time_flag != "")
    return Counter((row.deployment_id, row.time_flag) for row in session.execute(query))

"""The clocks of cameras: how wrong they are, and in which time zone they run.

Nothing here touches a photo or the time that its camera wrote. A deployment has an offset, in
seconds, that is added to its camera's times wherever they are used, and a time zone, which only
matters where times leave the project.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.clocks_text import offset_in_words
from fieldmark.catalog.timecheck import flagged
from fieldmark.errors import UserError

TIMEZONE = "timezone"
"""The setting that holds the project's own time zone, for deployments that name none."""


class Clock(NamedTuple):
    """A camera's clock: its time zone (None: the project's), and seconds to add to its times."""

    timezone: str | None
    offset: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """What is known of a deployment's clock.

    Attributes:
        name: what an import called the deployment.
        photos: how many it has.
        first: the earliest time that is believed, corrected, as ISO text; None without one.
        last: the latest one.
        timezone: of the deployment itself; None: the project's counts.
        offset: seconds that are added to the camera's times.
        flags: why times are not believed, and of how many photos.
    """

    id: int
    station: str
    name: str | None
    photos: int
    first: str | None
    last: str | None
    timezone: str | None
    offset: int
    flags: tuple[tuple[str, int], ...]


def project_zone(session: Session) -> str | None:
    """Return the project's own time zone; None where nobody has said."""
    return session.scalar(select(t.Setting.value).where(t.Setting.key == TIMEZONE))


def set_project_zone(session: Session, zone: str | None) -> None:
    """Set the project's own time zone; None takes it away."""
    held = session.get(t.Setting, TIMEZONE)
    if held is not None and zone is None:
        session.delete(held)
    elif held is not None and zone is not None:
        held.value = zone
    elif zone is not None:
        session.add(t.Setting(key=TIMEZONE, value=zone))


def deployments_named(session: Session, names: Sequence[str]) -> list[int]:
    """Return the deployments of stations, or with names of their own, or numbers as `id:3`.

    Raises:
        UserError: if there is none of a name.
    """
    d = t.Deployment
    found: set[int] = set()
    for name in names:
        said = or_(d.station == name, d.name == name)
        if (number := name.removeprefix("id:")) != name and number.isascii() and number.isdigit():
            said = d.id == int(number)
        its = session.scalars(select(d.id).where(said)).all()
        if not its:
            raise UserError(
                f"there is no station or deployment {name!r}; list them with: fieldmark photos"
                " clock"
            )
        found.update(its)
    return sorted(found)


def set_clock(session: Session, deployment: int, new: Clock) -> Clock:
    """Set a deployment's clock; return what it was.

    Raises:
        UserError: if a photo would be moved out of the calendar.
    """
    held = session.get_one(t.Deployment, deployment)
    before = Clock(held.timezone, held.clock_offset)
    _refuse_beyond_calendar(session, deployment, new.offset)
    held.timezone, held.clock_offset = new
    session.flush()
    return before


def clock_of(session: Session, deployment: int) -> Clock:
    """Return a deployment's clock."""
    held = session.get_one(t.Deployment, deployment)
    return Clock(held.timezone, held.clock_offset)


def _refuse_beyond_calendar(session: Session, deployment: int, offset: int) -> None:
    p = t.Photo
    ends = select(func.min(p.captured_at), func.max(p.captured_at))
    for text in session.execute(ends.where(p.deployment_id == deployment)).one():
        try:
            datetime.fromisoformat(text or "2000-01-01") + timedelta(seconds=offset)
        except (OverflowError, ValueError):
            raise UserError(
                f"the clock correction {offset_in_words(offset)} moves a photo of {text} out of"
                " the calendar; check its sign and its size"
            ) from None


def clocks(session: Session) -> list[ClockRow]:
    """Return the clocks of the deployments that have photos, by station."""
    p, d = t.Photo, t.Deployment
    good = func.iif(p.time_flag == "", p.captured_at, None)
    query = (
        select(
            d.id, d.station, d.name, func.count(p.id).label("photos"),
            func.min(good).label("first"), func.max(good).label("last"),
            d.timezone, d.clock_offset,
        )
        .join(p, p.deployment_id == d.id)
        .group_by(d.id)
        .order_by(d.station, d.name, d.id)
    )  # fmt: skip
    flags = flagged(session)
    return [
        ClockRow(
            row.id, row.station, row.name, row.photos,
            _corrected(row.first, row.clock_offset), _corrected(row.last, row.clock_offset),
            row.timezone, row.clock_offset,
            tuple(sorted((flag, n) for (where, flag), n in flags.items() if where == row.id)),
        )
        for row in session.execute(query)
    ]  # fmt: skip


def _corrected(text: str | None, offset: int) -> str | None:
    if text is None:
        return None
    moved = datetime.fromisoformat(text) + timedelta(seconds=offset)
    return text if not offset else moved.isoformat()[: max(len(text), 10)]

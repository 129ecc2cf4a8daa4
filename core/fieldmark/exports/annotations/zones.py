"""Times with an offset from UTC, which cameras do not write and Camtrap DP demands.

What the photo's own source stated counts most, then its deployment's zone, then the project's.
"""

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.clocks import project_zone
from fieldmark.errors import UserError


class Zones:
    """The zones of a project's cameras."""

    def __init__(self, session: Session) -> None:
        self._project = project_zone(session)
        d = t.Deployment
        rows = session.execute(select(d.id, d.timezone).where(d.timezone.is_not(None)))
        self._deployments = {number: zone for number, zone in rows if zone is not None}
        self._known: dict[str, tzinfo] = {}

    def stamp(self, time: datetime, stated: str | None, deployment: int | None) -> str:
        """Return a camera's time as ISO text with an offset, `2019-03-04T03:04:50+02:00`.

        Args:
            time: without a zone; one that has a zone keeps it.
            stated: the offset that the photo's source stated, if it did.
            deployment: where the camera stood, if that is known.

        Raises:
            UserError: if nobody has said in which zone the camera's clock was.
        """
        if time.tzinfo is not None:
            return time.isoformat(timespec="seconds")
        name = stated or self._deployments.get(deployment or 0) or self._project
        if name is None:
            raise UserError(
                "nobody has said in which time zone the cameras' clocks were, and this format needs"
                " it; type: fieldmark photos clock --timezone Africa/Johannesburg (or yours, or an"
                " offset such as +02:00)"
            )
        return time.replace(tzinfo=self._zone(name)).isoformat(timespec="seconds")

    def _zone(self, name: str) -> tzinfo:
        if name not in self._known:
            self._known[name] = zone_named(name)
        return self._known[name]


def zone_named(name: str) -> tzinfo:
    """Return the zone called `Africa/Johannesburg`, or the fixed offset `+02:00`.

    Raises:
        UserError: if there is no such zone.
    """
    try:
        return _fixed(name) if name[:1] in {"+", "-"} else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UserError(
            f"{name!r} is no time zone; expected a name such as Africa/Johannesburg or an offset"
            " such as +02:00; type: fieldmark photos clock --timezone NAME"
        ) from error


def _fixed(text: str) -> tzinfo:
    hours, _, minutes = text[1:].partition(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if text[0] == "-" else offset)

"""deployments.csv of Camtrap DP: where and when each camera stood."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from fieldmark.catalog import tables as t
from fieldmark.catalog.database import AnyRow, AnySelect
from fieldmark.catalog.queries import station_time
from fieldmark.errors import UserError
from fieldmark.exports.annotations.camtrap_terms import NO_STATION, flag
from fieldmark.exports.annotations.outgoing import Outgoing
from fieldmark.exports.annotations.zones import Zones
from fieldmark.exports.sharing import rounded

_GPS_METRES = 30
_ROUNDED_METRES = {0: 1569.1, 30: 1469.7, 60: 1246.1, 85: 1121.1}
"""By latitude from the equator (the last that is reached counts), how far a place rounded to 0.01°
may be away; ten times that for 0.1°. The table of `round_coordinates` in the R package camtrapdp
(github.com/inbo/camtrapdp), which also adds 30 m for the GPS."""


@dataclass(frozen=True, slots=True)
class Stand:
    """One deployment as it is written.

    Attributes:
        key: its ID in the package.
        number: in the catalogue; None for photos without a station.
    """

    key: str
    number: int | None
    station: str | None
    latitude: float
    longitude: float
    uncertainty: int | None
    start: str
    end: str
    clock_wrong: bool
    comment: str

    def row(self, location: str, *, private: bool) -> dict[str, Any]:
        """Return the row of the table."""
        return {
            "deploymentID": self.key,
            "locationID": location,
            "locationName": (self.station or "") if private else "",
            "latitude": self.latitude,
            "longitude": self.longitude,
            "coordinateUncertainty": self.uncertainty,
            "deploymentStart": self.start,
            "deploymentEnd": self.end,
            "timestampIssues": flag(self.clock_wrong),
            "deploymentComments": self.comment,
        }


def stands(outgoing: Outgoing, zones: Zones) -> list[Stand]:
    """Return the deployments that have photos with a time.

    Raises:
        UserError: if a place, or the zone of a clock, is known to nobody; or there is no photo.
    """
    rows = outgoing.session.execute(_query()).all()
    if not rows:
        raise UserError(
            "no photo of this project has a time, and Camtrap DP demands one for each; type:"
            " fieldmark photos check"
        )
    taken: set[str] = set()
    return [_stand(outgoing, zones, row, taken) for row in rows]


def _query() -> AnySelect:
    p, d = t.Photo, t.Deployment
    believed = func.nullif(p.time_flag, "").is_(None)
    return (
        select(
            p.deployment_id, d.station, d.name, d.starts, d.ends, d.latitude, d.longitude,
            d.timezone, d.clock_offset,
            func.avg(p.latitude).label("mean_latitude"),
            func.avg(p.longitude).label("mean_longitude"),
            func.min(p.captured_at).filter(believed).label("first"),
            func.max(p.captured_at).filter(believed).label("last"),
            func.min(p.captured_at).label("any_first"),
            func.max(p.captured_at).label("any_last"),
            func.min(p.captured_zone).label("zone"),
            func.max(p.time_flag).label("flags"),
        )
        .outerjoin(d, d.id == p.deployment_id)
        .where(p.captured_at.is_not(None))
        .group_by(p.deployment_id)
        .order_by(p.deployment_id)
    )  # fmt: skip


def _stand(outgoing: Outgoing, zones: Zones, row: AnyRow, taken: set[str]) -> Stand:
    key = _key(outgoing, row, taken)
    taken.add(key)
    latitude, longitude, uncertainty, comment = _place(outgoing, row)
    start, end = _period(row)
    return Stand(
        key=key,
        number=row.deployment_id,
        station=row.station,
        latitude=latitude,
        longitude=longitude,
        uncertainty=uncertainty,
        start=zones.stamp(start, None if row.timezone else row.zone, row.deployment_id),
        end=zones.stamp(end, None if row.timezone else row.zone, row.deployment_id),
        clock_wrong=bool(row.flags),
        comment=comment,
    )


def _key(outgoing: Outgoing, row: AnyRow, taken: set[str]) -> str:
    """Return the deployment's own name where private, else its station's; never one twice."""
    key = outgoing.names.station(row.station) or NO_STATION
    if outgoing.terms.private and row.name:
        key = row.name
    return f"{key}-{row.deployment_id}" if key in taken else key


def _period(row: AnyRow) -> tuple[datetime, datetime]:
    """Return when the camera began and ceased; where nobody said, its first and last photo.

    A last day is meant to its end, and nothing ends before it began.
    """
    first = station_time(row.first or row.any_first, row.clock_offset)
    last = station_time(row.last or row.any_last, row.clock_offset)
    start = datetime.fromisoformat(row.starts) if row.starts else first
    end = datetime.fromisoformat(row.ends) if row.ends else last
    if end is not None and row.ends and len(row.ends) <= 10:
        end += timedelta(days=1, seconds=-1)
    assert start is not None  # noqa: S101 - the query leaves photos without a time out
    assert end is not None  # noqa: S101
    return start, max(start, end)


def _place(outgoing: Outgoing, row: AnyRow) -> tuple[float, float, int | None, str]:
    """Return latitude, longitude, uncertainty in metres, and what there is to say of them.

    Of a camera that stands somewhere in the study nobody knows how far it is from there.
    """
    latitude, longitude, comment = _known_place(outgoing, row)
    if outgoing.terms.private:
        metres = None if comment else _GPS_METRES
        return round(latitude, 7), round(longitude, 7), metres, comment
    step = outgoing.terms.precision
    metres = None if comment else round(uncertainty(latitude, step) + _GPS_METRES)
    return rounded(latitude, step), rounded(longitude, step), metres, comment


def _known_place(outgoing: Outgoing, row: AnyRow) -> tuple[float, float, str]:
    for latitude, longitude in (
        (row.latitude, row.longitude),
        (row.mean_latitude, row.mean_longitude),
    ):
        if latitude is not None and longitude is not None:
            return latitude, longitude, ""
    if outgoing.package.place is None:
        what = f"of the station {row.station!r}" if row.station else "of photos without a station"
        raise UserError(
            f"nobody knows the place {what}, and Camtrap DP demands coordinates; say where the"
            " study is, for example: --place 22.3 80.6"
        )
    return *outgoing.package.place, "the coordinates are those of the study, not of this camera"


def uncertainty(latitude: float, precision: float) -> float:
    """Return how many metres a place may be away from its coordinates rounded to `precision`."""
    metres = [value for limit, value in _ROUNDED_METRES.items() if abs(latitude) >= limit][-1]
    return metres * precision / 0.01


def rows(outgoing: Outgoing, all_stands: list[Stand]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the table."""
    for one in all_stands:
        location = outgoing.names.station(one.station) or NO_STATION
        yield one.row(location, private=outgoing.terms.private)

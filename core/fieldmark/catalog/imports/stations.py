"""Which station a photo belongs to: by name, or by where its camera says it was."""

import math
from typing import Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.imports.items import Placement
from fieldmark.catalog.imports.summary import Tally

Stations: TypeAlias = Literal["auto", "folder", "gps", "none"]
"""`folder`: the first folder below the imported one; `gps`: places within 100 m; `auto`: by GPS
where the photo has it, else by folder."""

SAME_PLACE = 100.0
"""Metres; photos nearer than this to a station known by GPS belong to it."""


def station_named(session: Session, name: str) -> int:
    """Return the deployment of a station that has no dates, making it if there is none."""
    d = t.Deployment
    query = select(d.id).where(d.station == name, d.starts.is_(None)).order_by(d.id)
    return session.scalar(query) or _new(session, t.Deployment(station=name, clock_offset=0))


def deployment_stated(session: Session, stated: Placement, tally: Tally) -> int:
    """Return the deployment that a source describes, making it if there is none of its name.

    What is known of it already is kept; what is missing is filled in.
    """
    d = t.Deployment
    same = (d.station == stated.station, d.name == stated.name)
    number = session.scalar(select(d.id).where(*same).order_by(d.id))
    if number is None:
        number = _new(session, d(station=stated.station, name=stated.name, clock_offset=0))
    known = session.get_one(d, number)
    for field in ("starts", "ends", "latitude", "longitude", "timezone"):
        told, now = getattr(stated, field), getattr(known, field)
        if now is None:
            setattr(known, field, told)
        elif told not in {None, now}:
            was = "differs from an earlier import's, which was kept"
            tally.remark(f"the deployment's {field} {was}")
    return number


def station_near(session: Session, latitude: float, longitude: float) -> int:
    """Return the nearest deployment within `SAME_PLACE`, or a new one.

    A new one is called `GPS 1`, `GPS 2`, …: coordinates in a name would leak with every table.
    """
    here = (latitude, longitude)
    known = [
        (metres(here, (one.latitude, one.longitude)), one.id)
        for one in session.scalars(select(t.Deployment).where(t.Deployment.latitude.is_not(None)))
        if one.latitude is not None and one.longitude is not None
    ]
    distance, number = min(known, default=(math.inf, 0))
    if distance <= SAME_PLACE:
        return number
    name = f"GPS {len(known) + 1}"
    return _new(
        session,
        t.Deployment(station=name, clock_offset=0, latitude=latitude, longitude=longitude),
    )


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two places (degrees north, east) on a sphere, in metres."""
    north_a, east_a, north_b, east_b = map(math.radians, (*a, *b))
    half = math.sin((north_b - north_a) / 2) ** 2
    half += math.cos(north_a) * math.cos(north_b) * math.sin((east_b - east_a) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(min(half, 1.0)))


def _new(session: Session, deployment: t.Deployment) -> int:
    session.add(deployment)
    session.flush()
    return deployment.id

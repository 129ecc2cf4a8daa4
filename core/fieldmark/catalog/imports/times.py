"""Reading times that state their zone."""

import re
from datetime import UTC, datetime

from fieldmark.catalog.imports.fields import parse_time

_ZONE = re.compile(r"(?<=\d)\s*(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


def zoned(text: str) -> tuple[str, str]:
    """Return a time without its zone, as ISO text, and the zone as `+02:00`.

    Both are empty where the text is no time, the zone also where none is stated.
    """
    text = text.strip()
    time = parse_time(text)
    found = _ZONE.search(text) if time is not None and ":" in text else None
    if found is None:
        return time or "", ""
    sign, digits = found.group(1)[0], re.sub(r"\D", "", found.group(1))
    zone = f"{sign}{digits[:2]}:{digits[2:]}" if digits else "+00:00"
    return time or "", zone if _sane(zone) else ""


def instant(time: str, zone: str) -> float | None:
    """Return seconds since 1970, in UTC where no zone is stated; None for a day or no time."""
    if len(time) <= 10:
        return None
    moment = datetime.fromisoformat(time + (zone or "+00:00"))
    return moment.astimezone(UTC).timestamp()


def _sane(zone: str) -> bool:
    return int(zone[1:3]) <= 14 and int(zone[4:]) <= 59

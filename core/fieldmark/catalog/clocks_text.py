"""Clock corrections and time zones as people type them, and back."""

import re
import zoneinfo
from datetime import datetime

from fieldmark.errors import UserError

LONGEST = 150 * 366 * 86_400
"""Seconds; the largest clock correction: from the epoch of the oldest clock to far from now."""

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PARTS = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+)d\s*)?(\d+):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_FIXED = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)


def parse_offset(text: str) -> int:
    """Return a clock correction in seconds: `+1d2h`, `-00:17:30`, `1d 02:00`, `0`.

    Raises:
        UserError: if it is none of these, or longer than `LONGEST`.
    """
    bare = text.strip().lower()
    sign = -1 if bare[:1] in {"-", "\u2212"} else 1
    body = bare[1:].strip() if bare[:1] in {"+", "-", "\u2212"} else bare
    found = _CLOCK.fullmatch(body) or _PARTS.fullmatch(body)
    if body == "0":
        return 0
    if not found or not body:
        raise UserError(
            f"{text!r} is not a clock correction; type days, hours, minutes and seconds as in"
            " +1d2h, 3m20s or -00:17:30"
        )
    numbers = [int(part or 0) for part in found.groups()]
    seconds = sum(n * size for n, size in zip(numbers, _UNITS.values(), strict=True))
    if seconds > LONGEST:
        raise UserError(f"{text!r} is a clock correction of more than 150 years; check it")
    return sign * seconds


def offset_in_words(seconds: int) -> str:
    """Return a clock correction as `parse_offset` reads it: `+1d2h`; `0` for none."""
    if not seconds:
        return "0"
    parts, left = [], abs(seconds)
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "+") + "".join(parts)


def offset_between(shows: str, was: str) -> int:
    """Return the correction of a clock that showed one time when it was another.

    Raises:
        UserError: if either is not a date with a time, or they are too far apart.
    """
    seconds = round((_moment(was) - _moment(shows)).total_seconds())
    if abs(seconds) > LONGEST:
        raise UserError(f"{shows!r} and {was!r} are more than 150 years apart; check them")
    return seconds


def _moment(text: str) -> datetime:
    try:
        if ":" not in text:  # a day alone would be taken for its midnight
            raise ValueError
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise UserError(
            f"{text!r} is not a date with a time; type it as in '2026-03-04 03:04:50'"
        ) from None


def checked_zone(text: str) -> str:
    """Return a time zone: `Africa/Johannesburg`, or a fixed `+02:00`.

    Raises:
        UserError: if there is no such zone.
    """
    name = text.strip()
    fixed = _FIXED.fullmatch(name)
    if fixed and int(fixed[2]) * 60 + int(fixed[3]) <= 14 * 60:  # Kiribati's, the largest
        return name
    if name in zoneinfo.available_timezones():
        return name
    raise UserError(
        f"{text!r} is not a time zone; type a place as in Africa/Johannesburg, or the hours from"
        f" UTC as in +02:00{_near(name)}"
    )


def _near(name: str) -> str:
    ends = name.rpartition("/")[2].replace(" ", "_").lower()
    known = sorted(zoneinfo.available_timezones())
    close = [zone for zone in known if ends and zone.lower().rpartition("/")[2] == ends]
    return f"; did you mean {close[0]!r}?" if close else ""

"""Traces of somebody's computer and of places, found in text and in plain values.

What is looked for is written the way people and programs write it: full paths of every system,
decimal degrees, degrees with minutes, UTM, GPX, KML. A finding may be wrong, and a person then
rewrites a line; the numbers of ordinary recipes and configurations are none.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import PureWindowsPath

_ROOTS = (
    "home|Users|root|mnt|media|Volumes|data|tmp|var|opt|srv|scratch|work|workspace|private|kaggle"
    "|content"
)
_END = r"[^\s\"'`<>|,;]"
_SHORTENED = r"[\w.-]+/[^/\s#]+#sha256=[0-9a-f]{64}"  # how a record writes a file it was made with
_PATH = re.compile(
    rf"file:/{{1,3}}(?![/…]|{_SHORTENED}){_END}+"
    rf"|(?<![A-Za-z0-9])[A-Za-z]:[\\/]{{1,2}}[^\s\\/\"'`<>|,;]{_END}*"
    rf"|(?<![\\\w])\\\\[\w.-]+\\{_END}+"
    rf"|(?<![\w/~])~[\w.-]*/[A-Za-z_.]{_END}*|\$\{{?HOME\b|%(?:USERPROFILE|APPDATA|HOMEPATH)%"
    rf"|(?<![\w./\\~<)\]*+])/(?:{_ROOTS})(?![\w-]){_END}*"
    rf"|(?<![\w./\\~<)\]*+])/[^\s/\"'`<>|,;:()\[\]{{}}*]+/[^\s/\"'`<>|,;]{_END}*"
)

_NUMBER = r"[-+−]?\d{1,3}\.\d{3,}"
_WORD = r"latitude|longitude|easting|northing|(?<![A-Za-z])(?:lat|lon|lng)"
_PLACE = re.compile(
    rf"(?:{_WORD})s?(?:[ _-]?(?:deg(?:rees)?|dd|wgs84|x|y))?[\"'`]?"
    r"(?:\s*(?:[:=|]|\bis\b|\bof\b)\s*[\"'`\[(]*[-+−]?\d[\d.]*|\s+[-+−]?\d+\.\d+)"
    r"|\bgps(?:[ _-]?[a-z]+)?[\"'`]?\s*[:=|]?\s*[\"'`\[(]*[-+−]?\d+[.,:=]?\d"
    r"|\butm\b[^\n\d]{0,12}\d"
    r"|\d{1,3}\s*°\s*\d{1,2}(?:\.\d+)?\s*['\u2032\u2019]"
    r"|\d{1,3}\.\d{2,}\s*°?\s*[NS][,;\s]+\d{1,3}\.\d{2,}\s*°?\s*[EW]\b"
    r"|\b[NS]\s?\d{1,2}\.\d{2,}[°,;\s]+[EW]\s?\d{1,3}\.\d{2,}"
    r"|<(?:gpx|kml|trkpt|wpt)\b|\bPOINT\s*Z?\s*\([-+\d.]+\s+[-+\d.]+|\bgeo:[-+]?\d+\.\d"
    r"|@-?\d{1,2}\.\d{3,},-?\d{1,3}\.\d{3,}"
    r"|\b\d{1,2}[C-HJ-NP-X]\s+\d{6}(?:\.\d+)?\s+\d{6,8}\b",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"\b(?:lat|latitudes?|lon|lng|longitudes?|gps|geo\w*|wgs ?84|coord\w*|locat\w*|stations?|sites?"
    rf"|situated|waypoints?)\b.{{0,80}}?(?<![\d.])({_NUMBER})\s*°?\s*[,;/|\s]\s*({_NUMBER})",
    re.IGNORECASE | re.DOTALL,
)
_KEY_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_METRES = {"utm", "easting", "northing"}
_SURE = _METRES | {
    "lat", "lats", "latitude", "lon", "lng", "longitude", "gps", "latlon", "latlng", "lonlat",
    "decimallatitude", "decimallongitude",
}  # fmt: skip
_PAIRED = {"coordinate", "coordinates", "coords", "geolocation", "location", "site", "station"}


def full_paths(text: str) -> list[tuple[int, str]]:
    """Return the full paths in a text: at which character each begins, and the path."""
    return [(found.start(), found[0]) for found in _PATH.finditer(text)]


def coordinates(text: str) -> list[tuple[int, str]]:
    """Return what looks like the place where something is: its first character, and the words."""
    found = [(each.start(), each[0]) for each in _PLACE.finditer(text)]
    pairs = (each for each in _NEAR.finditer(text) if _degrees(_float(each[1]), _float(each[2])))
    return sorted([*found, *((each.start(1), f"{each[1]}, {each[2]}") for each in pairs)])


def is_place(key: str, value: object) -> bool:
    """Say whether a key and its value tell a place: `lat: 12.9`, `location: [12.97, 77.59]`."""
    words = {word.lower() for word in _KEY_WORDS.findall(key)}
    if words & _SURE:
        return any(abs(n) <= 180 or n % 1 or words & _METRES for n in _numbers(value))
    if not words & _PAIRED:
        return False
    numbers = list(_numbers(value))
    return len(numbers) == 2 and any(number % 1 for number in numbers) and _degrees(*numbers)


def is_full_path(text: str) -> bool:
    """Say whether a text, all of it, is a full path; it may hold spaces."""
    return bool(re.match(r"/[\w.]", text)) or PureWindowsPath(text).is_absolute()


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        yield from (number for each in inner for number in _numbers(each))
    elif isinstance(value, int | float | str) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            yield _float(str(value))


def _float(text: str) -> float:
    return float(text.replace("−", "-"))


def _degrees(a: float, b: float) -> bool:
    """Say whether two numbers can be a latitude and a longitude, in either order.

    Two numbers of at most 1 are the settings of a network: as a place they lie in the sea, off
    the coast of Ghana.
    """
    low, high = sorted((abs(a), abs(b)))
    return low <= 90 and 1 < high <= 180

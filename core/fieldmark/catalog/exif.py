"""What the camera wrote into the photo: time, place and camera. Damaged parts are left out."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from os import PathLike
from typing import Any

from PIL import ExifTags, Image

from fieldmark.images import DECODER_FAULTS, FORMATS

_TIMES = {
    "DateTimeOriginal": "OffsetTimeOriginal",
    "DateTimeDigitized": "OffsetTimeDigitized",
    "DateTime": "OffsetTime",
}
"""The tags that hold a time, and those that hold its offset from UTC (Exif 2.31)."""

_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
_STAMP = re.compile(r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Exif:
    """The camera's own words.

    Attributes:
        captured_at: the camera's clock, ISO text without a zone.
        latitude: degrees north, WGS 84; None also for the place 0°, 0°, which is a missing fix.
        longitude: degrees east.
        make: of the camera.
        model: of the camera.
        serial: of the camera's body.
        zone: the offset from UTC that the camera states for its clock, such as `+02:00`.
    """

    captured_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    make: str | None = None
    model: str | None = None
    serial: str | None = None
    zone: str | None = None


def read_exif(path: str | PathLike[str]) -> Exif:
    """Read a photo's EXIF; whatever is absent or damaged is None, never an error."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            exif = image.getexif()
            return from_tags(
                exif, _part(exif, ExifTags.IFD.Exif), _part(exif, ExifTags.IFD.GPSInfo)
            )
    except DECODER_FAULTS:
        return Exif()


def from_tags(main: Mapping[int, Any], camera: Mapping[int, Any], gps: Mapping[int, Any]) -> Exif:
    """Make sense of the three groups of tags that matter."""
    latitude, longitude = _place(gps)
    captured_at, zone = _time({**main, **camera})
    return Exif(
        captured_at=captured_at,
        latitude=latitude,
        longitude=longitude,
        make=_words(main.get(ExifTags.Base.Make)),
        model=_words(main.get(ExifTags.Base.Model)),
        serial=_words(camera.get(ExifTags.Base.BodySerialNumber)),
        zone=zone,
    )


def _part(exif: Image.Exif, which: int) -> Mapping[int, Any]:
    """Return a group of tags; a damaged group must not hide the others."""
    try:
        return exif.get_ifd(which)
    except DECODER_FAULTS:
        return {}


def _time(tags: Mapping[int, Any]) -> tuple[str | None, str | None]:
    """Return the camera's time, and the offset that belongs to it."""
    for name, offset in _TIMES.items():
        found = _STAMP.match(_words(tags.get(ExifTags.Base[name])) or "")
        if found is None:
            continue
        try:
            time = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        except ValueError:  # 0000:00:00, as cameras write whose clock was never set
            continue
        zone = _words(tags.get(ExifTags.Base[offset])) or ""
        return time.isoformat(), zone if _OFFSET.fullmatch(zone) else None
    return None, None


def _place(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else (None, None)


def _degrees(parts: object, reference: object) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    sign = -1 if (_words(reference) or "").upper()[:1] in {"S", "W"} else 1
    return round(sign * value, 7) if math.isfinite(value) else None


def _words(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str | int):
        return None
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split()) or None

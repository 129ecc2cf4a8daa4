"""Reading where a camera stood."""

from fieldmark.catalog.imports.values import UnusableError, number


def coordinates(latitude: str, longitude: str) -> tuple[float | None, float | None]:
    """Return degrees north and east, WGS 84; None, None where they are no place.

    The place 0°, 0° is a missing position, as in EXIF.
    """
    try:
        north, east = number(latitude), number(longitude)
    except UnusableError:
        return None, None
    inside = abs(north) <= 90 and abs(east) <= 180
    return (north, east) if inside and (north, east) != (0, 0) else (None, None)

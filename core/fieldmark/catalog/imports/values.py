"""Reading the numbers and boxes of files that others wrote; what is wrong is a sentence."""

import math
from collections.abc import Sequence

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.items import PixelBox
from fieldmark.types import Box

_LARGEST = 1e9


class UnusableError(ValueError):
    """A part of a file that is not what its format says."""


def number(value: object) -> float:
    """Read a finite number; also one in quotes, as some programs write it.

    Raises:
        UnusableError: if it is anything else.
    """
    if isinstance(value, str) and "_" not in value:
        value = _in_quotes(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnusableError(f"expected a number, got {shown(value)}")
    try:
        read = float(value)
    except OverflowError:
        read = math.inf
    if not math.isfinite(read) or abs(read) > _LARGEST:
        raise UnusableError(f"expected a finite number, got {str(value)[:80]}")
    return read


def confidence(value: object) -> float:
    """Read a confidence from 0 to 1; rounding beyond it (1e-3) is forgiven.

    Raises:
        UnusableError: if it is none.
    """
    score = number(value)
    if not -1e-3 <= score <= 1 + 1e-3:
        raise UnusableError(f"expected a confidence from 0 to 1, got {score}")
    return min(max(score, 0.0), 1.0)


def four(value: object, what: str = "a detection's `bbox`") -> list[float]:
    """Read a list of four numbers.

    Raises:
        UnusableError: if it is none.
    """
    if not isinstance(value, list) or len(value) != 4:
        raise UnusableError(f"{what} is not a list of four numbers")
    return [number(part) for part in value]


def fractions(box: Sequence[float]) -> Box:
    """Make a box of left, top, width and height as fractions of the photo, cut at its edges.

    Raises:
        UnusableError: if nothing of it is in the photo, or the numbers are no fractions.
    """
    x, y, w, h = box
    left, top = max(x, 0.0), max(y, 0.0)
    right, bottom = min(x + w, 1.0), min(y + h, 1.0)
    if max(box) > 2:
        raise UnusableError(f"expected a box in fractions 0–1, got {list(box)}")
    if right <= left or bottom <= top:
        raise UnusableError(f"expected a box with an area inside the photo, got {list(box)}")
    return Box(left, top, right - left, bottom - top)


def pixels(box: Sequence[float]) -> PixelBox:
    """Make a box of left, top, width and height in pixels; what leaves the photo is cut later.

    Raises:
        UnusableError: if it has no area.
    """
    if box[2] <= 0 or box[3] <= 0:
        raise UnusableError(f"expected a box with an area, got {list(box)}")
    return PixelBox(*box)


def scaled(box: Sequence[float], size: tuple[float, float]) -> Box | PixelBox:
    """Make a box of left, top, width and height in pixels of a photo of a stated size.

    The photo may have been made smaller since. A size of less than a pixel is none.

    Raises:
        UnusableError: if nothing of it is in the photo.
    """
    if min(size) < 1:
        return pixels(box)
    x, y, w, h = box
    try:
        return fractions((x / size[0], y / size[1], w / size[0], h / size[1]))
    except UnusableError as error:
        raise UnusableError(
            f"the box {list(box)} lies outside the photo of {size[0]:g} × {size[1]:g} pixels"
        ) from error


def corners(box: Sequence[float]) -> PixelBox:
    """Make a box of left, top, right and bottom in pixels.

    Raises:
        UnusableError: if it has no area.
    """
    x, y, right, bottom = box
    if right <= x or bottom <= y:
        raise UnusableError(f"expected a box with an area, got {list(box)}")
    return PixelBox(x, y, right - x, bottom - y)


def text(value: object) -> str:
    """Return a value as text that can be stored; nothing for None, NaN, lists and objects."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value.is_integer() else ""
    return printable(value.strip() if isinstance(value, str) else f"{value:d}"[:80])


def shown(value: object) -> str:
    """Return a value as an error message shows it."""
    return printable(repr(value))[:80]


def _in_quotes(value: str) -> object:
    try:
        return float(value)
    except ValueError:
        return value

"""Reading the words of a table: boxes, sides, times. Nothing is ever evaluated as code."""

import math
import re
from datetime import datetime

from fieldmark.catalog.imports.items import PixelBox
from fieldmark.types import Side

_SIDES = {
    "l": Side.LEFT, "left side": Side.LEFT, "left flank": Side.LEFT,
    "r": Side.RIGHT, "right side": Side.RIGHT, "right flank": Side.RIGHT,
    "f": Side.FRONT, "rear": Side.BACK, "behind": Side.BACK, "b": Side.BACK,
    "up": Side.TOP, "above": Side.TOP, "dorsal": Side.TOP,
}  # fmt: skip
_TIME = re.compile(
    r"(\d{4})[-:/.](\d{1,2})[-:/.](\d{1,2})"
    r"(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)?)?"
)
_LARGEST = 1e9  # pixels; beyond it arithmetic on boxes loses whole pixels


def parse_box(text: str) -> PixelBox | None:
    """Read `[x, y, w, h]` in pixels; brackets optional, commas, semicolons or blanks between.

    Returns None where the text says that there is no box (empty, `nan`, `none`, `[]`).

    Raises:
        ValueError: if it is anything else, with what was expected.
    """
    inner = text.strip()
    for opening, closing in ("[]", "()"):
        if inner.startswith(opening) and inner.endswith(closing) and len(inner) > 1:
            inner = inner[1:-1].strip()
            break
    if inner.lower() in {"", "nan", "none", "null", "na", "<na>"}:
        return None
    parts = re.split(r"\s*[,;]\s*|\s+", inner)
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(math.isfinite(n) and abs(n) < _LARGEST for n in numbers):
        raise ValueError(f"expected a box as [x, y, width, height] in pixels, got {text[:80]!r}")
    if numbers[2] <= 0 or numbers[3] <= 0:
        raise ValueError(f"expected a box with an area, got {text[:80]!r}")
    return PixelBox(*numbers)


def parse_side(text: str) -> Side | None:
    """Read a side; None if the word is not known, `unknown` for an empty one."""
    word = " ".join(text.lower().replace("_", " ").replace("-", " ").split())
    if word in {"", "nan", "none", "na"}:
        return Side.UNKNOWN
    try:
        return Side(word)
    except ValueError:
        return _SIDES.get(word)


def parse_time(text: str) -> str | None:
    """Read a time, the year first, as ISO text: `2019-03-04T03:04:50`, or `2019-03-04` for a day.

    A zone is dropped, because camera times are kept as recorded. None if it is not such a time;
    `04/03/2019` means two different days in two countries, so it is not guessed at.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [int(part or 0) for part in found.groups()]
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None
    return moment.isoformat() if found.group(4) else moment.date().isoformat()


def slug(text: str) -> str:
    """Return a species' name as profiles write it: lower case, words joined by hyphens."""
    return "-".join(re.findall(r"[^\W_]+", text.lower()))


def matches_species(text: str, species: str) -> bool:
    """Say whether a table's species is the project's.

    `Snow leopard (Panthera uncia)` is `snow-leopard`, and not `leopard`.
    """
    return slug(species) in {slug(text), slug(text.partition("(")[0])}

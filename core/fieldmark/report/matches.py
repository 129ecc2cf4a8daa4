"""The matched points of two pictures, as lines to draw."""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass

from fieldmark.report.crops import Crop
from fieldmark.types import Explanation


@dataclass(frozen=True)
class Joined:
    """One matched pair: a point in each picture, in its pixels, and a colour as `#rrggbb`."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str


def strongest(explanation: Explanation, one: Crop, other: Crop, most: int) -> Iterator[Joined]:
    """Yield at most `most` matched pairs, the strongest first."""
    order = (-explanation.weights).argsort(kind="stable")[:most]
    top = float(explanation.weights.max(initial=0.0)) or 1.0
    starts = one.place(explanation.query_xy[order])
    ends = other.place(explanation.candidate_xy[order])
    for start, end, weight in zip(starts, ends, explanation.weights[order], strict=True):
        yield Joined(start, end, _colour(float(weight) / top))


def _colour(strength: float) -> str:
    """Return a colour from blue (weak) to yellow (strong), readable with colour blindness."""
    red, green, blue = colorsys.hsv_to_rgb(0.6 - 0.45 * min(max(strength, 0.0), 1.0), 0.9, 1.0)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"

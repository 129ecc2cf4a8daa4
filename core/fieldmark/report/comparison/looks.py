"""How each pipeline is drawn: colour, dashes and marker, so that no meaning hangs on colour."""

from collections.abc import Iterable
from dataclasses import dataclass

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Told apart with every common colour blindness: Wong 2011, Nature Methods 8:441, without black
and yellow, which vanish on a dark and on a white page."""
GREY = "#8A8A8A"
"""Of controls: 3.5 : 1 against white, 5.2 : 1 against the dark page's near-black."""
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2), (3, 1.5))
CONTROL_DASHES: tuple[tuple[float, ...], ...] = ((2, 2), (5, 4), (1, 3), (4, 2, 1, 2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
PATHS = {
    "o": "M3.5 0A3.5 3.5 0 1 1-3.5 0A3.5 3.5 0 1 1 3.5 0Z",
    "s": "M-3-3H3V3H-3Z",
    "^": "M0-4L4 3H-4Z",
    "D": "M0-4.2L4.2 0L0 4.2L-4.2 0Z",
    "v": "M0 4L4-3H-4Z",
    "P": "M-1.3-4H1.3V-1.3H4V1.3H1.3V4H-1.3V1.3H-4V-1.3H-1.3Z",
    "X": "M-3.5-2L-2-3.5L0-1.5L2-3.5L3.5-2L1.5 0L3.5 2L2 3.5L0 1.5L-2 3.5L-3.5 2L-1.5 0Z",
}
"""The markers as SVG paths around 0, for keys beside text."""


@dataclass(frozen=True)
class Look:
    """How one pipeline is drawn everywhere on a page."""

    colour: str
    dashes: tuple[float, ...]
    marker: str

    @property
    def dasharray(self) -> str:
        """The dashes as SVG writes them."""
        return " ".join(f"{1.6 * length:g}" for length in self.dashes) or "none"

    @property
    def path(self) -> str:
        """The marker as an SVG path around 0."""
        return PATHS[self.marker]


def looks_of(pipelines: Iterable[str], controls: Iterable[str]) -> dict[str, Look]:
    """Return the look of each pipeline; controls are grey, thin lines of other dashes."""
    found = {
        name: Look(COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)], MARKERS[n % len(MARKERS)])
        for n, name in enumerate(pipelines)
    }
    for n, name in enumerate(controls):
        dashes = CONTROL_DASHES[n % len(CONTROL_DASHES)]
        found[name] = Look(GREY, dashes, MARKERS[-1 - n % len(MARKERS)])
    return found

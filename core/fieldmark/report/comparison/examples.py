"""The pairs worth looking at, as drawings: photos cut to the animal, with what was found alike."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from fieldmark.evaluate.results import Cell, Example, Shown
from fieldmark.evaluate.saying import percent
from fieldmark.jobs import Progress
from fieldmark.report.crops import Crop, crop
from fieldmark.report.matches import Joined, strongest
from fieldmark.report.view import Sighting
from fieldmark.types import WHOLE, Box, Explanation, Floats, Side

CARD_WIDTH, PICTURE_HEIGHT, GAP = 260, 190, 10
LINES = 40
"""Only the strongest matches are drawn; more hide the coat they should explain."""
BUDGET = 9_000_000
"""Characters of pictures in one page, so that an old laptop and a mail server still take it."""
BACKGROUND = 0.5
"""Share of the evidence outside the animal from which on a warning is given: most of it."""
KINDS = {
    "wrong": "Most surely wrong",
    "hard": "Found late",
    "missed new": "New, but matched",
}
_PNG = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+=*")


@dataclass(frozen=True)
class Placed:
    """One photo of a card.

    Attributes:
        y: of its upper edge in the card, pixels.
        heat: a map over the animal's box as a data URI, and where that box lies in the card.
    """

    reference: str
    label: str
    y: float
    heat: tuple[str, float, float, float, float] | None = None


@dataclass(frozen=True)
class Card:
    """One example as the template shows it.

    Attributes:
        matched: how many points were matched; at most `LINES` of them are drawn.
        warning: what speaks against the evidence; empty where nothing does.
    """

    example: Example
    pictures: tuple[Placed, ...]
    lines: tuple[Joined, ...]
    height: int
    score: str
    warning: str

    @property
    def kind(self) -> str:
        """Why it is shown, in words."""
        return KINDS[self.example.kind]

    @property
    def matched(self) -> int:
        """How many points were matched."""
        return len(self.example.query_xy)

    @property
    def text(self) -> str:
        """What the drawing shows, for whoever does not see it."""
        shown = f"query {said(self.example.query)} above the proposal {said(self.example.proposed)}"
        right = self.example.right
        return shown + (f", and below them the right one, {said(right)}" if right else "")


class Pictures:
    """The photos of one page; each cut-out is embedded once, however often it is shown."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[float, ...]], tuple[str, Crop, str]] = {}
        self.size = 0

    def of(self, shown: Shown) -> tuple[str, Crop]:
        """Return the name by which drawings refer to a cut-out, and the cut-out."""
        key = shown.path, shown.box
        if key not in self._found:
            cut = crop(_sighting(shown), CARD_WIDTH, PICTURE_HEIGHT)
            uri = cut.data_uri()
            self._found[key] = f"picture-{len(self._found) + 1}", cut, uri
            self.size += len(uri)
        return self._found[key][:2]

    def items(self) -> Iterator[tuple[str, Crop, str]]:
        """Yield each cut-out with its name and its data URI."""
        yield from self._found.values()


def cards(
    cells: Sequence[Cell], pictures: Pictures, progress: Progress, budget: int
) -> list[list[Card]]:
    """Return the cards of each cell, in its order.

    Every cell gets its first example of each kind before any gets a second, until the pictures
    reach the budget, in characters.
    """
    wanted = _in_turns(cells)
    drawn: list[dict[int, Card]] = [{} for _ in cells]
    for done, (number, place) in enumerate(wanted, start=1):
        if pictures.size >= budget:
            break
        cell = cells[number]
        drawn[number][place] = card = _card(cell.examples[place], "ECE" in cell.metrics, pictures)
        pictures.size += sum(len(each.heat[0]) for each in card.pictures if each.heat)
        progress(done, len(wanted), "examples drawn")
    return [[found[place] for place in sorted(found)] for found in drawn]


def said(shown: Shown) -> str:
    """Return who a photo shows, and from where: `Maya (left side)`."""
    side = f"{shown.side} side" if shown.side not in {"", "unknown"} else "side unknown"
    return f"{shown.individual or 'unnamed'} ({side})"


def _in_turns(cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Return (cell, example) so that every cell and every kind has its turn."""
    queues: list[list[tuple[int, int]]] = []
    for kind in KINDS:
        for number, cell in enumerate(cells):
            places = [n for n, example in enumerate(cell.examples) if example.kind == kind]
            queues.append([(number, place) for place in places])
    return [turn for round_ in zip_longest(*queues) for turn in round_ if turn is not None]


def _card(example: Example, calibrated: bool, pictures: Pictures) -> Card:
    placed, height, crops = [], 0, []
    labelled = {
        "query": example.query,
        "proposed": example.proposed,
        "right individual": example.right,
    }
    for number, (label, shown) in enumerate(labelled.items()):
        if shown is None:
            continue
        reference, cut = pictures.of(shown)
        heat = (
            _heat(example.heat[number], shown, cut, height) if number < len(example.heat) else None
        )
        placed.append(Placed(reference, label, height, heat))
        crops.append(cut)
        height += cut.picture.height + GAP
    score = f"probability {percent(example.score)}" if calibrated else f"score {example.score:.3g}"
    lines = tuple(_lines(example, crops[0], crops[1]))
    return Card(example, tuple(placed), lines, height - GAP, score, _warning(example))


def _lines(example: Example, upper: Crop, lower: Crop) -> Iterator[Joined]:
    down = upper.picture.height + GAP
    for pair in strongest(_explanation(example), upper, lower, LINES):
        (x1, y1), (x2, y2) = pair.start, pair.end
        start, end = (round(x1, 1), round(y1, 1)), (round(x2, 1), round(y2 + down, 1))
        yield Joined(start, end, pair.colour)


def _explanation(example: Example) -> Explanation:
    query, proposed = _points(example.query_xy), _points(example.proposed_xy)
    n = min(len(query), len(proposed))
    weights = np.ones(n, np.float32)
    given = np.array(example.weights, np.float32)[:n]
    weights[: len(given)] = given
    return Explanation(query[:n], proposed[:n], weights)


def _points(xy: Sequence[tuple[float, float]]) -> Floats:
    return np.array(xy, np.float32).reshape(-1, 2)


def _heat(
    uri: str, shown: Shown, cut: Crop, y: float
) -> tuple[str, float, float, float, float] | None:
    """Place a map over the animal's box; what is no picture is left out, for it could be a page."""
    if not _PNG.fullmatch(uri):
        return None
    box = _box(shown)
    corners = np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]], np.float32)
    (left, top), (right, bottom) = cut.place(corners)
    return uri, round(left, 1), round(top + y, 1), round(right - left, 1), round(bottom - top, 1)


def _warning(example: Example) -> str:
    if example.background is None or example.background <= max(BACKGROUND, example.even):
        return ""
    return f"{percent(example.background)} of the evidence lies outside the animal."


def _sighting(shown: Shown) -> Sighting:
    side = Side(shown.side) if shown.side in set(Side) else Side.UNKNOWN
    path = Path(shown.path) if shown.path else None
    return Sighting(
        shown.annotation, path, shown.shown, _box(shown), side, shown.individual, None, None, None
    )


def _box(shown: Shown) -> Box:
    try:
        return Box(*shown.box)
    except ValueError:
        return WHOLE

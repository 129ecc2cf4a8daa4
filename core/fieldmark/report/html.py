"""The HTML report: self-contained pages that open offline in any browser.

Each query stands above its five best candidates; the lines join what the matcher found alike. A
long run is split into pages, so that a browser on an old laptop can still open each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from fieldmark.files import write_text
from fieldmark.report.crops import Crop, crop
from fieldmark.report.matches import strongest
from fieldmark.report.trust import calibration_in_words, percent
from fieldmark.report.view import (
    Facts,
    Identified,
    Ranked,
    Sighting,
    Visit,
    gap_between,
    whereabouts,
)
from fieldmark.types import Explanation

CANDIDATES = 5
QUERIES_PER_PAGE = 200
LINES = 40
"""Only the strongest matches are drawn; more hide the coat they should explain."""
CARD_WIDTH, PICTURE_HEIGHT, GAP = 260, 190, 10


@dataclass(frozen=True)
class Line:
    """One matched pair in a card: two ends in card pixels, and a colour."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str


@dataclass(frozen=True)
class Card:
    """One candidate as the template shows it.

    Attributes:
        bar: how long its bar is, 0–100: the probability, or the score against the first one's.
    """

    ranked: Ranked
    query: Crop
    candidate: Crop
    query_ref: str
    candidate_ref: str
    bar: float
    lines: tuple[Line, ...]
    hidden_lines: int
    facts: tuple[str, ...]

    @property
    def height(self) -> int:
        """The drawing's height in pixels."""
        return self.query.picture.height + GAP + self.candidate.picture.height


class Pictures:
    """The pictures of one page; each is embedded once, however often it is shown."""

    def __init__(self) -> None:
        self._crops: dict[int, Crop] = {}

    def of(self, sighting: Sighting) -> Crop:
        """Return the sighting's picture."""
        if sighting.id not in self._crops:
            self._crops[sighting.id] = crop(sighting, CARD_WIDTH, PICTURE_HEIGHT)
        return self._crops[sighting.id]

    def items(self) -> Iterator[tuple[str, Crop]]:
        """Yield each picture with the name by which drawings refer to it."""
        for number, picture in self._crops.items():
            yield reference(number), picture


def reference(annotation: int) -> str:
    """Return the name of an annotation's picture within a page."""
    return f"photo-{annotation}"


def write_report(
    results: Sequence[Identified],
    facts: Facts,
    path: Path,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Path]:
    """Write the report and return its pages; the first is `path`, the others follow its name."""
    template = _environment().get_template("report.html.j2")
    groups = list(_groups(results)) or [results]
    pages = [path, *(path.with_stem(f"{path.stem}-{n}") for n in range(2, len(groups) + 1))]
    for number, (page, group) in enumerate(zip(pages, groups, strict=True)):
        pictures = Pictures()
        queries = [(result, _cards(result, pictures)) for result in group]
        links = [other.name for other in pages]
        write_text(
            page,
            template.render(
                facts=facts,
                queries=queries,
                pictures=pictures,
                links=links,
                here=number,
                first=number * QUERIES_PER_PAGE,
                total=len(results),
                unanswered=[r for r in results if not r.candidates],
                visits=_visits(group),
                calibration_in_words=calibration_in_words,
                percent=percent,
                card_width=CARD_WIDTH,
                gap=GAP,
                whereabouts=whereabouts,
            ),
        )
        progress(number + 1, len(pages))
    return pages


def _visits(results: Sequence[Identified]) -> list[Visit]:
    """Return each encounter of a page once, in the order of its first query."""
    return list({r.visit.queries: r.visit for r in results if r.visit}.values())


def _groups(results: Sequence[Identified]) -> Iterator[Sequence[Identified]]:
    for start in range(0, len(results), QUERIES_PER_PAGE):
        yield results[start : start + QUERIES_PER_PAGE]


def _cards(result: Identified, pictures: Pictures) -> list[Card]:
    top = result.candidates[0].score if result.candidates else 0.0
    return [
        _card(result.query, ranked, _bar(ranked, top), pictures)
        for ranked in result.candidates[:CANDIDATES]
    ]


def _bar(ranked: Ranked, top: float) -> float:
    if ranked.probability is not None:
        return round(100 * ranked.probability, 1)
    return round(100 * ranked.score / top, 1) if top > 0 else 0.0


def _card(query: Sighting, ranked: Ranked, bar: float, pictures: Pictures) -> Card:
    upper, lower = pictures.of(query), pictures.of(ranked.best)
    return Card(
        ranked,
        upper,
        lower,
        reference(query.id),
        reference(ranked.best.id),
        bar,
        tuple(_lines(ranked.explanation, upper, lower)),
        max(len(ranked.explanation) - LINES, 0),
        tuple(_facts(query, ranked.best)),
    )


def _facts(query: Sighting, best: Sighting) -> Iterator[str]:
    if best.station:
        yield f"station {best.station}" + (" (the same)" if best.station == query.station else "")
    if gap := gap_between(query, best):
        yield gap
    yield f"{best.side} side" if best.side != "unknown" else "side unknown"


def _lines(explanation: Explanation, upper: Crop, lower: Crop) -> Iterator[Line]:
    down = upper.picture.height + GAP
    for pair in strongest(explanation, upper, lower, LINES):
        (x1, y1), (x2, y2) = pair.start, pair.end
        yield Line(round(x1, 1), round(y1, 1), round(x2, 1), round(y2 + down, 1), pair.colour)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("fieldmark.report"),
        autoescape=select_autoescape(["html.j2", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )

"""The page of a comparison: self-contained, readable offline, on paper and on a phone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup, escape

from fieldmark.evaluate import saying
from fieldmark.evaluate.results import Cell, Comparison, SizeStudy
from fieldmark.evaluate.standing import METRIC, kinds
from fieldmark.files import write_text
from fieldmark.jobs import Progress, silent
from fieldmark.report.comparison import blocks, charts, costs, examples, glossary
from fieldmark.report.comparison.blocks import Block
from fieldmark.report.comparison.drawing import Chart
from fieldmark.report.comparison.examples import Card, Pictures
from fieldmark.report.comparison.looks import Look, looks_of

REMARKS = 6
"""Remarks that stand open; more are folded, lest they push the results off the first screen."""


@dataclass(frozen=True)
class Drawn:
    """One part of the page with its drawings.

    Attributes:
        reliability, histograms: one for each pipeline that has one.
        cards: of each pipeline, and how many of its examples found no room.
    """

    block: Block
    cmc: Chart | None
    reliability: tuple[tuple[Cell, Chart], ...]
    histograms: tuple[Chart, ...]
    sizes: tuple[tuple[SizeStudy, Chart], ...]
    cards: tuple[tuple[Cell, Sequence[Card], int], ...]


def write_comparison(comparison: Comparison, path: Path, progress: Progress = silent) -> None:
    """Write the report of a comparison as one HTML file.

    Nothing is fetched from anywhere, and no photo keeps its EXIF data. Equal results give equal
    bytes, as long as the photos of the examples stay where they are; one that is gone is grey.

    Args:
        comparison: all that is shown.
        path: of the HTML file; it is replaced in one step.
        progress: called while charts and examples are drawn.
    """
    looks = _looks(comparison)
    parts = blocks.blocks(comparison)
    pictures = Pictures()
    cells = [cell for block in parts for cell in block.all]
    found = examples.cards(cells, pictures, progress, examples.BUDGET)
    cards = dict(zip(map(id, cells), found, strict=True))
    drawn = []
    for done, block in enumerate(parts, start=1):
        drawn.append(_drawn(block, looks, [(cell, cards[id(cell)]) for cell in block.all]))
        progress(done, len(parts), "tables with charts drawn")
    page = _environment().get_template("comparison.html.j2")
    write_text(
        path,
        page.render(
            comparison=comparison,
            conclusion=grouped(comparison),
            parts=drawn,
            pictures=pictures,
            looks=looks,
            warnings=blocks.warnings(comparison),
            glossary=list(glossary.explained(_metrics(comparison))),
            metric=METRIC,
            main=glossary.MAIN,
            listed=blocks.INDIVIDUALS,
            remarks=REMARKS,
            card_width=examples.CARD_WIDTH,
            lines=examples.LINES,
        ),
    )


def _drawn(
    block: Block, looks: Mapping[str, Look], cards: Sequence[tuple[Cell, Sequence[Card]]]
) -> Drawn:
    name, cells = block.anchor, block.all
    return Drawn(
        block,
        charts.cmc(f"{name}-cmc", cells, looks),
        tuple(
            (cell, _reliability(f"{name}-said-{n}", cell, looks[cell.pipeline]))
            for n, cell in enumerate(cells)
            if cell.reliability
        ),
        tuple(
            charts.histogram(f"{name}-scores-{n}", cell.pipeline, cell.histogram)
            for n, cell in enumerate(cells)
            if cell.histogram and len(cell.histogram.edges) > 1
        ),
        tuple(
            (study, charts.sizes(f"{name}-sizes-{n}", study, looks))
            for n, study in enumerate(block.sizes)
            if any(curve.points for curve in study.curves)
        ),
        tuple(
            (cell, found, len(cell.examples) - len(found)) for cell, found in cards if cell.examples
        ),
    )


def _reliability(name: str, cell: Cell, look: Look) -> Chart:
    return charts.reliability(name, cell.pipeline, cell.reliability, look)


def _looks(comparison: Comparison) -> Mapping[str, Look]:
    known = kinds(comparison)
    curves = [curve.name for study in comparison.sizes for curve in study.curves]
    drawn = dict.fromkeys([*known, *(cell.pipeline for cell in comparison.cells), *curves])
    controls = [name for name in drawn if known.get(name) == "control"]
    return looks_of([name for name in drawn if known.get(name) != "control"], controls)


def _metrics(comparison: Comparison) -> list[str]:
    return glossary.in_order(name for cell in comparison.cells for name in cell.metrics)


def coded(text: str) -> Markup:
    """Return a sentence with what stands in backticks set as code, everything escaped."""
    safe = str(escape(text)).replace(" %", "\N{NO-BREAK SPACE}%")
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", safe))  # noqa: S704 - escaped above


def grouped(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Return the conclusion, with what is said of one set of data below its first sentence."""
    found: list[tuple[str, list[str]]] = []
    about = tuple(f"{used.data}: " for used in comparison.data)
    for sentence in comparison.conclusion:
        place = next((each for each in about if sentence.startswith(each)), None)
        if place is None or not found:
            found.append((sentence, []))
        else:
            found[-1][1].append(sentence.removeprefix(place))
    return found


def measured(cells: Sequence[Cell], wanted: Sequence[str] = ()) -> list[str]:
    """Return the metrics that any of the cells has, only the wanted ones if any are named."""
    found = glossary.in_order(name for cell in cells for name in cell.metrics)
    return [name for name in found if not wanted or name in wanted]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fieldmark.report"),
        autoescape=select_autoescape(["html.j2", "j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(coded=coded, percent=saying.percent, said=examples.said)
    environment.globals.update(
        saying=saying, measured=measured, better=blocks.better, expenses=costs.expenses
    )
    return environment

"""The charts of a comparison, each with its numbers and with words for whoever does not see it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from fieldmark.evaluate.results import Bin, Cell, Curve, Histogram, Point, SizeStudy
from fieldmark.evaluate.saying import both, count, in_percent, percent, plain
from fieldmark.report.comparison.drawing import MILD, Chart, Table, draw
from fieldmark.report.comparison.looks import COLOURS, GREY, Look

WIDE, SMALL = (5.2, 3.1), (2.9, 2.5)
"""Inches; small enough that a phone shows the text at its own size."""
RANKS = (1, 2, 3, 5, 10, 20, 50)
LISTED_BINS = 60


def cmc(name: str, cells: Sequence[Cell], looks: Mapping[str, Look]) -> Chart | None:
    """Return the share of queries whose individual is among the first k, for each pipeline."""
    drawn = [cell for cell in cells if cell.cmc]
    if not drawn:
        return None
    longest = max(len(cell.cmc) for cell in drawn)

    def paint(axes: Axes) -> None:
        for cell in drawn:
            ranks = range(1, len(cell.cmc) + 1)
            marked = [n - 1 for n in RANKS if n <= len(cell.cmc)]
            axes.plot(ranks, cell.cmc, markevery=marked, **_line(looks[cell.pipeline]))
        axes.set_xscale("log")
        axes.set_xticks([rank for rank in RANKS if rank <= longest])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{rank:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(0.95, max(longest, 2) * 1.05)
        axes.set_xlabel("candidates that a person looks at")
        _percent_axis(axes)

    ranks = [rank for rank in RANKS if rank <= longest]
    rows = tuple(
        (
            cell.pipeline,
            *(percent(cell.cmc[rank - 1]) if rank <= len(cell.cmc) else "" for rank in ranks),
        )
        for cell in drawn
    )
    title = "Right individual among the first candidates"
    text = f"{title}. Among the first one: " + _listed(
        (cell.pipeline, percent(cell.cmc[0])) for cell in drawn
    )
    table = Table(("pipeline", *map(str, ranks)), rows)
    return Chart(draw(name, title, text, WIDE, paint), title, text, table)


def reliability(name: str, pipeline: str, bins: Sequence[Bin], look: Look) -> Chart:
    """Return what was said against what came true."""
    shown = [each for each in bins if math.isfinite(each.said) and math.isfinite(each.same)]
    most = max((each.n for each in shown), default=1) or 1

    def paint(axes: Axes) -> None:
        axes.plot((0, 1), (0, 1), color=MILD, lw=0.8, ls=(0, (4, 3)))
        said, same = [each.said for each in shown], [each.same for each in shown]
        axes.plot(said, same, color=look.colour, lw=1)
        sizes = [12 + 60 * each.n / most for each in shown]
        axes.scatter(said, same, sizes, color=look.colour, marker=look.marker, zorder=3)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="probability that was said")
        axes.set_ylabel("share that was the same")

    rows = tuple((plain(each.said), plain(each.same), f"{each.n:,}") for each in bins)
    title = f"{pipeline}: what was said, and what came true"
    text = f"{title}; on the dashed diagonal both agree. " + _listed(
        (plain(each.said), plain(each.same)) for each in shown
    )
    table = Table(("said", "the same", "pairs"), rows)
    return Chart(draw(name, title, text, SMALL, paint), title, text, table)


def histogram(name: str, pipeline: str, found: Histogram) -> Chart:
    """Return how the scores of the same, and of different individuals lie."""
    shares = [_shares(found.same), _shares(found.different)]

    def paint(axes: Axes) -> None:
        same, different = shares
        axes.stairs(different, found.edges, color=COLOURS[1], lw=1.3, ls=(0, (3, 1.5)))
        axes.stairs(same, found.edges, color=COLOURS[0], fill=True, alpha=0.3, lw=0)
        axes.stairs(same, found.edges, color=COLOURS[0], lw=1.5)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("score")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))

    title = f"{pipeline}: scores of the same and of different individuals"
    text = (
        f"{title}. Solid and filled: {count(sum(found.same), 'pair')} of the same individual,"
        f" half of them above {_median(found, found.same)}. Dashed:"
        f" {count(sum(found.different), 'pair')} of different ones, half of them above"
        f" {_median(found, found.different)}."
    )
    rows = tuple(
        (f"{low:.4g} to {high:.4g}", f"{same:,}", f"{different:,}")
        for (low, high), same, different in zip(
            pairwise(found.edges), found.same, found.different, strict=True
        )
    )
    table = Table(("score", "same", "different"), rows[:LISTED_BINS])
    return Chart(draw(name, title, text, SMALL, paint), title, text, table)


def sizes(name: str, study: SizeStudy, looks: Mapping[str, Look]) -> Chart:
    """Return how good each method is with growing training data."""

    def paint(axes: Axes) -> None:
        for curve in study.curves:
            _curve(axes, curve, study.varied, looks[curve.name])
        ticks = sorted({_size(point, study.varied) for c in study.curves for point in c.points})
        axes.set_xscale("symlog", base=2, linthresh=1)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        where = "photos of each individual" if study.varied == "photos" else "individuals"
        axes.set_xlabel(f"{where} in the training")
        if in_percent(study.metric):
            _percent_axis(axes)
        else:
            axes.set_ylabel(study.metric)

    title = f"{study.metric} with growing numbers of {study.varied}"
    text = f"{title}. " + (" ".join(study.crossing) or "No crossing was found.")
    rows = tuple(
        (
            curve.name,
            str(p.photos),
            str(p.individuals),
            both(study.metric, p.estimate),
            str(len(p.seeds)),
        )
        for curve in study.curves
        for p in curve.points
    )
    table = Table(("method", "photos each", "individuals", study.metric, "seeds"), rows)
    return Chart(draw(name, title, text, WIDE, paint), title, text, table)


def _curve(axes: Axes, curve: Curve, varied: str, look: Look) -> None:
    points = sorted(curve.points, key=lambda point: _size(point, varied))
    where = [_size(point, varied) for point in points]
    axes.plot(where, [point.estimate.value for point in points], **_line(look))
    for place, point in zip(where, points, strict=True):
        low, high = point.estimate.low, point.estimate.high
        if low is not None and high is not None:
            axes.plot((place, place), (low, high), color=look.colour, lw=0.9, alpha=0.6)


def _size(point: Point, varied: str) -> int:
    return point.photos if varied == "photos" else point.individuals


def _line(look: Look) -> dict[str, Any]:
    style: Any = (0, look.dashes) if look.dashes else "-"
    return {
        "color": look.colour,
        "ls": style,
        "marker": look.marker,
        "lw": 1.1 if look.colour == GREY else 1.7,
    }


def _percent_axis(axes: Axes) -> None:
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks((0, 0.25, 0.5, 0.75, 1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [each / total for each in counts]


def _median(found: Histogram, counts: Sequence[int]) -> str:
    """Return the lower end of the range that holds the middle pair."""
    below, half = 0, sum(counts) / 2
    for edge, each in zip(found.edges, counts, strict=False):
        below += each
        if below >= half and each:
            return f"{edge:.3g}"
    return "nothing"


def _listed(pairs: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{name}: {number}" for name, number in pairs) + "."

"""What speaks against the figures: controls that do too well, and protocols that leak."""

from collections.abc import Iterator

from fieldmark.evaluate.controls import BACKGROUND, MIRRORED
from fieldmark.evaluate.results import Cell, Comparison, Estimate
from fieldmark.evaluate.saying import both, names, percent, quoted, real
from fieldmark.evaluate.standing import FEW, METRIC, Standing, is_leaky, lead, standing


def controls(comparison: Comparison, found: Standing) -> Iterator[str]:
    """Yield what the controls say against the figures."""
    for control in found.controls:
        if control.pipeline.startswith((BACKGROUND, MIRRORED)) and _above_chance(control):
            yield _given_away(control)
    for cell in found.cells:
        as_good = [quoted(c.pipeline) for c in found.controls if _as_good(comparison, c, cell)]
        if as_good:
            yield (
                f"{quoted(cell.pipeline)} cannot be told apart from"
                f" {names(as_good)}, which does not know the animal: its figure is no evidence"
                f" that it recognises individuals."
            )


def _above_chance(control: Cell) -> bool:
    """Return whether a control surely does better than a guess."""
    low = control.metrics[METRIC].low
    enough = control.metrics[METRIC].individuals >= FEW
    return enough and control.chance is not None and low is not None and low > control.chance


def _given_away(control: Cell) -> str:
    reached = both(METRIC, control.metrics[METRIC])
    guess = percent(control.chance or 0.0)
    if control.pipeline.startswith(BACKGROUND):
        return (
            f"The background alone ({quoted(control.pipeline)}) reaches {reached},"
            f" a guess {guess}: place and light give individuals away, so part of every figure may"
            f" be the enclosure or the site and not the animal."
        )
    return (
        f"Mirrored photos of the other flank ({quoted(control.pipeline)}) reach"
        f" {reached}, a guess {guess}: where the flanks differ, this is owed to build, light or"
        f" place and not to the pattern."
    )


def _as_good(comparison: Comparison, control: Cell, cell: Cell) -> bool:
    """Return whether a control may be as good as a pipeline."""
    if control.pipeline.startswith(MIRRORED):  # it asks other queries
        return False
    if control.pipeline.startswith(BACKGROUND) and control.pipeline != BACKGROUND + cell.pipeline:
        return False
    gap = lead(comparison, cell, control)
    if gap is None or gap.low is None:
        return control.metrics[METRIC].value >= cell.metrics[METRIC].value
    return gap.value <= 0 or not real(gap)


def leaks(comparison: Comparison, found: Standing) -> Iterator[str]:
    """Yield what can be told by the visit instead of the animal."""
    if is_leaky(found.protocol):
        yield (
            f"Under {quoted(found.protocol)} photos of one visit may stand on both sides, which"
            f" flatters every pipeline; ask with `--protocol encounter-disjoint`."
        )
    elif _unknown_visits(comparison, found):
        yield (
            "It is not known which photos are of one visit, so they may answer each other, which"
            " flatters every pipeline."
        )
    else:
        protocols = {cell.protocol for cell in comparison.cells if cell.data == found.data}
        for protocol in sorted(filter(is_leaky, protocols)):
            yield from _flattered(found, standing(comparison, found.data, protocol))


def _unknown_visits(comparison: Comparison, found: Standing) -> bool:
    place = found.data, found.protocol
    return any(
        used.encounters is None for used in comparison.data if (used.data, used.protocol) == place
    )


def _flattered(strict: Standing, leaky: Standing | None) -> Iterator[str]:
    """Yield, for the first pipeline of which it is sure, that a protocol flatters it."""
    known = {cell.pipeline: cell.metrics[METRIC] for cell in strict.cells}
    for cell in leaky.cells if leaky else ():
        reached, honest = cell.metrics[METRIC], known.get(cell.pipeline)
        if leaky and honest and _apart(reached, honest):
            yield (
                f"{quoted(cell.pipeline)} reaches {both(METRIC, reached)} under"
                f" {quoted(leaky.protocol)} and {both(METRIC, honest)} under"
                f" {quoted(strict.protocol)}: do not quote the first, it most likely rewards that"
                f" photos of one visit look alike."
            )
            return


def _apart(high: Estimate, low: Estimate) -> bool:
    """Return whether one estimate lies above another, with intervals that do not touch."""
    return high.low is not None and low.high is not None and high.low > low.high

"""Where the pipelines stand under one protocol: who leads, and over whom it surely does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldmark.evaluate.results import Cell, Comparison, Estimate
from fieldmark.evaluate.saying import quoted, real

METRIC = "top-1"
"""What pipelines are ranked by: a person looks at the first proposal first."""
LEAKY = ("closed-set", "atrw-plain", "as-given", "wildlife")
"""Protocols (or how their names begin) that let photos of one visit stand on both sides."""
STRICT = (
    "unseen-species",
    "disjoint",
    "time-aware",
    "encounter-disjoint",
    "open-set",
    "encounter-split",
)
"""The others, the strictest first: the fewer ways round the animal's own looks, the stricter."""
FEW = 10
"""Individuals below which nothing is concluded.

Percentile intervals from n resampled individuals are too narrow by about the factor
sqrt((n − 1) / n) · z / t(n − 1) (Hesterberg 2015, The American Statistician 69:371–386, "narrowness
bias"): 0.91 of the right width for 20 individuals, 0.82 for 10, 0.63 for 5.
"""
NONE = 5
"""Individuals below which there is no interval at all."""


@dataclass(frozen=True)
class Rival:
    """Another pipeline, and by how much the leader is ahead of it.

    Attributes:
        lead: the leader minus this one; None: the two were not compared query by query.
    """

    cell: Cell
    lead: Estimate | None

    @property
    def beaten(self) -> bool:
        """Whether the leader is ahead, with an interval that leaves zero out."""
        return self.lead is not None and self.lead.value > 0 and real(self.lead)


@dataclass(frozen=True)
class Standing:
    """One set of data under one protocol.

    Attributes:
        best: of the pipelines that are no controls, the one with the highest top-1.
        rivals: the others, the best first.
        controls: what is reached without knowing the animal.
    """

    data: str
    protocol: str
    best: Cell
    rivals: tuple[Rival, ...]
    controls: tuple[Cell, ...]

    @property
    def top1(self) -> Estimate:
        """Top-1 of the best."""
        return self.best.metrics[METRIC]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The pipelines that are no controls, the best first."""
        return self.best, *(rival.cell for rival in self.rivals)

    @property
    def equals(self) -> tuple[Rival, ...]:
        """The rivals that cannot be told apart from the best."""
        return tuple(rival for rival in self.rivals if not rival.beaten)


def strictness(protocol: str) -> tuple[int, str]:
    """Return what to sort protocols by; unknown ones stand between the strict and the leaky."""
    if is_leaky(protocol):
        return len(STRICT) + 1, protocol
    fitting = [n for n, name in enumerate(STRICT) if protocol.startswith(name)]
    return min(fitting, default=len(STRICT)), protocol


def is_leaky(protocol: str) -> bool:
    """Return whether photos of one visit may stand on both sides under a protocol."""
    return protocol.startswith(LEAKY)


def kinds(comparison: Comparison) -> Mapping[str, str]:
    """Return the kind of each pipeline: local, deep, fused or control."""
    return {pipeline.name: pipeline.kind for pipeline in comparison.pipelines}


def standing(comparison: Comparison, data: str, protocol: str) -> Standing | None:
    """Return who leads; None where no pipeline has a top-1."""
    known = kinds(comparison)
    measured = [
        cell
        for cell in comparison.cells
        if (cell.data, cell.protocol) == (data, protocol) and METRIC in cell.metrics
    ]
    controls = tuple(cell for cell in measured if known.get(cell.pipeline) == "control")
    ranked = ranking(cell for cell in measured if known.get(cell.pipeline) != "control")
    if not ranked:
        return None
    best, *others = ranked
    rivals = tuple(Rival(cell, lead(comparison, best, cell)) for cell in others)
    return Standing(data, protocol, best, rivals, controls)


def strictest(comparison: Comparison, data: str) -> Standing | None:
    """Return where the pipelines stand under the strictest protocol that has a result."""
    protocols = {cell.protocol for cell in comparison.cells if cell.data == data}
    for protocol in sorted(protocols, key=strictness):
        found = standing(comparison, data, protocol)
        if found is not None:
            return found
    return None


def ranking(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells with the highest top-1 first; equal ones by name."""
    return sorted(cells, key=lambda cell: (-cell.metrics[METRIC].value, cell.pipeline))


def lead(
    comparison: Comparison, first: Cell, second: Cell, metric: str = METRIC
) -> Estimate | None:
    """Return the paired difference `first` minus `second`, whichever way round it was measured."""
    place = first.data, first.protocol, metric
    for found in comparison.differences:
        if (found.data, found.protocol, found.metric) != place:
            continue
        if (found.first, found.second) == (first.pipeline, second.pipeline):
            return found.estimate
        if (found.second, found.first) == (first.pipeline, second.pipeline):
            return _turned(found.estimate)
    return None


def _turned(estimate: Estimate) -> Estimate:
    """Return the difference the other way round."""
    low = None if estimate.high is None else -estimate.high
    high = None if estimate.low is None else -estimate.low
    return estimate.model_copy(update={"value": -estimate.value, "low": low, "high": high})


def where(found: Standing) -> str:
    """Return `On Nyala (`encounter-disjoint`)`, the beginning of a sentence."""
    return f"On {found.data} ({quoted(found.protocol)})"

"""The results of one set of data under one protocol, in the order in which they are read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieldmark.evaluate.results import (
    Cell,
    Comparison,
    DataUsed,
    Difference,
    Estimate,
    Group,
    SizeStudy,
)
from fieldmark.evaluate.saying import LOWER_IS_BETTER, names, real
from fieldmark.evaluate.standing import METRIC, kinds, ranking
from fieldmark.report.comparison.examples import BACKGROUND

INDIVIDUALS = 60
"""Individuals in the folded table; the rest is in `results.json`."""


@dataclass(frozen=True)
class Count:
    """How many asked, and what became of them, for the pipelines where that is the same."""

    pipelines: tuple[str, ...]
    asked: int
    answerable: int
    new: int
    gallery: int
    individuals: int

    @property
    def incomparable(self) -> int:
        """Queries whose individual is in the gallery, but only from sides never compared."""
        return max(self.asked - self.answerable - self.new, 0)


@dataclass(frozen=True)
class Row:
    """One individual or side: top-1 of each pipeline, in the order of the columns."""

    name: str
    asked: int
    top1: tuple[Estimate | None, ...]

    @property
    def mean(self) -> float:
        """Mean over the pipelines that were asked."""
        values = [each.value for each in self.top1 if each is not None]
        return sum(values) / len(values) if values else 1.0


@dataclass(frozen=True)
class Evidence:
    """Where the evidence of one pipeline's examples lies."""

    pipeline: str
    n: int
    mean: float
    over: int


@dataclass(frozen=True)
class Block:
    """One set of data under one protocol.

    Attributes:
        anchor: its address within the page.
        cells: of the pipelines, in the order of the comparison.
        controls: cells of the controls.
    """

    data: str
    protocol: str
    anchor: str
    used: DataUsed | None = None
    cells: tuple[Cell, ...] = ()
    controls: tuple[Cell, ...] = ()
    differences: tuple[Difference, ...] = ()
    sizes: tuple[SizeStudy, ...] = field(default=())

    @property
    def all(self) -> tuple[Cell, ...]:
        """Pipelines, then controls."""
        return *self.cells, *self.controls

    @property
    def best(self) -> Cell | None:
        """The pipeline with the highest top-1."""
        ranked = ranking(cell for cell in self.cells if METRIC in cell.metrics)
        return ranked[0] if ranked else None

    @property
    def counts(self) -> tuple[Count, ...]:
        """How many asked; one row where all pipelines agree."""
        found: dict[tuple[int, ...], list[str]] = {}
        for cell in self.all:
            key = cell.asked, cell.answerable, cell.new, cell.gallery, cell.individuals
            found.setdefault(key, []).append(cell.pipeline)
        return tuple(Count(tuple(who), *key) for key, who in found.items())

    @property
    def sides(self) -> tuple[Row, ...]:
        """Top-1 for each side."""
        return _rows(self.cells, lambda cell: cell.per_side)

    @property
    def individuals(self) -> tuple[Row, ...]:
        """Top-1 for each individual, the worst first."""
        rows = _rows(self.cells, lambda cell: cell.per_individual)
        return tuple(sorted(rows, key=lambda row: (row.mean, -row.asked, row.name)))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Where the evidence lies, for the pipelines of which it is known."""
        return tuple(found for cell in self.all if (found := _evidence(cell)) is not None)


def blocks(comparison: Comparison) -> tuple[Block, ...]:
    """Return the parts of the page, in the order of the data and of the cells."""
    places = dict.fromkeys(
        [
            *((used.data, used.protocol) for used in comparison.data),
            *((cell.data, cell.protocol) for cell in comparison.cells),
            *((study.data, study.protocol) for study in comparison.sizes),
        ]
    )
    return tuple(_block(comparison, *place, n) for n, place in enumerate(places, start=1))


def better(found: Difference) -> str:
    """Return what a paired difference says, in words."""
    if found.estimate.low is None or found.estimate.high is None:
        return "too few individuals to tell"
    if not real(found.estimate):
        return "cannot be told"
    first = (found.estimate.value > 0) != (found.metric in LOWER_IS_BETTER)
    return f"{found.first if first else found.second} is better"


def warnings(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what speaks against the data: where, and the sentence, each sentence once."""
    found: dict[str, list[DataUsed]] = {}
    for used in comparison.data:
        for sentence in used.warnings:
            found.setdefault(sentence, []).append(used)
    return [(_places(where), sentence) for sentence, where in found.items()]


def _places(where: Sequence[DataUsed]) -> str:
    protocols: dict[str, list[str]] = {}
    for used in where:
        protocols.setdefault(used.data, []).append(used.protocol)
    return "; ".join(f"{data} ({names(under)})" for data, under in protocols.items())


def _block(comparison: Comparison, data: str, protocol: str, number: int) -> Block:
    known, place = kinds(comparison), (data, protocol)
    order = {pipeline.name: n for n, pipeline in enumerate(comparison.pipelines)}
    cells = sorted(
        (cell for cell in comparison.cells if (cell.data, cell.protocol) == place),
        key=lambda cell: order.get(cell.pipeline, len(order)),
    )
    return Block(
        data,
        protocol,
        f"part-{number}",
        next((used for used in comparison.data if (used.data, used.protocol) == place), None),
        tuple(cell for cell in cells if known.get(cell.pipeline) != "control"),
        tuple(cell for cell in cells if known.get(cell.pipeline) == "control"),
        tuple(_told(comparison, place, known)),
        tuple(s for s in comparison.sizes if (s.data, s.protocol) == place),
    )


def _told(
    comparison: Comparison, place: tuple[str, str], known: Mapping[str, str]
) -> Iterator[Difference]:
    """Yield the paired differences: first between pipelines, then against the controls."""
    found = [each for each in comparison.differences if (each.data, each.protocol) == place]
    for wanted in (0, 1):  # how many of the two are controls
        for each in found:
            if wanted == [known.get(each.first), known.get(each.second)].count("control"):
                yield each


def _rows(cells: Sequence[Cell], groups: Callable[[Cell], Iterable[Group]]) -> tuple[Row, ...]:
    found = [{group.name: group for group in groups(cell)} for cell in cells]
    asked: Counter[str] = Counter()
    for column in found:
        for name, group in column.items():
            asked[name] = max(asked[name], group.asked)
    return tuple(
        Row(name, n, tuple(column[name].top1 if name in column else None for column in found))
        for name, n in asked.items()
    )


def _evidence(cell: Cell) -> Evidence | None:
    shares = [each.background for each in cell.examples if each.background is not None]
    if not shares:
        return None
    over = sum(share > BACKGROUND for share in shares)
    return Evidence(cell.pipeline, len(shares), sum(shares) / len(shares), over)

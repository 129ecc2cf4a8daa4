"""What a pipeline costs, stage by stage, in units that a person can plan with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldmark.evaluate.results import Cell, Cost

ONCE = ("index", "fit")
"""Stages that a survey pays once; the others are paid for every new photo that asks."""


@dataclass(frozen=True)
class Stage:
    """One stage as the table shows it."""

    seconds: str
    each: str
    memory: str
    sample: bool


@dataclass(frozen=True)
class Expense:
    """What one pipeline costs.

    Attributes:
        stages: by their names.
        thousand: time for 1,000 new queries: their features, and the search.
    """

    pipeline: str
    stages: Mapping[str, Stage]
    thousand: str


@dataclass(frozen=True)
class Expenses:
    """What the pipelines cost: the stages in their order, and a row for each pipeline."""

    stages: tuple[str, ...]
    rows: tuple[Expense, ...]


def expenses(cells: Iterable[Cell]) -> Expenses | None:
    """Return what each pipeline costs that was timed; None where none was."""
    timed = [cell for cell in cells if cell.costs]
    if not timed:
        return None
    stages = dict.fromkeys(cost.stage for cell in timed for cost in cell.costs)
    rows = (
        Expense(
            cell.pipeline,
            {cost.stage: _stage(cost) for cost in cell.costs},
            _thousand(cell.costs),
        )
        for cell in timed
    )
    return Expenses(tuple(stages), tuple(rows))


def duration(seconds: float) -> str:
    """Return a length of time in the largest fitting unit: `12 ms`, `3.4 s`, `5.2 min`, `1.3 h`."""
    for limit, size, unit in ((1, 0.001, "ms"), (60, 1, "s"), (3600, 60, "min")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 3600:.3g} h"


def _stage(cost: Cost) -> Stage:
    each = duration(cost.seconds / cost.n) if cost.n > 0 else ""
    memory = "" if cost.peak_mib is None else f"{cost.peak_mib:,.0f} MiB"
    return Stage(duration(cost.seconds), each, memory, cost.sample)


def _thousand(costs: Iterable[Cost]) -> str:
    paid = [cost for cost in costs if cost.stage not in ONCE and cost.n > 0]
    return duration(1000 * sum(cost.seconds / cost.n for cost in paid)) if paid else ""

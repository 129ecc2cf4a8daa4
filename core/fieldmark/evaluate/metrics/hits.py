"""At which places the right columns of each query stand: what every metric over photos rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.metrics.arrays import (
    NOT_COMPARED,
    Bools,
    Floats64,
    blocks,
    check,
    keys,
)
from fieldmark.types import Floats, Ids


@dataclass(frozen=True)
class Hits:
    """The right columns of a block of b queries, n in all.

    Attributes:
        row: (n,) the query, ascending.
        place: (n,) where the column stands among the comparable ones, 1 = first; ascending within a
            query.
        nth: (n,) which right one of its query it is, 1 = first.
        right: (b,) how many right columns may be compared.
    """

    row: Ids
    place: Ids
    nth: Ids
    right: Ids

    @property
    def precision(self) -> Floats64:
        """The share of right ones among the columns up to each right one: (n,)."""
        return np.asarray(self.nth / self.place, np.float64)

    def total(self, amount: NDArray[np.generic]) -> Floats64:
        """Return the sum of an amount (n,) for each query: (b,)."""
        return np.asarray(np.bincount(self.row, amount, len(self.right)), np.float64)

    def share(self, total: NDArray[np.generic], of: NDArray[np.generic]) -> Floats64:
        """Return `total` / `of` for each query, NaN where there is no right column: (b,)."""
        asked = np.where(self.right > 0, 1.0, np.nan)
        return np.asarray(asked * total / np.maximum(of, 1), np.float64)


Measure: TypeAlias = Callable[[Hits], Floats64]


def measured(
    values: Floats, owners: Ids, truth: Ids, measures: Mapping[str, Measure]
) -> dict[str, Floats64]:
    """Return several metrics of each query (q,), sorting every row once.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    check(values, owners, truth)
    made = {name: np.full(len(truth), np.nan) for name in measures}
    for rows in blocks(*values.shape):
        found = hits(values[rows], owners == truth[rows, None])
        for name, measure in measures.items():
            made[name][rows] = measure(found)
    return made


def hits(values: Floats, same: Bools) -> Hits:
    """Return the places of the right columns of a few rows.

    Equal values stand in the order of their columns, and −inf after all others.

    Args:
        values: (b, m), NaN: not compared.
        same: (b, m) whether query and column are one individual.
    """
    ordered = keys(values)
    ordered |= same
    ordered.sort(axis=1)
    marked = (ordered & np.uint64(1)).astype(np.bool_) & (ordered < NOT_COMPARED)
    row, place = np.nonzero(marked)
    right = np.count_nonzero(marked, axis=1).astype(np.int64)
    before = np.cumsum(right) - right
    return Hits(row, place + 1, np.arange(1, len(row) + 1) - before[row], right)

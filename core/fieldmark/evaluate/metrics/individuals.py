"""Metrics in which every individual of the gallery counts once, by its best column.

Each returns a value of each query: (q,) float64, NaN where no column of the right individual may be
compared, so that the query cannot be asked. Of equal values the earlier column comes first, and
−inf after all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fieldmark.evaluate.metrics.arrays import NOT_COMPARED, Floats64, Keys, blocks, check, keys
from fieldmark.types import Floats, Ids

KS = (1, 5, 10)


def individual_metrics(values: Floats, owners: Ids, truth: Ids) -> Mapping[str, Floats64]:
    """Return all of them by the name that results give them.

    Returns:
        `top-1`, `top-5`, `top-10`, `MRR` and `rank`: each (q,).

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    rank = ranks(values, owners, truth)
    several = {f"top-{k}": top_k(rank, k) for k in KS}
    return {**several, "MRR": reciprocal(rank), "rank": rank}


def ranks(values: Floats, owners: Ids, truth: Ids) -> Floats64:
    """Return the rank of the right individual among all that may be compared, 1 = first.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    check(values, owners, truth)
    people = _People.of(owners)
    asked = people.places(truth)
    found = np.full(len(truth), np.nan)
    for rows in blocks(*values.shape):
        found[rows] = _ranks(people.best(keys(values[rows])), asked[rows])
    return found


def _ranks(best: Keys, asked: Ids) -> Floats64:
    """Return the ranks of the individuals at the places `asked` (−1: not there) among `best`."""
    if not best.shape[1]:
        return np.full(len(asked), np.nan)
    own = np.take_along_axis(best, np.maximum(asked, 0)[:, None], axis=1)
    ahead = np.count_nonzero(best < own, axis=1)
    known = (asked >= 0) & (own[:, 0] < NOT_COMPARED)
    return np.where(known, ahead + 1.0, np.nan)


@dataclass(frozen=True)
class _People:
    """The individuals behind the columns.

    Attributes:
        names: (p,) their numbers, ascending.
        order: (m,) the columns, those of one individual together; None: each has one, in order.
        starts: (p,) where each begins in `order`.
    """

    names: Ids
    order: Ids | None
    starts: Ids

    @classmethod
    def of(cls, owners: Ids) -> "_People":
        names, starts = np.unique(np.sort(owners), return_index=True)
        ordered = len(names) == len(owners) and np.array_equal(names, owners)
        order = None if ordered else np.argsort(owners, kind="stable")
        return cls(names, order, starts)

    def places(self, wanted: Ids) -> Ids:
        """Return where individuals stand in `names`, −1 where they do not."""
        if not len(self.names):
            return np.full(len(wanted), -1, np.int64)
        place = np.minimum(np.searchsorted(self.names, wanted), len(self.names) - 1)
        return np.where(self.names[place] == wanted, place, -1)

    def best(self, of_columns: Keys) -> Keys:
        """Return the key of each individual's best column: (b, m) to (b, p)."""
        if self.order is None:
            return of_columns
        grouped = np.take(of_columns, self.order, axis=1)
        if len(self.names) == len(self.order):
            return grouped
        return np.asarray(np.minimum.reduceat(grouped, self.starts, axis=1), np.uint64)


def top_k(rank: Floats64, k: int) -> Floats64:
    """Return 1 where the rank is at most k, 0 where it is not, NaN where there is none: (q,)."""
    return np.where(np.isnan(rank), np.nan, rank <= k)


def reciprocal(rank: Floats64) -> Floats64:
    """Return 1 / rank, NaN where there is none: (q,); its mean is MRR."""
    return np.asarray(1 / rank, np.float64)


def cmc(rank: Floats64, limit: int = 50) -> Floats64:
    """Return the share of queries whose individual is among the first 1, 2, …, `limit`.

    Returns:
        (limit,) 0–1, never falling; all NaN where no query can be asked.
    """
    known = np.sort(rank[~np.isnan(rank)])
    if not len(known):
        return np.full(limit, np.nan)
    return np.searchsorted(known, np.arange(1, limit + 1), side="right") / len(known)


def per_class(per_query: Floats64, truth: Ids) -> tuple[Ids, Floats64]:
    """Return the individuals that were asked for, ascending, and the mean of each one's queries.

    The mean of these means is the balanced metric: an individual with many photos counts as much as
    one with few. Queries that are NaN count nowhere.
    """
    asked = ~np.isnan(per_query)
    names, place = np.unique(truth[asked], return_inverse=True)
    sums = np.bincount(place, per_query[asked], len(names))
    return names, sums / np.bincount(place, minlength=len(names))

"""Several photos of one visit, one decision.

The photos of an encounter show one animal, so what they say of a candidate is put together. They
are no independent witnesses (the same light, pose and place make them err together), so their log
odds are not added up: on real data that was the worst of the rules tried; the measurement is in
`docs/decisions-about-identity.md`. What decides about visits is fitted on visits, not on photos.
"""

from typing import Literal, TypeAlias

import numpy as np

from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import Floats64
from fieldmark.types import Floats, Ids

Rule: TypeAlias = Literal["mean", "max"]


def combine(probabilities: Scores, encounters: Ids, rule: Rule = "mean") -> Scores:
    """Return one row for each encounter.

    A photo that may not be compared with a candidate (it shows the other flank, say) says nothing
    of it, and the other photos of the encounter speak alone.

    Args:
        probabilities: of each pair, 0–1, NaN where it may not be compared.
        encounters: (q,) the encounter of each query; equal numbers belong together.
        rule: `mean`: the mean probability of the photos. `max`: the surest photo decides alone.

    Returns:
        a row for each encounter, known by its smallest query; the rows ascend. `best` is that of
        the photo that is surest of the column.
    """
    order, starts = _together(probabilities.queries, encounters)
    values, best = probabilities.values[order], probabilities.best
    together = _mean(values, starts) if rule == "mean" else _max(values, starts)
    return Scores(
        probabilities.queries[order][starts],
        probabilities.columns,
        together.astype(np.float32),
        None if best is None else _surest(values, best[order], starts),
    )


def _together(queries: Ids, encounters: Ids) -> tuple[Ids, Ids]:
    """Return the queries' order in which those of one encounter follow each other, and the starts.

    The encounters stand in the order of their smallest queries.
    """
    _, place = np.unique(encounters, return_inverse=True)
    smallest = np.full(place.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, place, queries)
    order = np.lexsort((queries, smallest[place])).astype(np.int64)
    leader = smallest[place][order]
    starts = np.flatnonzero(np.append(True, leader[1:] != leader[:-1])[: len(order)])
    return order, starts.astype(np.int64)


def _mean(values: Floats, starts: Ids) -> Floats64:
    if not len(starts):
        return values.astype(np.float64)
    seen = ~np.isnan(values)
    count = np.add.reduceat(seen.astype(np.float64), starts, axis=0)
    total = np.add.reduceat(np.where(seen, values, 0).astype(np.float64), starts, axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan), np.float64)


def _max(values: Floats, starts: Ids) -> Floats64:
    if not len(starts):
        return values.astype(np.float64)
    # fmax leaves NaN out where it can.
    return np.asarray(np.fmax.reduceat(values, starts, axis=0), np.float64)


def _surest(values: Floats, best: Ids, starts: Ids) -> Ids:
    """Return the best annotation of the row that has the highest value, column by column."""
    columns = np.arange(values.shape[1])
    if not len(starts):
        return best
    lowered = np.where(np.isnan(values), -np.inf, values)
    ends = np.append(starts[1:], len(values))
    rows = [a + lowered[a:b].argmax(axis=0) for a, b in zip(starts, ends, strict=True)]
    return best[np.array(rows, np.int64), columns]

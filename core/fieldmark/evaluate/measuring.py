"""A table of scores → everything that is reported of one pipeline under one split."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.bootstrap import estimate, estimate_of
from fieldmark.evaluate.metrics import (
    Floats64,
    auroc_new,
    cmc,
    individual_metrics,
    photo_metrics,
)
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.results import Estimate, Group, Histogram
from fieldmark.evaluate.scoring import Scored
from fieldmark.types import Floats, Ids

RANK = "rank"
LIMIT = 50
"""Ranks that the CMC curve goes up to."""
BINS = 40
"""Ranges of the histogram of scores."""
_TAILS = 0.001
"""Share of the scores at either end that shares the outermost range of the histogram."""


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        per_query: by metric, (q,); NaN where the query cannot be asked.
        metrics: by metric, with intervals.
    """

    per_query: Mapping[str, Floats64]
    metrics: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def cmc(self) -> tuple[float, ...]:
        """Share of queries whose individual is among the first 1, 2, …; empty: none was asked."""
        curve = cmc(self.per_query[RANK], LIMIT)
        return () if np.isnan(curve).any() else tuple(curve.tolist())


def measure(question: Question, scored: Scored) -> Measured:
    """Return the metrics of a pipeline, with intervals over individuals."""
    scores = scored.scores
    per_query = dict(individual_metrics(_settled(scores), scores.columns, question.truth))
    if scored.photos is not None:
        photos = scored.photos
        per_query |= photo_metrics(photos.values, question.owners, question.truth)
    if scored.ccdr is not None:
        per_query["CCDR"] = scored.ccdr
    return Measured(per_query, dict(_metrics(question, scores, per_query)))


def _settled(scores: Scores) -> Floats:
    """Return the scores with nothing alike below everything that is, and worth what it is: chance.

    Where nothing was alike, somebody must come first all the same. The order of the gallery would
    favour whoever stands first in it, so those pairs are ordered by a draw that repeats.
    """
    nothing = np.isneginf(scores.values)
    if not nothing.any():
        return scores.values
    drawn = np.random.default_rng(0).random(scores.values.shape, np.float32)
    least = np.finfo(np.float32).min
    return np.where(nothing, least * (np.float32(1) - drawn / 2), scores.values)


def _metrics(
    question: Question, scores: Scores, per_query: Mapping[str, Floats64]
) -> Iterator[tuple[str, Estimate]]:
    for name, values in per_query.items():
        if name != RANK and not np.isnan(values).all():
            yield name, estimate(values, question.truth)
            if name == "top-1":
                yield "balanced top-1", estimate(values, question.truth, balanced=True)
    if question.new.any() and not question.new.all():
        yield "AUROC new", auroc_of(highest(scores), question)


def highest(scores: Scores) -> Floats64:
    """Return each query's best score: (q,); NaN where nothing could be compared."""
    if not len(scores.columns):
        return np.full(len(scores.queries), np.nan)
    best = np.where(scores.comparable, scores.values, -np.inf).max(axis=1).astype(np.float64)
    return np.where(scores.comparable.any(axis=1), best, np.nan)


def auroc_of(best: Floats64, question: Question) -> Estimate:
    """Return how well the best score tells known individuals from new ones."""
    new = question.new

    def statistic(places: Ids) -> float:
        return auroc_new(best[places], new[places])

    return estimate_of(statistic, question.truth)


def chance(question: Question, scores: Scores) -> float | None:
    """Return the top-1 of a guess among the comparable individuals; None: none can be asked."""
    asked = question.answerable(scores)
    counts = scores.comparable.sum(axis=1)[asked]
    return float((1 / counts).mean()) if len(counts) else None


def histogram(question: Question, scores: Scores) -> Histogram | None:
    """Return how many pairs have which score; pairs with nothing alike are left out."""
    found = np.isfinite(scores.values)
    same = scores.right(question.truth) & found
    values = scores.values[found]
    if not len(values):
        return None
    low, high = np.quantile(values, [_TAILS, 1 - _TAILS])
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)

    def counts(pairs: NDArray[np.bool_]) -> tuple[int, ...]:
        clipped = np.clip(scores.values[pairs], edges[0], edges[-1])
        return tuple(np.histogram(clipped, edges)[0].tolist())

    return Histogram(
        edges=tuple(edges.tolist()), same=counts(same), different=counts(found & ~same)
    )


def by_individual(question: Question, measured: Measured) -> tuple[Group, ...]:
    """Return top-1 of every individual that was asked for, the worst first."""
    labels = {row.individual_id: row.label for row in question.animals.rows}
    names = np.array([labels[number] for number in question.truth.tolist()])
    groups = _grouped(names, measured.per_query["top-1"], question.truth)
    return tuple(sorted(groups, key=lambda group: (group.top1.value, -group.asked, group.name)))


def by_side(question: Question, measured: Measured) -> tuple[Group, ...]:
    """Return top-1 of the queries of every side."""
    by_id = question.animals.by_id
    names = np.array([str(by_id[number].side) for number in question.split.queries.tolist()])
    return tuple(_grouped(names, measured.per_query["top-1"], question.truth))


def _grouped(names: NDArray[np.str_], top1: Floats64, truth: Ids) -> Iterator[Group]:
    for name in np.unique(names).tolist():
        mine = (names == name) & ~np.isnan(top1)
        if mine.any():
            yield Group(name=name, asked=int(mine.sum()), top1=estimate(top1[mine], truth[mine]))

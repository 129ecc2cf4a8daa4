"""How alike vectors are, and how alike individuals, in blocks of bounded memory."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids

Metric: TypeAlias = Literal["cosine", "euclidean"]
Scores: TypeAlias = NDArray[np.float64]

ROWS = 4096
"""Vectors of the gallery that are turned into float64 at a time."""
_CELLS = 1 << 23
"""Scores that are held at a time: 32 MiB."""
_NOISE = 1e-13
"""Squared distances below this share of the squared lengths are what rounding leaves of 0."""


def alike(queries: Floats, gallery: Floats, metric: Metric) -> Floats:
    """Return how alike each query is to each vector of the gallery: (q, n), 0–1, higher = more.

    Computed in float64, because the squared distance of near neighbours is a difference of large
    numbers; returned in float32, so that equal vectors tie in whatever order they were summed.

    Args:
        queries: (q, d).
        gallery: (n, d).
        metric: cosine gives (1 + cos) / 2, and 0 where a vector has no direction because all of
            it is 0. euclidean gives 1 / (1 + distance). Both fall strictly with the angle, or the
            distance, so the order is that of the metric itself.
    """
    score = _cosine if metric == "cosine" else _euclidean
    one = queries.astype(np.float64)
    result = np.empty((len(queries), len(gallery)), np.float32)
    for start in range(0, len(gallery), ROWS):
        other = gallery[start : start + ROWS].astype(np.float64)
        result[:, start : start + len(other)] = score(one, other)
    return result


def _cosine(one: Scores, other: Scores) -> Scores:
    lengths = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    directed = lengths > 0
    cosine = (one @ other.T) / np.where(directed, lengths, 1)
    return np.where(directed, (1 + np.clip(cosine, -1, 1)) / 2, 0.0)


def _euclidean(one: Scores, other: Scores) -> Scores:
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)
    rest = squares - 2 * one @ other.T
    distance: Scores = np.sqrt(np.where(rest > _NOISE * squares, rest, 0))
    return 1 / (1 + distance)


def blocks(queries: int, gallery: int) -> Iterator[slice]:
    """Yield slices of the queries whose scores against the whole gallery fit in memory."""
    step = max(_CELLS // max(gallery, 1), 1)
    for start in range(0, queries, step):
        yield slice(start, start + step)


def of_individuals(scores: Scores, starts: Ids, top: int) -> Scores:
    """Return the mean of each individual's best scores: (m,); −infinity where it has none.

    Args:
        scores: (n,) of photos, those of an individual side by side; −infinity is not counted.
        starts: (m,) where each individual begins, ascending from 0.
        top: how many of the best are averaged; fewer where there are fewer.
    """
    if top == 1:
        best: Scores = np.maximum.reduceat(scores, starts)
        return best
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(scores))))
    order = np.lexsort((-scores, owner))
    rank = np.arange(len(scores)) - starts[owner]
    counted = (rank < top) & np.isfinite(scores[order])
    total = np.bincount(owner[counted], scores[order][counted], len(starts))
    count = np.bincount(owner[counted], minlength=len(starts))
    return np.where(count > 0, total / np.maximum(count, 1), -np.inf)


def best(scores: Scores, k: int) -> Ids:
    """Return the places of the k highest scores, the highest first, of equal ones the first.

    −infinity is never among them.
    """
    found = np.flatnonzero(scores > -np.inf)
    if len(found) > k:
        least = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= least]
    order = np.argsort(-scores[found], kind="stable")
    return found[order][:k]

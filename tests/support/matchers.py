"""Scores of made-up matchers, whose truth is known."""

import numpy as np

from fieldmark.decide.scores import Scores
from fieldmark.types import Ids


def truth_of(individuals: int, photos: int) -> Ids:
    """Return the individual of each query: numbers from 1 on."""
    return np.repeat(np.arange(1, individuals + 1), photos)


def matcher(
    truth: Ids, right: float, seed: int, *, hard: float = 0.0, columns: int | None = None
) -> Scores:
    """Return scores of a matcher: those of wrong pairs are normal, those of right ones above.

    Args:
        truth: the individual of each query.
        right: by how much right pairs are above wrong ones, in standard deviations.
        seed: of the draw.
        hard: by how much wrong pairs are above the others at most, few of them by much.
        columns: individuals of the gallery; others who ask are new.
    """
    rng = np.random.default_rng(seed)
    people = np.arange(1, (columns or int(truth.max())) + 1)
    values = rng.normal(size=(len(truth), len(people)))
    values += hard * rng.random(values.shape) ** 4
    values += right * (people == truth[:, None]) * rng.random((len(truth), 1))
    queries = np.arange(1, len(truth) + 1)
    best = np.broadcast_to(people + 1000, values.shape)
    return Scores(queries, people, values.astype(np.float32), best.astype(np.int64))


def top1(scores: Scores, truth: Ids) -> float:
    """Return the share of queries whose first candidate is right."""
    first = np.where(np.isnan(scores.values), -np.inf, scores.values).argmax(axis=1)
    return float((scores.columns[first] == truth).mean())

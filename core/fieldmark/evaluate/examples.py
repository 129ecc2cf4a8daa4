"""Which queries are worth looking at: surely wrong, hard, and new ones that were surely matched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.metrics import Floats64
from fieldmark.evaluate.question import Question
from fieldmark.types import Ids

Kind: TypeAlias = Literal["wrong", "hard", "missed new"]


@dataclass(frozen=True)
class Chosen:
    """A query to look at.

    Attributes:
        query, proposed: annotation numbers; the second is what speaks most for the first candidate.
        right: the annotation of the right individual that speaks most for it; None: it is new.
        score: of the first candidate.
        rank: of the right individual; None: it is new.
    """

    kind: Kind
    query: int
    proposed: int
    right: int | None
    score: float
    rank: int | None


def choose(question: Question, scores: Scores, rank: Floats64, count: int) -> Iterator[Chosen]:
    """Yield at most `count` queries of each kind, no two of one individual.

    Args:
        question: who asked whom.
        scores: raw, or probabilities; with the best annotations.
        rank: (q,) of the right individual; NaN: it could not be found.
        count: of each kind.
    """
    if not len(scores.columns):
        return
    values = np.where(np.isnan(scores.values), -np.inf, scores.values)
    first = values.argmax(axis=1)
    score = values[np.arange(len(values)), first]
    found = np.isfinite(score)
    orders: dict[Kind, Ids] = {
        "wrong": _sorted(-score, found & (rank > 1)),
        "hard": _sorted(-np.nan_to_num(rank), found & (rank > 1)),
        "missed new": _sorted(-score, found & question.new),
    }
    for kind, order in orders.items():
        for row in _of_different_animals(order, question.truth, count):
            yield _chosen(kind, question, scores, rank, int(row), int(first[row]))


def _sorted(key: Floats64, among: np.ndarray) -> Ids:
    rows = np.flatnonzero(among)
    return rows[np.argsort(key[rows], kind="stable")]


def _of_different_animals(rows: Iterable[int], truth: Ids, count: int) -> Iterator[int]:
    seen: set[int] = set()
    for row in rows:
        if len(seen) < count and int(truth[row]) not in seen:
            seen.add(int(truth[row]))
            yield row


def _chosen(
    kind: Kind, question: Question, scores: Scores, rank: Floats64, row: int, first: int
) -> Chosen:
    best = scores.best
    right = None
    if best is not None and not np.isnan(rank[row]):
        own = int(np.searchsorted(scores.columns, question.truth[row]))
        right = int(best[row, own]) or None
    return Chosen(
        kind,
        int(scores.queries[row]),
        0 if best is None else int(best[row, first]),
        right,
        float(scores.values[row, first]),
        None if np.isnan(rank[row]) else int(rank[row]),
    )

"""How well embeddings find the same individual among samples kept out of training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.training import Sample
from fieldmark.types import Floats, Side

_Columns: TypeAlias = tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.bool_],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.float64],
]
_FACING = {Side.LEFT: 1, Side.RIGHT: -1, Side.FRONT: 2, Side.BACK: -2}
"""Opposite sides are each other's negative; sides without an opposite are 0."""
_BLOCK = 512
"""Queries compared at once: bounds the memory to 512 × gallery similarities."""


@dataclass(frozen=True)
class Answers:
    """For each query that can be answered: what the gallery gave.

    Attributes:
        queries: (q,) places among the queries.
        nearest: (q, k) places in the gallery, the most alike first; −1 where there is none.
        right: (q, k) whether that is the same individual.
        precision: (q,) average precision over the whole gallery.
        rank: (q,) place of the first right one, from 1.
        chance: (q,) share of right ones among all it was compared with: how often a guess is right.
    """

    queries: NDArray[np.int64]
    nearest: NDArray[np.int64]
    right: NDArray[np.bool_]
    precision: NDArray[np.float64]
    rank: NDArray[np.int64]
    chance: NDArray[np.float64]

    def measures(self) -> dict[str, float]:
        """Return top-1, top-5, mAP and how many queries could be answered."""
        if not len(self.queries):
            return {"queries": 0.0}
        return {
            "top-1": float((self.rank == 1).mean()),
            "top-5": float((self.rank <= 5).mean()),
            "mAP": float(self.precision.mean()),
            "queries": float(len(self.queries)),
        }


@dataclass(frozen=True)
class Batch:
    """Queries, or a gallery: embeddings (n, d) and whose they are."""

    embeddings: Floats
    samples: Sequence[Sample]


def answer(
    queries: Batch, gallery: Batch | None, k: int = 10, *, incomparable: bool = False
) -> Answers:
    """Compare queries with a gallery by cosine.

    A query is compared neither with itself nor with samples of its own encounter. Queries whose
    individual is then not in the gallery are left out.

    Args:
        queries: who asks.
        gallery: None: the queries among themselves.
        k: how many of the nearest are returned.
        incomparable: whether opposite sides of an animal are never compared.
    """
    others = gallery or queries
    everyone = [*queries.samples, *others.samples]
    asked = len(queries.samples)
    owner = np.split(_numbered([sample.individual for sample in everyone]), [asked])
    visit = np.split(_numbered([sample.encounter for sample in everyone]), [asked])
    side = np.split(np.array([_FACING.get(sample.side, 0) for sample in everyone]), [asked])
    parts = []
    for start in range(0, asked, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, asked))
        alike = queries.embeddings[rows] @ others.embeddings.T
        same = owner[0][rows, None] == owner[1]
        barred = (visit[0][rows, None] == visit[1]) & (visit[0][rows, None] >= 0)
        if incomparable:
            facing = side[0][rows, None]
            barred |= (facing != 0) & (facing == -side[1])
        if gallery is None:
            barred |= rows[:, None] == np.arange(len(others.samples))
        parts.append(_ranked(rows, alike, same, barred, k))
    return Answers(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _ranked(
    rows: NDArray[np.int64],
    alike: Floats,
    same: NDArray[np.bool_],
    barred: NDArray[np.bool_],
    k: int,
) -> _Columns:
    """Return the columns of `Answers` for some queries."""
    keep = (same & ~barred).any(axis=1)
    alike = np.where(barred, -np.inf, alike)[keep]
    order = np.argsort(-alike, axis=1, kind="stable")
    allowed = np.take_along_axis(~barred[keep], order, axis=1)
    right = np.take_along_axis(same[keep], order, axis=1) & allowed
    hits = right.cumsum(axis=1)
    places = np.arange(1, right.shape[1] + 1)
    precision = (hits / places * right).sum(axis=1) / np.maximum(right.sum(axis=1), 1)
    nearest = np.where(allowed, order, -1)
    rank = right.argmax(axis=1) + 1 if right.size else np.empty(0, np.int64)
    chance = right.sum(axis=1) / np.maximum(allowed.sum(axis=1), 1)
    return rows[keep], nearest[:, :k], right[:, :k], precision, rank, chance


def _numbered(names: Sequence[str | None]) -> NDArray[np.int64]:
    """Return equal numbers for equal names; −1 where there is none."""
    numbers: dict[str, int] = {}
    return np.array([-1 if n is None else numbers.setdefault(n, len(numbers)) for n in names])

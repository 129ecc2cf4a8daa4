"""A matcher of each kind, over one index that compares every pair."""

# ruff: noqa: ARG002 -- the protocols prescribe the arguments

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fieldmark.components import Rules
from fieldmark.errors import UserError
from fieldmark.types import (
    Candidate,
    Explanation,
    Features,
    Ids,
    Keypoints,
    Query,
    Vector,
)
from fieldmark_toy.storage import from_arrays, to_arrays

FILE = "gallery.npz"


class PairIndex:
    """Compares a query with every annotation; an individual is as good as its best photo."""

    def __init__(self, matcher: "Cosine | Mutual") -> None:
        self.matcher = matcher
        self.features: dict[int, Features] = {}

    @property
    def ids(self) -> Ids:
        """The annotations, ascending: (n,) int64."""
        return np.array(sorted(self.features), np.int64)

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add or replace annotations."""
        self.features.update(zip(ids, features, strict=True))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations, if they are there."""
        for id_ in ids:
            self.features.pop(id_, None)

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        """Return the k best individuals for each query."""
        return [self.ranked(self.candidates(query, rules))[:k] for query in queries]

    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        """Return every individual that has something in common with the query."""
        ids = self.allowed(query, rules)
        if not len(ids):
            return []
        found: dict[int, list[tuple[float, int]]] = {}
        weights = rules.weights(query.id, ids)
        for id_, weight, owner in zip(ids, weights, rules.individuals(ids), strict=True):
            score = float(weight) * self.matcher.score(query.features, self.features[int(id_)])
            if score > 0:
                found.setdefault(int(owner), []).append((-score, int(id_)))
        return [_candidate(owner, sorted(photos)) for owner, photos in found.items()]

    def allowed(self, query: Query, rules: Rules) -> Ids:
        """Return the annotations that the query may be compared with."""
        ids = np.setdiff1d(self.ids, [query.id])
        return np.compress(rules.weights(query.id, ids) > 0, ids)

    def ranked(self, found: list[Candidate]) -> list[Candidate]:
        """Return the best first."""
        return sorted(found, key=lambda each: (-each.score, each.individual))

    def explain(self, query: Query, candidates: Sequence[int], rules: Rules) -> list[Explanation]:
        """Return the pairs of points that are matched."""
        return [self.matcher.pairs(query.features, self.features[one]) for one in candidates]

    def save(self, folder: Path) -> None:
        """Write one file, under another name first."""
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{FILE}.part"
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **to_arrays(self.features))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / FILE)


def _candidate(owner: int, photos: list[tuple[float, int]]) -> Candidate:
    return Candidate(owner, -photos[0][0], tuple(id_ for _, id_ in photos))


class Cosine:
    """The angle between two vectors, as 1 (same direction) to 0 (opposite)."""

    def index(self) -> PairIndex:
        """Return an empty index."""
        return PairIndex(self)

    def load(self, folder: Path) -> PairIndex:
        """Return a saved index."""
        return _load(self.index(), folder)

    def score(self, one: Features, other: Features) -> float:
        """Return how alike two vectors are; a vector of zeros is like nothing."""
        assert isinstance(one, Vector)
        assert isinstance(other, Vector)
        lengths = float(np.linalg.norm(one.values) * np.linalg.norm(other.values))
        return float(1 + one.values @ other.values / lengths) / 2 if lengths else 0.0

    def pairs(self, one: Features, other: Features) -> Explanation:
        """Return nothing: a vector has no places."""
        return Explanation()


class Mutual:
    """The share of keypoints that are each other's nearest."""

    def index(self) -> PairIndex:
        """Return an empty index."""
        return PairIndex(self)

    def load(self, folder: Path) -> PairIndex:
        """Return a saved index."""
        return _load(self.index(), folder)

    def score(self, one: Features, other: Features) -> float:
        """Return the closeness of mutual neighbours, summed."""
        return float(self.pairs(one, other).weights.sum())

    def pairs(self, one: Features, other: Features) -> Explanation:
        """Return the mutual neighbours; the closer, the heavier."""
        assert isinstance(one, Keypoints)
        assert isinstance(other, Keypoints)
        if not len(one) or not len(other):
            return Explanation()
        a, b = one.descriptors.astype(np.float32), other.descriptors.astype(np.float32)
        squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
        nearest, back = squared.argmin(1), squared.argmin(0)
        mine = np.nonzero(back[nearest] == np.arange(len(a)))[0]
        theirs = nearest[mine]
        scale = max(float(squared.mean()), 1e-9)
        weights = np.exp(-squared[mine, theirs] * 8 / scale).astype(np.float32)
        return Explanation(one.in_photo()[mine], other.in_photo()[theirs], weights)


def _load(index: PairIndex, folder: Path) -> PairIndex:
    try:
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            index.features = from_arrays(dict(arrays))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{folder} holds no gallery that can be read; build it again") from error
    return index

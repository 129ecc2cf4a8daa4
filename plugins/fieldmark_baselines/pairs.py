"""A classifier of pairs: how likely two vectors show the same animal."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import lightgbm
import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Rules
from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.types import Candidate, Explanation, Features, Floats, Ids, Query, Vector

FILE = "pairs.npz"
_ROWS = 4096
"""Pairs that are scored at a time."""
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)

Scorer: TypeAlias = Callable[[Floats, Floats], NDArray[np.float64]]
"""Takes a query (d,) and photos (n, d); returns 0–1 for each photo, higher = more alike: (n,)."""


def pair_features(one: Floats, other: Floats) -> Floats:
    """Return what is known of pairs: |a − b| and a · b, number by number: (n, 2d) float32.

    Both are the same whichever of the two comes first.

    Args:
        one: (d,) or (n, d).
        other: (n, d).
    """
    return np.concatenate([np.abs(one - other), one * other], axis=1).astype(np.float32)


def cosine(one: Floats, other: Floats) -> NDArray[np.float64]:
    """Return (1 + cos) / 2 for a query and each photo; a half where one of them is all zeros."""
    lengths = np.linalg.norm(one) * np.linalg.norm(other, axis=1)
    found = np.einsum("d,nd->n", one, other) / np.where(lengths > 0, lengths, 1)
    return np.asarray((1 + np.clip(found, -1, 1)) / 2, np.float64)


class Classifier:
    """A trained LightGBM model.

    Args:
        path: LightGBM's own text file.
        threads: of LightGBM.

    Raises:
        UserError: if the file is no such model.
    """

    def __init__(self, path: Path, threads: int) -> None:
        try:
            text = path.read_text(encoding="utf-8")
            if not text.startswith("tree\n"):  # LightGBM would print a complaint of its own
                raise ValueError("it does not begin with 'tree'")
            self._model = lightgbm.Booster(model_str=text)
        except (OSError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise UserError(
                f"{path.name} is no model of LightGBM that can be read: {error};"
                " name the model.txt that the training of pair-lightgbm left"
            ) from error
        self._threads = threads

    def __call__(self, one: Floats, other: Floats) -> NDArray[np.float64]:
        """Return how likely the query and each photo show the same animal: (n,) 0–1.

        Raises:
            UserError: if the model was trained on vectors of another length.
        """
        learnt = self._model.num_feature() // 2
        if len(one) != learnt:
            raise UserError(
                f"the model of pair-lightgbm was trained on vectors of {learnt} numbers, got"
                f" {len(one)}; use the embedder it was trained with, orb-sift-brisk"
            )
        parts = [
            self._model.predict(
                pair_features(one, other[start : start + _ROWS]), num_threads=self._threads
            )
            for start in range(0, len(other), _ROWS)
        ]
        return np.concatenate([np.empty(0), *parts])


class PairMatcher:
    """Compares vectors pair by pair."""

    def __init__(self, score: Scorer) -> None:
        self._score = score

    def index(self) -> "PairIndex":
        """Return an empty index."""
        return PairIndex(self._score, {})

    def load(self, folder: Path) -> "PairIndex":
        """Return an index that `save` wrote.

        Raises:
            UserError: if there is none that can be read.
        """
        path = folder / FILE
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                pairs = zip(archive["ids"].tolist(), archive["vectors"], strict=True)
                return PairIndex(self._score, dict(pairs))
        except _DAMAGED as error:
            raise UserError(
                f"{path} holds no index that can be read; delete it and search again"
            ) from error


class PairIndex:
    """A gallery of vectors; an individual is as like the query as its likest photo."""

    def __init__(self, score: Scorer, vectors: dict[int, Floats]) -> None:
        self._score = score
        self._vectors = vectors

    @property
    def ids(self) -> Ids:
        """The annotations, int64 (n,), ascending."""
        return np.array(sorted(self._vectors), np.int64)

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add annotations; one that is there already is replaced.

        Raises:
            UserError: if the features are not vectors, or differ in length.
        """
        new = dict(zip(ids, map(_vector, features), strict=True))
        _refuse_mixed({**self._vectors, **new})
        self._vectors |= new

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations, if they are there."""
        for annotation in ids:
            self._vectors.pop(annotation, None)

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        """Return the best `k` individuals for each query, the highest score first.

        A photo's score is the probability that the pair shows one animal, times the weight of the
        rules.

        Raises:
            UserError: if a query is no vector of the length that is compared.
        """
        ids = self.ids
        if not len(ids):
            return [[] for _ in queries]
        gallery = np.stack([self._vectors[i] for i in ids.tolist()])
        owners = rules.individuals(ids).tolist()
        return [_candidates(self._scored(q, ids, gallery, rules), owners)[:k] for q in queries]

    def explain(
        self,
        query: Query,  # noqa: ARG002 -- a vector says nothing of places
        candidates: Sequence[int],
        rules: Rules,  # noqa: ARG002
    ) -> list[Explanation]:
        """Return an empty explanation for each annotation: vectors have no matched points.

        Raises:
            KeyError: if an annotation is not in the index.
        """
        return [Explanation() for candidate in candidates if self._vectors[candidate] is not None]

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        ids = self.ids
        vectors = [self._vectors[i] for i in ids.tolist()]
        with replacing(folder / FILE) as file:
            np.savez(file, allow_pickle=False, ids=ids, vectors=np.array(vectors, np.float32))

    def _scored(
        self, query: Query, ids: Ids, gallery: Floats, rules: Rules
    ) -> Iterator[tuple[float, int, int]]:
        """Yield the score, the annotation and its place, for every photo that may be compared."""
        one = _vector(query.features)
        _refuse_mixed({query.id: one, int(ids[0]): gallery[0]})
        weights = np.array(rules.weights(query.id, ids), np.float64)
        weights[ids == query.id] = 0
        allowed = np.flatnonzero(weights > 0)
        scores = self._score(one, gallery[allowed]) * weights[allowed]
        yield from zip(scores.tolist(), ids[allowed].tolist(), allowed.tolist(), strict=True)


def _candidates(scored: Iterator[tuple[float, int, int]], owners: Sequence[int]) -> list[Candidate]:
    photos: dict[int, list[tuple[float, int]]] = {}
    for score, annotation, place in scored:
        photos.setdefault(owners[place], []).append((-score, annotation))
    ranked = sorted((min(behind)[0], who) for who, behind in photos.items())
    return [
        Candidate(who, -least, tuple(i for _, i in sorted(photos[who]))) for least, who in ranked
    ]


def _vector(features: Features) -> Floats:
    if not isinstance(features, Vector):
        raise UserError(
            "pair-lightgbm compares vectors, got keypoints; use the embedder orb-sift-brisk"
        )
    return features.values


def _refuse_mixed(vectors: Mapping[int, Floats]) -> None:
    lengths = sorted({len(values) for values in vectors.values()})
    if len(lengths) > 1:
        raise UserError(
            f"pair-lightgbm compares vectors of one length, got {lengths[0]} and {lengths[1]};"
            " make the features of query and gallery with the same embedder"
        )

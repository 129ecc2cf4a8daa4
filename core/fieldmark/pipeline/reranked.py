"""A pipeline of vectors whose candidates are sorted anew by whom they are like themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.components import Rules
from fieldmark.decide.rerank import k_reciprocal, query_expansion
from fieldmark.decide.scores import Scores
from fieldmark.errors import UserError
from fieldmark.pipeline.fused import Part
from fieldmark.types import Floats, Ids, SetAside, Vector

Rerank: TypeAlias = Literal["k-reciprocal", "query-expansion"]
_WAYS: Mapping[Rerank, Callable[[Floats, Floats], Floats]] = {
    "k-reciprocal": k_reciprocal,
    "query-expansion": query_expansion,
}


@dataclass(frozen=True)
class Reranked(Part):
    """A part that compares the directions of vectors, and then whom they are like themselves.

    It holds the similarities among the whole gallery: n² numbers.

    Attributes:
        how: `k-reciprocal` or `query-expansion`; see `fieldmark.decide.rerank`.
    """

    how: Rerank = "k-reciprocal"

    def table(self, numbers: Sequence[int], rules: Rules, columns: Ids) -> Scores:
        """Return what is said of each query and each individual; as `Part.table`.

        Raises:
            UserError: if the features are no vectors.
        """
        ids = self.index.ids
        photos = self._photos(numbers, rules)
        owners = rules.individuals(ids)
        values = np.full((len(numbers), len(columns)), np.nan, np.float32)
        best = np.zeros(values.shape, np.int64)
        for place, column in enumerate(columns.tolist()):
            own = np.flatnonzero(owners == column)
            known = np.where(np.isnan(photos[:, own]), -np.inf, photos[:, own])
            seen = np.isfinite(known).any(axis=1) if len(own) else np.zeros(len(numbers), np.bool_)
            values[seen, place] = known[seen].max(axis=1, initial=-np.inf)
            best[seen, place] = ids[own[known[seen].argmax(axis=1)]] if seen.any() else 0
        return Scores(np.array(numbers, np.int64), columns, values, best)

    def _photos(self, numbers: Sequence[int], rules: Rules) -> Floats:
        """Return what is said of each query and each photo: (q, n), NaN where not compared."""
        directions, among = self._gallery
        if not len(among):
            return np.empty((len(numbers), 0), np.float32)
        queries = self._directions(numbers, directions.shape[1])
        similar = queries @ directions.T
        weights = np.array([rules.weights(number, self.index.ids) for number in numbers])
        weights[np.array(numbers)[:, None] == self.index.ids] = 0
        similar[weights <= 0] = np.nan
        found = _WAYS[self.how](similar, among) * weights
        return np.asarray(found, np.float32)

    @cached_property
    def _gallery(self) -> tuple[Floats, Floats]:
        """The directions of the gallery (n, d), and how alike they are (n, n)."""
        directions = self._directions(self.index.ids.tolist(), None)
        # Who has no direction is like nobody.
        return directions, np.nan_to_num(directions @ directions.T)

    def _directions(self, numbers: Sequence[int], length: int | None) -> Floats:
        """Return vectors of length 1; NaN for an annotation without any."""
        found = [self._vector(number) for number in numbers]
        size = length or next((len(each) for each in found if each is not None), 0)
        rows = [np.full(size, np.nan, np.float32) if each is None else each for each in found]
        table = np.stack(rows) if rows else np.empty((0, size), np.float32)
        norms = np.linalg.norm(table, axis=1, keepdims=True)
        return np.asarray(table / np.where(norms > 0, norms, np.nan), np.float32)

    def _vector(self, number: int) -> Floats | None:
        known = number in self.keys
        features = FeatureCache(self.cache).read(self.keys[number]) if known else None
        if features is None or isinstance(features, SetAside):
            return None
        if not isinstance(features, Vector):
            raise UserError(
                f"the pipeline {self.name!r} makes no vectors, and only those can be sorted anew;"
                " write rerank: none in the profile, or begin with a pipeline of vectors"
            )
        return features.values


def reranked(part: Part, how: Literal["none"] | Rerank) -> Part:
    """Return a part whose candidates are sorted anew, or the part itself for `none`."""
    if how == "none":
        return part
    return Reranked(part.name, part.index, part.keys, part.cache, how)

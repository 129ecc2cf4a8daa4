"""A gallery of vectors that ranks individuals for a query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from fieldmark.components import Rules
from fieldmark.types import Candidate, Explanation, Features, Floats, Ids, Query
from fieldmark_nearest import NearestOptions
from fieldmark_nearest.scores import Scores, alike, best, blocks, of_individuals
from fieldmark_nearest.table import Table, vector

FILE = "nearest.npz"


class Nearest:
    """Compares vectors, exactly."""

    def __init__(self, options: NearestOptions) -> None:
        self._options = options

    def index(self) -> "NearestIndex":
        """Return an empty index."""
        return NearestIndex(self._options, Table.empty())

    def load(self, folder: Path) -> "NearestIndex":
        """Return an index that `save` wrote.

        Raises:
            UserError: if there is none that can be read.
        """
        return NearestIndex(self._options, Table.read(folder / FILE))


@dataclass(frozen=True)
class _Grouped:
    """The gallery with the photos of one individual side by side.

    Attributes:
        order: (n,) the gallery's rows, individual by individual, in the order of their numbers.
        individuals: (m,) ascending.
        starts: (m + 1,) where each begins in `order`; the last is n.
    """

    order: Ids
    individuals: Ids
    starts: Ids

    @classmethod
    def by(cls, owner: Ids) -> Self:
        """Group rows by the individual of each: (n,)."""
        order = np.argsort(owner, kind="stable")
        individuals, starts = np.unique(owner[order], return_index=True)
        return cls(order, individuals, np.append(starts, len(owner)).astype(np.int64))


class NearestIndex:
    """Vectors of annotations; an individual is as like the query as its likest photos."""

    def __init__(self, options: NearestOptions, table: Table) -> None:
        self._options = options
        self._settled = table
        # Joined when it is read, because a gallery is added in many small parts.
        self._new: dict[int, Floats] = {}

    @property
    def ids(self) -> Ids:
        """The annotations, int64 (n,), ascending."""
        return self._table.ids

    @property
    def _table(self) -> Table:
        if self._new:
            self._settled, self._new = self._settled.joined(self._new), {}
        return self._settled

    def _length(self) -> int | None:
        if self._new:
            return len(next(iter(self._new.values())))
        return self._settled.values.shape[1] if len(self._settled) else None

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add annotations; one that is there already is replaced.

        Raises:
            UserError: if the features are not vectors, differ in length or hold NaN or infinity;
                nothing is added then.
        """
        length, new = self._length(), dict[int, Floats]()
        for annotation, each in zip(ids, features, strict=True):
            new[annotation] = vector(each, length).copy()
            length = len(new[annotation])
        self._new |= new

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations, if they are there."""
        self._settled = self._table.without(ids)

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        """Return the best `k` individuals for each query, the highest score first.

        A photo's score, 0–1, is multiplied by the weight of the rules. A query that has no
        direction (a cosine of zeros) finds nobody, and nobody finds such a photo.

        Raises:
            UserError: if a query is no vector of the gallery's length.
        """
        found: list[list[Candidate]] = []
        if not len(self._table):
            return [[] for _ in queries]
        grouped = _Grouped.by(rules.individuals(self.ids))
        for block in blocks(len(queries), len(self.ids)):
            some = queries[block]
            for query, scores in zip(some, self._alike(some), strict=True):
                weighed = self._weighed(query, scores, rules)[grouped.order]
                found.append(list(self._ranked(weighed, grouped, k)))
        return found

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
        strangers = set(candidates) - set(self.ids.tolist())
        if strangers:
            raise KeyError(min(strangers))
        return [Explanation() for _ in candidates]

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        self._table.write(folder / FILE)

    def _alike(self, queries: Sequence[Query]) -> Floats:
        gallery = self._table.values
        rows = np.stack([vector(query.features, gallery.shape[1]) for query in queries])
        return alike(rows, gallery, self._options.metric)

    def _weighed(self, query: Query, scores: Floats, rules: Rules) -> Scores:
        """Return the score of each photo; −infinity where it is no evidence."""
        weights = np.asarray(rules.weights(query.id, self.ids), np.float64)
        evidence = (weights > 0) & (self.ids != query.id) & (scores > 0)
        return np.where(evidence, scores * weights, -np.inf)

    def _ranked(self, scores: Scores, grouped: _Grouped, k: int) -> Iterator[Candidate]:
        totals = of_individuals(scores, grouped.starts[:-1], self._options.top)
        for i in best(totals, k).tolist():
            start, end = int(grouped.starts[i]), int(grouped.starts[i + 1])
            behind = start + best(scores[start:end], end - start)
            photos = self.ids[grouped.order[behind]]
            individual = int(grouped.individuals[i])
            yield Candidate(individual, float(totals[i]), tuple(photos.tolist()))

"""Candidates of a matcher → rows of a table of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.components import Index, Rules
from fieldmark.decide.scores import Scores
from fieldmark.types import Candidate, Floats, Ids, Query


class Alone:
    """Rules under which every annotation of the gallery is an individual of its own."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weights of the rules."""
        return self._rules.weights(query, ids)

    def individuals(self, ids: Ids) -> Ids:
        """Return the annotations themselves."""
        return np.asarray(ids, np.int64)


@dataclass(frozen=True)
class Asked:
    """An index, the rules, and the columns that its answers fill.

    Attributes:
        columns: (m,) individuals, ascending; the annotations of the split's gallery where each
            stands for itself. Who has no annotation in the index is a column all the same.
    """

    index: Index
    rules: Rules
    columns: Ids
    alone: bool = False

    def table(self, numbers: Sequence[int], queries: Sequence[Query]) -> Scores:
        """Return the rows of some annotations.

        Args:
            numbers: the annotations that ask, one for each row.
            queries: those of them that have features; the others find nobody.
        """
        found = self.index.search(queries, max(len(self.columns), 1), self.rules)
        answers = dict(zip((query.id for query in queries), found, strict=True))
        values = np.full((len(numbers), len(self.columns)), np.nan, np.float32)
        best = None if self.alone else np.zeros(values.shape, np.int64)
        for row, number in enumerate(numbers):
            values[row, self._comparable(number)] = -np.inf
            self._fill(values[row], None if best is None else best[row], answers.get(number, ()))
        return Scores(np.array(numbers, np.int64), self.columns, values, best)

    def _comparable(self, number: int) -> Ids:
        """Return the columns of which something may be compared with an annotation."""
        others = self.index.ids[self.index.ids != number]
        if not len(others):
            return np.empty(0, np.int64)
        allowed: Ids = others[self.rules.weights(number, others) > 0]
        found = np.unique(self.rules.individuals(allowed))
        return np.asarray(np.searchsorted(self.columns, found), np.int64)

    def _fill(self, values: Floats, best: Ids | None, found: Sequence[Candidate]) -> None:
        if not found:
            return
        places = np.searchsorted(self.columns, [each.individual for each in found])
        values[places] = [each.score for each in found]
        if best is not None:
            best[places] = [each.annotations[0] for each in found]

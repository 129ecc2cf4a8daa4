"""Asking a part of a pipeline, with nothing hidden: who has no features finds nobody."""

from collections.abc import Sequence

import numpy as np

from fieldmark.components import Rules
from fieldmark.decide.scores import Scores
from fieldmark.pipeline.fused import Part
from fieldmark.types import Floats, Ids


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


def by_individual(part: Part, numbers: Sequence[int], rules: Rules, columns: Ids) -> Scores:
    """Return the scores of some queries and individuals; see `Part.table`.

    A query without features was compared, and nothing alike was found: where it were left out, a
    pipeline that sees nothing on hard photos would look better than one that tries.
    """
    table = part.table(numbers, rules, columns)
    asked = {query.id for query in part.queries(numbers)}
    for row, number in enumerate(numbers):
        if number not in asked:
            table.values[row, part.comparable(number, rules, columns)] = -np.inf
    return table


def by_photo(part: Part, numbers: Sequence[int], rules: Rules, gallery: Ids) -> Scores:
    """Return the scores of some queries and annotations of the gallery, each by itself."""
    table = by_individual(part, numbers, Alone(rules), gallery)
    return Scores(table.queries, table.columns, table.values)

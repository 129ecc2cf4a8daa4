"""What the parts of a pipeline say of some queries, as tables of scores.

The first part looks at everybody. The others look only at those who come first there, so that a
matcher that compares pairs works for a handful of individuals and not for the whole gallery.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.components import Index, Rules
from fieldmark.decide.scores import Scores
from fieldmark.decide.shortlist import OnlyShortlist, places
from fieldmark.pipeline.search import read_query
from fieldmark.types import Candidate, Floats, Ids, Query


@dataclass(frozen=True)
class Part:
    """One pipeline and its gallery, ready to be asked.

    Attributes:
        keys: where the features of each annotation are in the cache.
        cache: the folder of the features.
    """

    name: str
    index: Index
    keys: Mapping[int, str]
    cache: Path

    def columns(self, rules: Rules) -> Ids:
        """Return the individuals of the gallery, ascending: (m,)."""
        return np.unique(rules.individuals(self.index.ids))

    def table(self, numbers: Sequence[int], rules: Rules, columns: Ids) -> Scores:
        """Return what the pipeline says of each query and each individual.

        A query that has no features here, or none at all, is compared with nobody: its row is NaN.

        Args:
            numbers: (q,) the annotations that ask.
            rules: what may be compared.
            columns: (m,) the individuals that are wanted, ascending; others are left out.
        """
        queries = list(self.queries(numbers))
        found = self.index.search(queries, max(len(self.columns(rules)), 1), rules)
        rows = {number: row for row, number in enumerate(numbers)}
        values = np.full((len(numbers), len(columns)), np.nan, np.float32)
        best = np.zeros(values.shape, np.int64)
        for query, candidates in zip(queries, found, strict=True):
            row = rows[query.id]
            values[row, self.comparable(query.id, rules, columns)] = -np.inf
            _fill(values[row], best[row], columns, candidates)
        return Scores(np.array(numbers, np.int64), columns, values, best)

    def queries(self, numbers: Sequence[int]) -> list[Query]:
        """Return the annotations that have features to search with."""
        features = FeatureCache(self.cache)
        here = (number for number in numbers if number in self.keys)
        return [query for number in here if (query := read_query(number, self.keys, features))]

    def comparable(self, number: int, rules: Rules, columns: Ids) -> Ids:
        """Return the places of the columns of which something may be compared with a query."""
        others = self.index.ids[self.index.ids != number]
        allowed = others[rules.weights(number, others) > 0] if len(others) else others
        return np.flatnonzero(np.isin(columns, rules.individuals(allowed)))


def _fill(values: Floats, best: Ids, columns: Ids, found: Sequence[Candidate]) -> None:
    for each in found:
        place = int(np.searchsorted(columns, each.individual))
        if place < len(columns) and columns[place] == each.individual:
            values[place], best[place] = each.score, each.annotations[0]


def tables(
    numbers: Sequence[int], parts: Sequence[Part], rules: Rules, length: int | None
) -> tuple[Scores, ...]:
    """Return what each part says, the first of everybody, the others of its shortlist.

    What is off the shortlist is NaN in the others' tables.

    Args:
        numbers: (q,) the annotations that ask.
        parts: one or several; the columns of all tables are the individuals of the first.
        rules: what may be compared.
        length: how many individuals the others look at; None: everybody.
    """
    first, *others = parts
    columns = first.columns(rules)
    table = first.table(numbers, rules, columns)
    kept: Rules = rules
    if length is not None and others and len(columns):
        everybody = np.unique(np.concatenate([part.index.ids for part in others]))
        kept = shortlisted(table, everybody, rules, length)
    return (table, *(part.table(numbers, kept, columns) for part in others))


def shortlisted(table: Scores, ids: Ids, rules: Rules, length: int) -> OnlyShortlist:
    """Return rules that leave each query only the individuals who come first in a table.

    Args:
        table: what the first part says.
        ids: (n,) the gallery of the other parts.
        rules: what may be compared at all.
        length: how many individuals are left.
    """
    owners = rules.individuals(ids)
    allowed = {
        number: ids[np.isin(owners, table.columns[listed[listed >= 0]])]
        for number, listed in zip(table.queries.tolist(), places(table, length), strict=True)
    }
    return OnlyShortlist(rules, allowed)

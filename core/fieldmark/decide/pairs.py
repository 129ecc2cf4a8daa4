"""Pairs of a query and a candidate, as a shortlist shows them.

What a score means depends on which pairs it is asked of. Among pairs drawn at random nearly all
are easy, and a middling score looks like proof; among those that a first pipeline put on a
shortlist it is what the wrong ones have, too. So everything here is learnt from shortlists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.decide.evidence import Gaps
from fieldmark.decide.logistic import Flags
from fieldmark.decide.scores import Scores
from fieldmark.decide.shortlist import places
from fieldmark.types import Floats, Ids

_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True)
class Pairs:
    """n pairs.

    Attributes:
        values: (n,) the pipeline's scores; −inf: nothing alike.
        same: (n,) whether both are one individual.
        query: (n,) annotation numbers.
        column: (n,) individuals.
        rank: (n,) place on the query's shortlist, from 1.
    """

    values: Floats
    same: Flags
    query: Ids
    column: Ids
    rank: Ids

    @property
    def share(self) -> float:
        """The class balance: the share of pairs of one individual, 0–1; NaN without pairs."""
        return float(self.same.mean()) if len(self.same) else float("nan")


def shortlist_pairs(
    scores: Scores, truth: Ids, length: int | None, exclude: Ids = _NOBODY
) -> Pairs:
    """Return the first candidates of every query.

    A photo is never paired with itself: such a candidate leaves the list.

    Args:
        scores: of one pipeline.
        truth: (q,) the individual of each query.
        length: of the list; None: everybody who may be compared.
        exclude: individuals whose photos neither ask nor are candidates, because they are kept for
            testing.
    """
    looked = look([scores], truth, None, length, exclude)
    row, place = np.nonzero(looked.listed)
    return Pairs(
        looked.values[0][row, place],
        looked.same[row, place],
        scores.queries[looked.rows[row]],
        scores.columns[looked.columns[row, place]],
        place.astype(np.int64) + 1,
    )


@dataclass(frozen=True)
class Looked:
    """What the pipelines say of the shortlists: q lists of s candidates.

    Attributes:
        rows: (q,) places of the queries among those of the scores.
        columns: (q, s) places of the candidates among the columns; −1: the list ends before.
        values: for each pipeline (q, s); NaN: it did not look.
        same: (q, s) whether both are one individual.
        owners: (q, s) the individual of each candidate; 0 where there is none.
        truth: (q,) the individual of each query.
        gaps: the same of the other evidence.
    """

    rows: Ids
    columns: Ids
    values: tuple[Floats, ...]
    same: Flags
    owners: Ids
    truth: Ids
    gaps: Gaps | None

    @property
    def listed(self) -> Flags:
        """Where there is a candidate: (q, s)."""
        return np.asarray(self.columns >= 0, np.bool_)

    def first(self, length: int | None) -> "Looked":
        """Return shorter lists."""
        head = np.s_[:, :length]
        values = tuple(part[head] for part in self.values)
        gaps = None if self.gaps is None else self.gaps.at(head)
        columns, same, owners = self.columns[head], self.same[head], self.owners[head]
        return Looked(self.rows, columns, values, same, owners, self.truth, gaps)

    def rows_at(self, where: Flags) -> "Looked":
        """Return the lists of some queries."""
        values = tuple(part[where] for part in self.values)
        gaps = None if self.gaps is None else self.gaps.at(where)
        columns, same, owners = self.columns[where], self.same[where], self.owners[where]
        return Looked(self.rows[where], columns, values, same, owners, self.truth[where], gaps)


def look(
    parts: Sequence[Scores],
    truth: Ids,
    gaps: Gaps | None,
    length: int | None,
    exclude: Ids = _NOBODY,
    only: Ids | None = None,
) -> Looked:
    """Return the shortlists that the first pipeline makes, and what all say of them.

    Args:
        parts: the scores of each pipeline, all of the same queries and columns.
        truth: (q,) the individual of each query.
        gaps: other evidence, q × m.
        length: of the shortlist; None: everybody.
        exclude: individuals who neither ask nor are candidates.
        only: places of the queries that ask; None: all that are not of excluded individuals.
    """
    first = parts[0]
    rows = np.flatnonzero(~np.isin(truth, exclude)) if only is None else only
    asked = Scores(first.queries[rows], first.columns, without_self(first)[rows])
    columns = places(asked, length, exclude)
    listed, at = columns >= 0, (rows[:, None], columns)
    owners = np.where(listed, first.columns[columns], 0)
    values = tuple(np.where(listed, part.values[at], np.float32(np.nan)) for part in parts)
    same = listed & (owners == truth[rows, None])
    return Looked(
        rows, columns, values, same, owners, truth[rows], None if gaps is None else gaps.at(at)
    )


def without_self(scores: Scores) -> Floats:
    """Return the scores, NaN where a photo was compared with itself."""
    if scores.best is None:
        return scores.values
    alone = scores.best == scores.queries[:, None]
    return np.where(alone & np.isfinite(scores.values), np.float32(np.nan), scores.values)

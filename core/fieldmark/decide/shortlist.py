"""The shortlist: the candidates of the first pipeline that the others look at."""

from collections.abc import Mapping

import numpy as np

from fieldmark.components import Rules
from fieldmark.decide.scores import Scores
from fieldmark.types import Floats, Ids

_ROWS = 256
"""Queries worked at once: their copies take some 10 MB at 10,000 individuals."""
_NOBODY = np.empty(0, np.int64)


def places(scores: Scores, length: int | None, exclude: Ids = _NOBODY) -> Ids:
    """Return where each query's shortlist stands among the columns, the first candidate first.

    Ties are broken by the order of the columns. Pairs with nothing alike (−inf) come last, so a
    list as long as the gallery shows everybody who may be compared.

    Args:
        scores: of the first pipeline, q × m.
        length: of the list; None: everybody.
        exclude: individuals who may not be on it.

    Returns:
        (q, min(length, m)) places among the columns; −1 where the query has no more candidates.
    """
    q, m = scores.values.shape
    size = m if length is None else min(length, m)
    barred = np.isin(scores.columns, exclude)
    blocks = [
        _first(scores.values[start : start + _ROWS], barred, size) for start in range(0, q, _ROWS)
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, size), np.int64)


def _first(values: Floats, barred: np.ndarray[tuple[int], np.dtype[np.bool_]], size: int) -> Ids:
    # −inf must come before what may not be compared.
    late = np.where(np.isneginf(values), np.finfo(np.float32).max, -values)
    late[np.isnan(values) | barred] = np.inf
    last = np.partition(late, size - 1, axis=1)[:, size - 1, None]
    before, level = late < last, late == last
    room = size - before.sum(axis=1, keepdims=True)
    chosen = before | (level & (level.cumsum(axis=1) <= room))
    found = np.nonzero(chosen)[1].reshape(len(values), size)
    key = np.take_along_axis(late, found, axis=1)
    order = np.argsort(key, axis=1, kind="stable")
    found, key = (np.take_along_axis(a, order, axis=1) for a in (found, key))
    return np.where(np.isinf(key), -1, found).astype(np.int64)


class OnlyShortlist:
    """Rules that allow of each query only the gallery annotations on its shortlist.

    Implements `fieldmark.components.Rules`.
    """

    def __init__(self, rules: Rules, allowed: Mapping[int, Ids]) -> None:
        """Narrow some rules.

        Args:
            rules: what may be compared at all.
            allowed: by query, the gallery annotations of the individuals on its shortlist; a query
                that is not named has an empty one.
        """
        self._rules = rules
        self._allowed = allowed

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weight of each pair: 0 off the shortlist."""
        listed = np.isin(ids, self._allowed.get(query, _NOBODY))
        weights = np.where(listed, self._rules.weights(query, ids), 0)
        return np.asarray(weights, np.float32)

    def individuals(self, ids: Ids) -> Ids:
        """Return the individual of each annotation."""
        return self._rules.individuals(ids)

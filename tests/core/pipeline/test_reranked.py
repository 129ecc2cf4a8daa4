"""Candidates sorted anew by whom they are like themselves."""

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.pipeline.reranked import Rerank, reranked
from fieldmark.rules import CatalogueRules, SideRule
from support.parts import ROWS, RULES, keypoints, part, vectors


@pytest.mark.parametrize("how", get_args(Rerank))
def test_who_may_not_be_compared_stays_so(tmp_path: Path, how: Rerank) -> None:
    """Sorting anew changes scores and neither who is compared nor who is found in clear cases."""
    plain = part("deep", "nearest", vectors(), tmp_path)
    apart = CatalogueRules(ROWS, SideRule(), {1: frozenset({4, 5, 6})})
    columns = plain.columns(apart)
    before, after = (each.table([1, 8], apart, columns) for each in (plain, reranked(plain, how)))
    assert np.array_equal(np.isnan(before.values), np.isnan(after.values))
    assert not np.allclose(before.values, after.values, equal_nan=True)
    assert after.columns[np.nanargmax(after.values, axis=1)].tolist() == [1, 3]
    assert after.best is not None
    assert set(after.best[0, [0]].tolist()) <= {2, 3}
    assert after.best[0, 1] == 0


def test_one_query_does_not_change_another(tmp_path: Path) -> None:
    """What is said of a query does not depend on who is asked with it."""
    part_ = reranked(part("deep", "nearest", vectors(), tmp_path), "k-reciprocal")
    columns = part_.columns(RULES)
    alone, both = part_.table([5], RULES, columns), part_.table([2, 5], RULES, columns)
    assert np.allclose(alone.values[0], both.values[1], equal_nan=True)


def test_none_leaves_a_part_as_it_is(tmp_path: Path) -> None:
    """Nothing is wrapped where nothing is asked for."""
    plain = part("deep", "nearest", vectors(), tmp_path)
    assert reranked(plain, "none") is plain


def test_keypoints_cannot_be_sorted_anew(tmp_path: Path) -> None:
    """The sentence says what to write in the profile."""
    pairwise = reranked(part("pairwise", "ratio", keypoints(), tmp_path), "query-expansion")
    with pytest.raises(UserError, match="write rerank: none"):
        pairwise.table([1], RULES, pairwise.columns(RULES))

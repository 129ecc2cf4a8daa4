"""Several pipelines over one gallery: the first looks at everybody, the others at a shortlist."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.pipeline.fused import Part, tables
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Keypoints
from fieldmark_sift import pairs, ratio
from support.parts import ANIMALS, PHOTOS, ROWS, RULES, keypoints, part, vectors


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Part, Part]:
    """Return a pipeline of vectors, and one that compares pairs of photos."""
    return (
        part("deep", "nearest", vectors(), tmp_path),
        part("pairwise", "ratio", keypoints(), tmp_path),
    )


def test_a_pairwise_matcher_compares_only_the_shortlist(
    parts: tuple[Part, Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pipeline does the work of two individuals for each query, and not of five."""
    seen: list[int] = []
    match = pairs.match

    def counted(one: Keypoints, other: Keypoints, rule: pairs.Rule) -> pairs.Pairs:
        seen.append(1)
        return match(one, other, rule)

    monkeypatch.setattr(ratio, "match", counted)
    first, second = tables([1, 7], parts, RULES, 2)
    short = len(seen)
    # Each query has itself and two mates; its encounter, here the photo itself, is left out.
    assert short == 2 * (PHOTOS - 1 + PHOTOS)
    assert np.isfinite(first.values).all()
    assert (~np.isnan(second.values)).sum(axis=1).tolist() == [2, 2]
    tables([1, 7], parts, RULES, None)
    # What was matched for the shortlist is remembered; asked anew, everybody would be.
    assert len(seen) == 2 * (ANIMALS * PHOTOS - 1)


def test_what_is_on_the_shortlist_comes_first_in_the_first_table(
    parts: tuple[Part, Part],
) -> None:
    """The others look at the best of the first pipeline, and find the right one there."""
    first, second = tables([4], parts, RULES, 2)
    looked = first.columns[~np.isnan(second.values[0])]
    best = first.columns[np.argsort(-first.values[0])[:2]]
    assert sorted(looked.tolist()) == sorted(best.tolist())
    assert second.columns[np.nanargmax(second.values[0])] == 2


def test_a_row_says_who_may_not_be_compared(parts: tuple[Part, Part]) -> None:
    """NaN is who may not be compared; the best photo is never the query's own."""
    apart = CatalogueRules(ROWS, SideRule(), {1: frozenset({4, 5, 6})})
    (table,) = tables([1], parts[:1], apart, None)
    assert table.columns.tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(table.values[0]).tolist() == [False, True, False, False, False]
    assert table.best is not None
    assert table.best[0, 0] in {2, 3}
    assert table.best[0, 1] == 0


def test_a_query_without_features_is_compared_with_nobody(tmp_path: Path) -> None:
    """Where one pipeline has nothing of a photo, its row is empty and the other's is not."""
    some = {number: each for number, each in keypoints().items() if number != 1}
    both = (
        part("deep", "nearest", vectors(), tmp_path),
        part("pairwise", "ratio", some, tmp_path),
    )
    first, second = tables([1, 2], both, RULES, None)
    assert np.isfinite(first.values).all()
    assert np.isnan(second.values[0]).all()
    assert np.isfinite(second.values[1]).any()


def test_an_empty_gallery_has_no_columns(tmp_path: Path) -> None:
    """Nothing is asked, and nothing breaks."""
    nobody = part("deep", "nearest", {}, tmp_path), part("pairwise", "ratio", {}, tmp_path)
    first, second = tables([1], nobody, RULES, 3)
    assert first.values.shape == second.values.shape == (1, 0)

"""How alike vectors and individuals are, against values worked by hand and by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark_nearest import scores
from fieldmark_nearest.scores import alike, best, blocks, of_individuals

INFINITY = np.inf


def rows(*values: tuple[float, ...]) -> np.ndarray:
    """Return vectors as float32."""
    return np.array(values, np.float32)


def test_cosine_is_half_of_one_plus_the_cosine() -> None:
    """Same direction 1, right angle 1/2, opposite 0, 60° 3/4; length does not matter."""
    gallery = rows((3, 0), (0, 5), (-2, 0), (1, 3**0.5))
    assert alike(rows((2, 0)), gallery, "cosine")[0].tolist() == pytest.approx([1, 0.5, 0, 0.75])


def test_a_vector_of_zeros_is_like_nothing() -> None:
    """It has no direction, so its cosine with anything counts as 0."""
    assert alike(rows((0, 0), (1, 0)), rows((1, 0), (0, 0)), "cosine").tolist() == [[0, 0], [1, 0]]


def test_euclidean_is_one_over_one_plus_the_distance() -> None:
    """The distances 0, 5 and 1 give 1, 1/6 and 1/2."""
    gallery = rows((1, 1), (4, 5), (1, 2))
    found = alike(rows((1, 1)), gallery, "euclidean")[0]
    assert found.tolist() == pytest.approx([1, 1 / 6, 0.5])


def test_near_neighbours_far_from_zero_are_told_apart() -> None:
    """The product of large vectors loses no small distance: 1/8 and 1/4 beside a length of 4096."""
    gallery = rows((4096.125, 0), (4096.25, 0))
    found = alike(rows((4096, 0)), gallery, "euclidean")[0]
    assert found.tolist() == pytest.approx([1 / 1.125, 1 / 1.25])


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gallery's blocks are an affair of memory alone."""
    drawn = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    whole = alike(drawn[:3], drawn, "cosine")
    monkeypatch.setattr(scores, "ROWS", 7)
    assert np.array_equal(alike(drawn[:3], drawn, "cosine"), whole)


def test_queries_are_cut_so_that_their_scores_fit() -> None:
    """Of 1,048,576 photos eight queries are looked at together; of more than all, one."""
    assert [b.stop - b.start for b in blocks(10, 1 << 20)] == [8, 8]
    assert len(list(blocks(3, 1 << 40))) == 3


def test_the_mean_of_the_best_two() -> None:
    """Photos (3, 1, 2), (5) and one that does not count: 2.5, 5 and nothing; the best: 3, 5."""
    photos, starts = np.array([3, 1, 2, 5, -INFINITY]), np.array([0, 3, 4])
    assert of_individuals(photos, starts, 2).tolist() == [2.5, 5, -INFINITY]
    assert of_individuals(photos, starts, 1).tolist() == [3, 5, -INFINITY]


def test_best_prefers_the_first_of_equals() -> None:
    """Of 4, 7, 7, −∞, 4 the best three are the two sevens and the first four."""
    assert best(np.array([4, 7, 7, -INFINITY, 4]), 3).tolist() == [1, 2, 0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(1, 30))
def test_best_is_the_head_of_a_stable_sort(values: list[int], k: int) -> None:
    """Whatever the ties, the answer is what sorting everything would give."""
    wanted = sorted(range(len(values)), key=lambda i: (-values[i], i))[:k]
    assert best(np.array(values, np.float64), k).tolist() == wanted

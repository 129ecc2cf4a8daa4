"""From a network's numbers to boxes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.types import Floats
from fieldmark_yolox.decoding import Grid, apart, boxes, judged, overlaps

_EDGES = arrays(np.float32, (4,), elements=st.floats(0, 1, width=32))


def _as_boxes(edges: list[Floats]) -> Floats:
    """Return boxes of any two corners."""
    rows = np.array(edges, np.float32).reshape(-1, 4)
    first, second = rows[:, :2], rows[:, 2:]
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)


def test_cells_come_grid_by_grid_and_row_by_row() -> None:
    """The cells of the finest grid come first, from left to right and from top to bottom."""
    grid = Grid.of(64, 96)
    assert len(grid) == 8 * 12 + 4 * 6 + 2 * 3
    assert grid.cells[:2].tolist() == [[0, 0], [1, 0]]
    assert grid.cells[12].tolist() == [0, 1]
    assert grid.cells[-1].tolist() == [2, 1]
    assert grid.strides[[0, 95, 96, 119, 120, -1], 0].tolist() == [8, 8, 16, 16, 32, 32]
    assert len(Grid.of(416, 416)) == 3549


def test_boxes_by_the_formula() -> None:
    """The centre is (cell + place) · stride, the size is e^number · stride."""
    grid = Grid.of(32, 32)
    rows = np.zeros((len(grid), 6), np.float32)
    rows[5, :4] = 0.25, 0.5, np.log(2), np.log(3)  # in the second row and column of the finest
    rows[-1, :4] = 0.5, 0.5, 0, 0
    found = boxes(rows, grid)
    np.testing.assert_allclose(found[5], [10 - 8, 12 - 12, 10 + 8, 12 + 12], atol=1e-4)
    np.testing.assert_allclose(found[-1], [0, 0, 32, 32], atol=1e-4)


@given(
    arrays(np.float32, (21, 7), elements=st.floats(width=32, allow_nan=False, allow_infinity=False))
)
def test_absurd_numbers_overflow_nowhere(rows: Floats) -> None:
    """Whatever a network says, sizes stay finite, and left is never right of right."""
    rows[:, :2] = np.clip(rows[:, :2], -1e30, 1e30)
    found = boxes(rows, Grid.of(32, 32))
    assert np.isfinite(found).all()
    assert (found[:, 2:] >= found[:, :2]).all()


def test_score_is_of_anything_times_of_the_class() -> None:
    """The best class counts, with the product of the two scores."""
    rows = np.array([[0, 0, 0, 0, 0.5, 0.2, 0.8, 0.8], [0, 0, 0, 0, 0.1, 1, 0, 0]], np.float32)
    classes, scores = judged(rows)
    assert classes.tolist() == [1, 0]
    np.testing.assert_allclose(scores, [0.4, 0.1])


@given(_EDGES, st.lists(_EDGES, min_size=1, max_size=8))
def test_overlap_is_a_symmetric_share(edges: Floats, others: list[Floats]) -> None:
    """Two boxes share between nothing and all of their area, whichever is asked."""
    (box,), many = _as_boxes([edges]), _as_boxes(others)
    shares = overlaps(box, many)
    assert ((shares >= 0) & (shares <= 1 + 1e-4)).all()
    again = [float(overlaps(other, box[None])[0]) for other in many]
    np.testing.assert_allclose(shares, again, atol=1e-5)


@given(
    st.lists(_EDGES, max_size=12),
    st.lists(st.sampled_from([0.1, 0.5, 0.5001, 0.9]), min_size=12, max_size=12),
    st.sampled_from([0.0, 0.3, 0.45, 1.0]),
)
def test_what_is_kept_and_what_is_dropped(
    edges: list[Floats], given_scores: list[float], iou: float
) -> None:
    """No two kept boxes overlap, and each dropped one overlaps a kept one that is as good."""
    found = _as_boxes(edges)
    scores = np.array(given_scores[: len(edges)], np.float32)
    kept = apart(found, scores, iou).tolist()
    assert kept == sorted(kept, key=lambda each: (-scores[each], each))
    for i, each in enumerate(kept):
        assert (overlaps(found[each], found[kept[:i]]) <= iou).all()
    for each in set(range(len(edges))) - set(kept):
        better = [other for other in kept if (-scores[other], other) < (-scores[each], each)]
        assert (overlaps(found[each], found[better]) > iou).any()

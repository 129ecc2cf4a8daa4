"""Chance is the same every time, and knows nothing."""

import numpy as np

from fieldmark.types import Chip
from fieldmark_baselines.chance import Random


def chips(count: int) -> list[Chip]:
    """Return pictures of one pixel, all different."""
    rows = np.arange(count, dtype=np.uint8)
    return [Chip(np.full((1, 1, 3), value, np.uint8)) for value in rows]


def test_the_same_pixels_have_the_same_numbers() -> None:
    """Equal pictures are equal, others and other seeds are not."""
    (one, two), (again, _) = (Random(8, 0).embed(chips(2)) for _ in range(2))
    (other,) = Random(8, 1).embed(chips(1))
    assert np.array_equal(one.values, again.values)
    assert not np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values, other.values)


def test_the_shape_counts() -> None:
    """The same bytes as a column are another picture than as a row."""
    row, column = np.zeros((1, 2, 3), np.uint8), np.zeros((2, 1, 3), np.uint8)
    one, other = Random(8, 0).embed([Chip(row), Chip(column)])
    assert not np.array_equal(one.values, other.values)


def test_directions_are_spread_evenly() -> None:
    """Two pictures' cosine is 0 on average, with a spread of 1/√size."""
    values = np.stack([each.values for each in Random(64, 0).embed(chips(200))])
    cosines = (values @ values.T)[np.triu_indices(200, 1)]
    assert np.allclose(np.linalg.norm(values, axis=1), 1)
    assert abs(cosines.mean()) < 0.005
    assert abs(cosines.std() - 1 / 8) < 0.005

"""Where pixels lie in the animal's box, and which box holds a mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.types import Box
from fieldmark_chips.places import Grid, extent

corner = st.floats(0, 0.5)
part = st.floats(0.2, 0.5)


@given(corner, corner, part, part)
def test_the_box_reaches_from_minus_one_to_one(x: float, y: float, w: float, h: float) -> None:
    """What lies inside the box is inside for the grid, and the centre weighs most."""
    grid = Grid.of(Box(x, y, w, h), 80, 120)
    rows, columns = np.nonzero(grid.inside(1.0))
    assert columns.min() / 120 == pytest.approx(x, abs=0.01)
    assert (columns.max() + 1) / 120 == pytest.approx(x + w, abs=0.01)
    assert (rows.max() + 1) / 80 == pytest.approx(y + h, abs=0.02)
    prior = grid.centre_prior()
    best = np.unravel_index(int(prior.argmax()), prior.shape)
    assert best[1] / 120 == pytest.approx(x + w / 2, abs=0.01)
    assert prior[best] > 0.98


@given(corner, corner, part, part)
def test_extent_holds_the_mask(x: float, y: float, w: float, h: float) -> None:
    """The extent of a rectangle is the rectangle, but for a hundredth at each side."""
    mask = np.zeros((200, 200), np.float32)
    left, top, right, bottom = Box(x, y, w, h).pixels(200, 200)
    mask[top:bottom, left:right] = 1
    found = extent(mask)
    assert found is not None
    assert found.x == pytest.approx(left / 200, abs=0.02)
    assert found.y + found.h == pytest.approx(bottom / 200, abs=0.02)


def test_an_empty_mask_has_no_extent() -> None:
    """Nothing is held by no box."""
    assert extent(np.zeros((20, 20), np.float32)) is None

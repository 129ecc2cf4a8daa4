"""Cutting out and scaling keep the animal where it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fieldmark.types import Box, Chip
from fieldmark_chips.chips import Crop, Resize
from fieldmark_chips.settings import ResizeOptions

corner = st.floats(0, 0.6)
extent = st.floats(0.2, 0.4)


def picture(height: int = 60, width: int = 90) -> Chip:
    """Return a chip with noise and a mask."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Chip(pixels, mask=rng.random((height, width)).astype(np.float32))


@given(corner, corner, extent, extent, st.floats(0, 0.5))
def test_crop_shows_the_animal_and_a_margin(
    x: float, y: float, w: float, h: float, margin: float
) -> None:
    """The cut-out holds the animal, and the animal stays where it is in the photo."""
    chip = Chip(picture().pixels, animal=Box(x, y, w, h))
    cut = Crop(margin).apply(chip)
    back = cut.animal.placed_in(cut.region)
    assert (back.x, back.y) == pytest.approx((x, y), abs=0.03)
    assert cut.region.w == pytest.approx(chip.animal.grown(margin).w, abs=0.03)


@given(st.integers(1, 80), st.integers(1, 80), st.integers(16, 120))
def test_resize_keeps_the_shape(height: int, width: int, long_side: int) -> None:
    """The longer side gets the wished length, the other follows, the mask too."""
    chip = Resize(long_side, None).apply(picture(height, width))
    assert max(chip.size) == long_side
    assert min(chip.size) == max(round(long_side * min(height, width) / max(height, width)), 1)
    assert chip.mask is not None
    assert chip.mask.shape == chip.size


def test_resize_squeezes_on_request() -> None:
    """With height and width the picture gets exactly these."""
    assert Resize(256, (40, 50)).apply(picture()).size == (40, 50)


def test_resize_needs_both_sides() -> None:
    """Height without width is refused when the profile is read."""
    with pytest.raises(ValidationError, match="both height and width"):
        ResizeOptions(height=100)

"""Colour histograms, against values worked by hand."""

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.types import Chip
from fieldmark_baselines.colour import ColourHistogram


def painted(*colours: tuple[int, int, int]) -> np.ndarray:
    """Return a row of pixels."""
    return np.array([colours], np.uint8)


def values(chip: Chip, bins: tuple[int, int, int] = (2, 2, 2)) -> list[float]:
    """Return a chip's histogram."""
    (made,) = ColourHistogram(bins).embed([chip])
    return [round(float(value), 4) for value in made.values]


def test_black_and_white_differ_in_lightness_alone() -> None:
    """One black and three white pixels: roots of 1/4 and 3/4 in the dark and the light half."""
    found = values(Chip(painted((0, 0, 0), *[(255, 255, 255)] * 3)), (2, 1, 1))
    assert found == [0.5, round(0.75**0.5, 4)]


def test_red_and_blue_lie_in_their_quarters() -> None:
    """Red (L* 53, a* 80, b* 67) is bin 7 of eight; blue (32, 79, −108) is bin 2."""
    found = values(Chip(painted((255, 0, 0), (0, 0, 255))))
    assert [i for i, value in enumerate(found) if value] == [2, 7]


def test_the_cosine_is_the_bhattacharyya_coefficient() -> None:
    """Shares (1, 0) and (1/4, 3/4) give √(1/4) = 1/2; the length is 1."""
    black = Chip(painted((0, 0, 0)))
    mixed = Chip(painted((0, 0, 0), *[(255, 255, 255)] * 3))
    one, other = ColourHistogram((2, 1, 1)).embed([black, mixed])
    assert float(one.values @ other.values) == pytest.approx(0.5)
    assert float(other.values @ other.values) == pytest.approx(1)


def test_pixels_count_by_their_mask() -> None:
    """What surely is background counts nothing; an empty mask is as good as none."""
    pixels = painted((0, 0, 0), (255, 255, 255))
    animal = np.array([[1, 0]], np.float32)
    assert values(Chip(pixels, mask=animal), (2, 1, 1)) == [1, 0]
    nothing = np.zeros((1, 2), np.float32)
    assert values(Chip(pixels, mask=nothing)) == values(Chip(pixels))


def test_without_colours_it_says_so() -> None:
    """Channels that are neither colours nor grey are refused in words."""
    edges = Chip(np.zeros((2, 2, 1), np.uint8), ("edges",))
    with pytest.raises(UserError, match="got edges; leave out the preprocessor"):
        ColourHistogram((2, 2, 2)).embed([edges])

"""Chips as greys and colours."""

import numpy as np

from fieldmark.types import RGB, Chip
from fieldmark_baselines.pictures import colours, greys, resized


def test_grey_is_weighed_as_television_does() -> None:
    """0.299 of red, 0.587 of green, 0.114 of blue: 255 of each gives 76, 150, 29."""
    primaries = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert greys(Chip(primaries)).tolist() == [[76, 150, 29]]


def test_channels_are_found_by_name() -> None:
    """Colours are taken out of whatever order they are in; grey stands for all three."""
    pixels = np.array([[[9, 3, 2, 1]]], np.uint8)
    assert colours(Chip(pixels, ("edges", *RGB[::-1]))).tolist() == [[[1, 2, 3]]]
    assert colours(Chip(pixels[:, :, :1], ("grey",))).tolist() == [[[9, 9, 9]]]


def test_shrinking_averages() -> None:
    """Four pixels become their mean."""
    assert resized(np.array([[0, 100], [100, 200]], np.uint8), 1, 1).tolist() == [[100]]

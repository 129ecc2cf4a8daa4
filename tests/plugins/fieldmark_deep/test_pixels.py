"""Chips → tensors."""

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from fieldmark.errors import UserError
from fieldmark.types import Chip
from fieldmark_deep.pixels import to_array, to_batch
from fieldmark_deep.settings import Network

RANDOM = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)


def test_a_chip_of_the_right_size_is_only_turned() -> None:
    """Without a change of size every value stays, channels first."""
    made = to_array(Chip(RANDOM), Network(height=120, width=200))
    assert np.array_equal(made, RANDOM.transpose(2, 0, 1))


@pytest.mark.parametrize("size", [(60, 100), (33, 47), (240, 300)])
def test_sizes_change_as_in_pillow(size: tuple[int, int]) -> None:
    """Shrinking averages over all pixels; Pillow's bilinear result differs by rounding alone."""
    height, width = size
    made = to_array(Chip(RANDOM), Network(height=height, width=width))
    theirs = Image.fromarray(RANDOM).resize((width, height), Image.Resampling.BILINEAR)
    apart = np.abs(made.transpose(1, 2, 0).astype(int) - np.asarray(theirs).astype(int))
    assert apart.max() <= 1


@pytest.mark.parametrize("size", [(60, 100), (33, 47), (240, 300), (120, 110)])
def test_bicubic_sizes_change_as_in_pillow(size: tuple[int, int]) -> None:
    """What timm's own preparation does to weights that ask for bicubic, but for rounding."""
    height, width = size
    made = to_array(Chip(RANDOM), Network(height=height, width=width, resize="bicubic"))
    theirs = Image.fromarray(RANDOM).resize((width, height), Image.Resampling.BICUBIC)
    assert _apart(made, np.asarray(theirs)).max() <= 1


@pytest.mark.parametrize("size", [(60, 100), (33, 47), (240, 300), (440, 440)])
def test_plain_sizes_change_as_in_opencv(size: tuple[int, int]) -> None:
    """Plain is OpenCV's INTER_LINEAR: one grey level apart at most, and at few places."""
    height, width = size
    made = to_array(Chip(RANDOM), Network(height=height, width=width, resize="plain"))
    theirs = cv2.resize(RANDOM, (width, height), interpolation=cv2.INTER_LINEAR)
    apart = _apart(made, theirs)
    assert apart.max() <= 1
    assert apart.mean() < 0.15


def test_the_ways_to_resize_differ() -> None:
    """Where a chip shrinks a lot, every way gives other pixels."""
    smooth, plain, bicubic = (
        to_array(Chip(RANDOM), Network(height=30, width=30, resize=way))
        for way in ("smooth", "plain", "bicubic")
    )
    for one, other in ((smooth, plain), (smooth, bicubic), (plain, bicubic)):
        assert np.abs(one.astype(int) - other.astype(int)).max() > 5


def _apart(made: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return how many grey levels lie between (c, h, w) and (h, w, c)."""
    return np.asarray(np.abs(made.transpose(1, 2, 0).astype(int) - theirs.astype(int)))


def test_every_channel_is_resized_by_itself() -> None:
    """A fourth channel neither takes from the colours nor gives to them."""
    edge = np.full((120, 200, 1), 255, np.uint8)
    four = Chip(np.concatenate([RANDOM, edge], axis=2), ("red", "green", "blue", "edge"))
    made = to_array(four, Network(height=32, width=64, channels=4))
    alone = to_array(Chip(RANDOM), Network(height=32, width=64))
    assert np.array_equal(made[:3], alone)
    assert (made[3] == 255).all()


def test_other_channels_are_refused() -> None:
    """A chip with other channels than the network takes names them."""
    with pytest.raises(UserError, match=r"takes 4 channels, but the chip has 3 \(red, green, blue"):
        to_array(Chip(RANDOM), Network(channels=4))


def test_chips_that_may_not_be_written_are_read() -> None:
    """Pixels of a read-only array, or of a view, are taken as they are and never changed."""
    frozen = RANDOM.copy()
    frozen.setflags(write=False)
    turned = Chip(RANDOM[::-1, ::-1])
    batch = to_batch([Chip(frozen), turned], Network(height=120, width=200))
    assert batch.shape == (2, 3, 120, 200)
    assert np.array_equal(batch[0].numpy(), RANDOM.transpose(2, 0, 1))
    assert np.array_equal(batch[1].numpy(), RANDOM[::-1, ::-1].transpose(2, 0, 1))

"""Evening out light and shade raises contrast, and leaves the rest alone."""

import numpy as np

from fieldmark.types import Chip
from fieldmark_chips.light import Equalise


def picture() -> Chip:
    """Return a chip with noise."""
    rng = np.random.default_rng(0)
    return Chip(rng.integers(0, 256, (60, 90, 3), dtype=np.uint8))


def test_equalise_raises_contrast() -> None:
    """A dull picture uses more of the range afterwards."""
    dull = Chip((picture().pixels // 8 + 100).astype(np.uint8))
    assert Equalise(2.0, 4).apply(dull).pixels.std() > 1.2 * dull.pixels.std()


def test_equalise_leaves_other_channels_alone() -> None:
    """An edge channel is not brightness and stays as it is."""
    pixels = np.concatenate([picture().pixels, picture().pixels[:, :, :1]], axis=2)
    chip = Chip(pixels, channels=("red", "green", "blue", "edges"))
    assert np.array_equal(Equalise(2.0, 4).apply(chip).pixels[:, :, 3], pixels[:, :, 3])

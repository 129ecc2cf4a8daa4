"""The perceptual hash: the same for the same picture, far for another."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldmark.learn.hashes import NEAR, SIZE, near_pairs, perceptual_hash
from fieldmark.types import Pixels

WORD = st.integers(0, 2**64 - 1)


def picture(seed: int) -> Pixels:
    """Return soft random patches of grey (120, 160, 3), as a coat in a photo."""
    patches = np.random.default_rng(seed).integers(0, 255, (9, 12), np.uint8)
    soft = Image.fromarray(patches).resize((160, 120), Image.Resampling.BICUBIC)
    return np.asarray(soft.convert("RGB"), np.uint8)


def test_a_cosine_alone_sets_its_own_bit() -> None:
    """A picture of one DCT frequency (2 down, 3 across) has one bit: number 8·1 + 2 of 64."""
    places = (np.arange(SIZE) + 0.5) * np.pi / SIZE
    wave = np.cos(2 * places)[:, None] * np.cos(3 * places)[None, :]
    grey = np.round(127.5 + 120 * wave)[..., None].repeat(3, axis=2).astype(np.uint8)
    bits = f"{perceptual_hash(grey):064b}"
    assert bits[8 * 1 + 2] == "1"
    # The other coefficients are rounding errors of whole grey values, so half lie above.
    assert perceptual_hash(255 - grey) & (1 << (63 - 10)) == 0


def test_a_flat_picture_has_no_bits() -> None:
    """Rounding errors do not become a pattern."""
    assert perceptual_hash(np.full((50, 70, 3), 90, np.uint8)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_smaller_darker_compressed_copy_is_near(seed: int) -> None:
    """Size, light and compression move few bits; another picture moves many."""
    original = picture(seed)
    small = Image.fromarray((original * 0.8).astype(np.uint8)).resize((96, 72))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=70)
    copy = np.asarray(Image.open(file), np.uint8)
    one, other = perceptual_hash(original), perceptual_hash(picture(seed + 100))
    assert (one ^ perceptual_hash(copy)).bit_count() <= NEAR
    assert (one ^ other).bit_count() > 4 * NEAR


@given(WORD, st.sets(st.integers(0, 63), max_size=8))
def test_bands_find_every_near_pair(word: int, flipped: set[int]) -> None:
    """A pair is found exactly if at most NEAR bits differ, whichever bits those are."""
    other = word ^ sum(1 << bit for bit in flipped)
    assert list(near_pairs([word], [other])) == ([(0, 0)] if len(flipped) <= NEAR else [])


@given(st.lists(WORD, max_size=5), st.lists(WORD, max_size=5))
def test_pairs_are_those_of_comparing_all(first: list[int], second: list[int]) -> None:
    """The short way gives what the long way gives, in the same order."""
    wanted = [
        (i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if (a ^ b).bit_count() <= NEAR
    ]
    assert list(near_pairs(first, second)) == wanted

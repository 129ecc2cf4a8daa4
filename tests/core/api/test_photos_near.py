"""Photos that nearly repeat another are found among many, and bursts are not."""

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.api import photos_near
from fieldmark.api.photos_near import NEAR, alike, differing_bits, near_duplicates
from fieldmark.api.photos_thumbnails import thumbnail

Look = NDArray[np.uint8]


def scene(seed: int) -> Look:
    """Return a thumbnail of its own."""
    return np.random.default_rng(seed).integers(0, 256, (32, 32), np.uint8)


def shelf(looks: Mapping[int, Look]) -> Callable[[Sequence[int]], dict[int, Look]]:
    """Return what gives the thumbnails at some places."""
    return lambda places: {place: looks[place] for place in places if place in looks}


def flipped(value: int, bits: int, chance: random.Random) -> int:
    """Return a hash that differs in so many bits."""
    for bit in chance.sample(range(64), bits):
        value ^= 1 << bit
    return value


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40), st.sampled_from([3, 1000]))
def test_the_bands_lose_no_pair(chance: random.Random, count: int, block: int) -> None:
    """What is found is what comparing everybody with everybody finds, whatever the blocks."""
    base = [chance.getrandbits(64) for _ in range(4)]
    hashes = [flipped(chance.choice(base), chance.randint(0, 9), chance) for _ in range(count)]
    pictures = {place: scene(chance.randint(0, 2)) for place in range(count)}
    expected: dict[int, int] = {}
    for later in range(count):
        for first in range(later):
            near = (hashes[later] ^ hashes[first]).bit_count() <= NEAR
            same = np.array_equal(pictures[later], pictures[first])
            if near and same and first not in expected:
                expected[later] = first
                break
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos_near, "BLOCK", block)
        patch.setattr(photos_near, "_PAIRS", 7)
        assert near_duplicates(hashes, shelf(pictures)) == expected


def test_bits_are_counted_without_the_newest_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of older versions gives the same."""
    chance = random.Random(1)
    values = np.array([[chance.getrandbits(64) for _ in range(2)] for _ in range(50)], np.uint64)
    expected = [(int(a) ^ int(b)).bit_count() for a, b in values]
    assert differing_bits(values[:, 0], values[:, 1]).tolist() == expected
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert differing_bits(values[:, 0], values[:, 1]).tolist() == expected


def test_light_and_noise_do_not_make_another_picture() -> None:
    """A copy that is brighter, flatter and a little noisy is the same picture."""
    one = scene(1)
    noise = np.random.default_rng(2).normal(0, 3, (32, 32))
    copy = np.clip(one * 0.6 + 40 + noise, 0, 255).astype(np.uint8)
    assert alike(one.ravel(), copy.reshape(1, -1)).tolist() == [True]


def test_an_animal_that_moved_makes_another_picture() -> None:
    """The scene alone correlates; the one place that changed tells."""
    one, two = scene(1), scene(1)
    one[10:12, 4:7], two[10:12, 20:23] = 0, 0
    one[10:12, 20:23], two[10:12, 4:7] = 255, 255
    assert alike(one.ravel(), two.reshape(1, -1)).tolist() == [False]


def test_pictures_with_nothing_on_them_are_like_nothing() -> None:
    """Two frames of a covered lens do not repeat one another, nor does what cannot be loaded."""
    black = np.full((32, 32), 3, np.uint8)
    assert near_duplicates([0, 0], shelf({0: black, 1: black})) == {}
    assert near_duplicates([5, 5, 5], shelf({0: scene(1), 2: scene(1)})) == {2: 0}
    assert near_duplicates([], shelf({})) == {}


def test_a_photo_repeats_the_earliest_that_repeats_none() -> None:
    """All of a hundred copies name the first."""
    told: list[int] = []
    looks = dict.fromkeys(range(100), scene(1))
    found = near_duplicates([7] * 100, shelf(looks), told.append)
    assert found == dict.fromkeys(range(1, 100), 0)
    assert told == [100]


def test_a_thumbnail_is_grey_and_small() -> None:
    """Whatever the photo's size."""
    pixels = np.zeros((48, 97, 3), np.uint8)
    pixels[:, :, 1] = 255
    assert thumbnail(pixels).shape == (32, 32)
    assert set(np.unique(thumbnail(pixels))) == {150}

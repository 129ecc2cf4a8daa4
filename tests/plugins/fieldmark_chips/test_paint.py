"""Painting over: what is hidden is gone, and what stays is left as it was."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.components import Context
from fieldmark.types import RGB, Box, Chip, Keypoints, Mask
from fieldmark_chips.paint import Paint
from fieldmark_chips.settings import PaintOptions
from fieldmark_sift import SIFT

FILLS = ["grey", "mean", "noise"]
"""What leaves nothing of what is hidden; `blur` leaves its colours."""


def disc(height: int = 100, width: int = 150, radius: int = 30) -> Mask:
    """Return a mask of a round animal in the middle."""
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < radius**2
    return np.asarray(inside, np.float32)


def scene(seed: int = 0, **given: Any) -> Chip:
    """Return a chip of blots, with a round animal in its mask."""
    noise = np.random.default_rng(seed).integers(0, 256, (100, 150, 3), dtype=np.uint8)
    pixels = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    return Chip(pixels, **({"mask": disc()} | given))


def painted(chip: Chip, **options: Any) -> Chip:
    """Return the chip with a part painted over."""
    return Paint(PaintOptions.model_validate(options)).apply(chip)


def changed(chip: Chip, where: np.ndarray[Any, np.dtype[np.bool_]], value: int = 255) -> Chip:
    """Return the chip with other pixels in a part of it."""
    pixels = chip.pixels.copy()
    pixels[where] = value - pixels[where]
    return Chip(pixels, animal=chip.animal, mask=chip.mask)


@pytest.mark.parametrize("fill", FILLS)
def test_nothing_of_the_animal_is_left(fill: str) -> None:
    """Two photos that differ only in the animal are one photo when it is hidden.

    Of noise this holds but for the noise itself, which the whole photo seeds.
    """
    chip = scene()
    other = changed(chip, disc() > 0)
    one, two = (painted(each, hide="animal", fill=fill) for each in (chip, other))
    visible = np.ones((100, 150), bool) if fill != "noise" else one.mask == 1
    assert np.array_equal(one.pixels[visible], two.pixels[visible])
    assert not np.array_equal(chip.pixels, other.pixels)


@given(st.floats(0, 0.05), st.floats(0, 0.1), st.integers(0, 9))
def test_the_animal_is_gone_however_soft_the_edge(soft: float, grow: float, seed: int) -> None:
    """Where the mask says anything of the animal, nothing of the photo stays."""
    mask = disc() * np.random.default_rng(seed).uniform(0.11, 1, (100, 150)).astype(np.float32)
    done = painted(scene(mask=mask), hide="animal", fill="grey", soft=soft, grow=grow)
    assert (done.pixels[mask >= 0.1] == 128).all()


@pytest.mark.parametrize("fill", FILLS)
def test_nothing_of_the_background_is_left(fill: str) -> None:
    """Two photos that differ only in the background look alike around the animal."""
    chip = scene()
    far = disc(radius=40) == 0
    one, two = (painted(each, fill=fill) for each in (chip, changed(chip, far)))
    if fill != "noise":
        assert np.array_equal(one.pixels[far], two.pixels[far])
    assert np.array_equal(one.pixels[disc(radius=24) > 0], chip.pixels[disc(radius=24) > 0])


def test_noise_differs_from_photo_to_photo() -> None:
    """The same photo is painted alike; two photos have no noise in common."""
    far = disc(radius=40) == 0
    one, again, other = (painted(scene(seed), fill="noise") for seed in (0, 0, 1))
    assert np.array_equal(one.pixels, again.pixels)
    assert np.corrcoef(one.pixels[far].ravel(), other.pixels[far].ravel())[0, 1] < 0.1


def test_the_mean_is_of_what_stays() -> None:
    """The paint says nothing of what it hides."""
    pixels = np.zeros((100, 150, 3), np.uint8)
    pixels[disc() > 0] = (200, 100, 50)
    done = painted(Chip(pixels, mask=disc()), fill="mean", soft=0)
    assert (done.pixels == (200, 100, 50)).all()


def test_blur_leaves_no_pattern() -> None:
    """Of stripes nothing is left, of their mean colour much."""
    pixels = np.zeros((100, 150, 3), np.uint8)
    pixels[:, ::6] = 240
    pixels[:, 1::6] = 240
    done = painted(Chip(pixels, mask=disc()), fill="blur")
    far = disc(radius=40) == 0
    assert done.pixels[far].std() < 10
    assert abs(float(done.pixels[far].mean()) - 80) < 10


def test_hiding_the_background_keeps_the_mask() -> None:
    """The mask still says where the animal is."""
    chip = scene()
    assert painted(chip).mask is chip.mask


def test_hiding_the_animal_turns_the_mask_round() -> None:
    """Keypoints of the control lie on the background, none of them on the painted edge."""
    done = painted(scene(), hide="animal")
    assert done.mask is not None
    assert (done.mask[disc() > 0] == 0).all()
    (made,) = SIFT.build(SIFT.options(), Context()).embed([done])
    assert isinstance(made, Keypoints)
    places = made.xy.astype(int)
    assert len(places) > 10
    assert (disc(radius=32)[places[:, 1], places[:, 0]] == 0).all()


def test_without_a_mask_the_box_is_the_animal() -> None:
    """What lies inside the box stays, or goes."""
    chip = scene(mask=None, animal=Box(0.2, 0.2, 0.4, 0.5))
    kept = painted(chip, fill="grey", soft=0)
    gone = painted(chip, hide="animal", fill="grey", soft=0, grow=0)
    assert np.array_equal(kept.pixels[25:65, 35:85], chip.pixels[25:65, 35:85])
    assert (kept.pixels[80:, 100:] == 128).all()
    assert (gone.pixels[25:65, 35:85] == 128).all()
    assert np.array_equal(gone.pixels[80:, 100:], chip.pixels[80:, 100:])
    assert kept.mask is None


@pytest.mark.parametrize("fill", [*FILLS, "blur"])
@pytest.mark.parametrize("hide", ["background", "animal"])
def test_an_animal_that_fills_the_picture_is_no_mistake(hide: str, fill: str) -> None:
    """With nothing to hide, or nothing that stays, there is a picture still."""
    chip = scene(mask=np.ones((100, 150), np.float32))
    done = painted(chip, hide=hide, fill=fill)
    assert done.size == chip.size
    assert np.array_equal(done.pixels, chip.pixels) == (hide == "background")


def test_every_channel_is_painted() -> None:
    """An edge channel made before would show the animal still."""
    pixels = np.concatenate([scene().pixels, scene().pixels[:, :, :1]], axis=2)
    chip = Chip(pixels, (*RGB, "edge"), mask=disc())
    assert (painted(chip, hide="animal", fill="grey").pixels[disc() > 0] == 128).all()

"""Quality: each part falls with its own fault, and with no other."""

from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark.types import Box, Chip, Pixels, SetAside
from fieldmark_chips.quality import Gate, Quality, measure


@cache
def coat() -> Pixels:
    """Return a striped picture with fine detail, brightness 40 to 215."""
    height, width, rng = 300, 420, np.random.default_rng(0)
    stripes = (np.sin(np.arange(width) / 9) > 0)[None, :, None] * np.ones((height, 1, 3))
    grain = rng.normal(0, 1, (height, width, 1))
    pixels = 127 + 60 * (2 * stripes - 1) + 14 * cv2.GaussianBlur(grain, (0, 0), 0.7)[..., None]
    return np.asarray(np.clip(pixels, 40, 215), np.uint8)


def blurred(sigma: float) -> Chip:
    """Return the picture out of focus."""
    return Chip(np.asarray(cv2.GaussianBlur(coat(), (0, 0), sigma), np.uint8))


def test_a_good_photo_is_good() -> None:
    """A sharp, large, well-lit animal in the middle of a photo has nothing against it."""
    assert measure(Chip(coat(), animal=Box(0.1, 0.1, 0.8, 0.8))).score > 0.7


def test_sharpness_falls_with_blur() -> None:
    """The more blurred, the lower; nothing else changes."""
    found = [measure(blurred(sigma)) for sigma in (0.8, 1.6, 3.2, 6.4)]
    sharpness = [each.sharpness for each in found]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[-1] < 0.4
    assert {(each.exposure, each.size, each.frame) for each in found} == {(1.0, 1.0, 1.0)}


@cache
def brilliant() -> float:
    """Return the sharpness of the picture as it is."""
    return measure(Chip(coat())).sharpness


@settings(max_examples=30)
@given(st.floats(0.35, 1.0), st.integers(-30, 30))
def test_sharpness_does_not_depend_on_contrast_or_brightness(contrast: float, light: int) -> None:
    """A dull or a dark photo in focus is as sharp as a brilliant one."""
    pixels = 127 + contrast * (coat().astype(np.float64) - 127) + light
    dull = Chip(np.rint(pixels.clip(2, 253)).astype(np.uint8))
    assert measure(dull).sharpness == pytest.approx(brilliant(), abs=0.12)


def test_infrared_is_not_punished() -> None:
    """A grey photo is judged as a colour photo of the same scene; so is a single channel."""
    grey = np.asarray(cv2.cvtColor(coat(), cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
    three, one = Chip(np.repeat(grey, 3, axis=2)), Chip(grey, channels=("grey",))
    colour = measure(Chip(coat()))
    for chip in (three, one):
        assert measure(chip).score == pytest.approx(colour.score, abs=0.01)


def test_night_around_the_animal_is_not_punished() -> None:
    """Black round the animal's box is no fault of exposure."""
    night = np.zeros((600, 840, 3), np.uint8)
    night[150:450, 210:630] = coat()
    found = measure(Chip(night, animal=Box(0.25, 0.25, 0.5, 0.5)))
    assert found.exposure == 1
    assert found.score > 0.7


@pytest.mark.parametrize("value", [0, 255])
def test_exposure_falls_with_what_is_clipped(value: int) -> None:
    """Half of the animal black or white: nothing is left of exposure."""
    pixels = coat().copy()
    pixels[:, 210:] = value
    assert measure(Chip(pixels)).exposure == pytest.approx(0, abs=0.02)


def test_size_is_that_of_the_animal_in_the_photo() -> None:
    """An animal of 105 pixels in a large photo has the size 105/256."""
    found = measure(Chip(coat(), animal=Box(0.2, 0.2, 0.25, 0.25)))
    assert found.size == pytest.approx(105 / 256, abs=0.01)


@pytest.mark.parametrize(
    ("box", "frame"),
    [
        (Box(0.1, 0.1, 0.5, 0.5), 1.0),
        (Box(0.0, 0.1, 0.5, 0.5), 0.75),
        (Box(0.0, 0.0, 0.5, 0.5), 0.5),
        (Box(0.0, 0.0, 1.0, 0.5), 0.25),
        (Box(), 1.0),
    ],
)
def test_frame_counts_the_borders_that_the_box_touches(box: Box, frame: float) -> None:
    """Each border takes a quarter; a box that is the whole photo says nothing."""
    assert measure(Chip(coat(), animal=box)).frame == frame


def test_frame_is_the_photos_not_the_chips() -> None:
    """A chip that was cut out of the middle of a photo is not cut off by the frame."""
    cut = Chip(coat(), animal=Box(0.0, 0.1, 1.0, 0.8), region=Box(0.3, 0.3, 0.4, 0.4))
    assert measure(cut).frame == 1


def test_one_bad_part_makes_the_score_bad() -> None:
    """Nothing makes up for a photo in which all is black."""
    assert measure(Chip(np.zeros((300, 420, 3), np.uint8))).score == 0


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (Quality(0.1, 0.2, 0.3, 0.4), "blurred"),
        (Quality(0.9, 0.2, 0.3, 0.4), "badly exposed"),
        (Quality(0.9, 0.9, 0.3, 0.4), "small"),
        (Quality(0.9, 0.9, 0.9, 0.4), "cut off by the frame"),
    ],
)
def test_the_score_is_the_lowest_part(found: Quality, fault: str) -> None:
    """The score and the words are those of the part with the most against it."""
    assert found.score == min(found.sharpness, found.exposure, found.size, found.frame)
    assert found.fault == fault


def gated(chip: Chip, floor: float) -> Chip | SetAside:
    """Return what a gate makes of a chip."""
    return Gate(floor).apply(chip)


def test_floor_sets_aside_in_words() -> None:
    """The reason names the score, what it finds fault with, and the floor."""
    done = gated(blurred(8), 0.9)
    assert isinstance(done, SetAside)
    found = measure(blurred(8))
    assert done.reason == f"quality {found.sharpness:.2f} (blurred) is under the floor 0.9"


def test_nothing_is_set_aside_without_a_floor() -> None:
    """At the default floor the worst photo passes, unchanged."""
    black: Any = Chip(np.zeros((300, 420, 3), np.uint8))
    assert gated(black, 0.0) is black


def test_good_photos_pass_unchanged() -> None:
    """Above the floor a chip is the same chip."""
    chip = Chip(coat())
    assert gated(chip, 0.5) is chip


def test_unknown_channels_are_refused() -> None:
    """A picture without colours or grey is refused, and the message says what to do."""
    with pytest.raises(UserError, match="quality needs the channels"):
        measure(Chip(np.zeros((40, 40, 1), np.uint8), channels=("edges",)))

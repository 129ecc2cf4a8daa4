from dataclasses import replace

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.synthetic.animals import box_of
from fieldmark.synthetic.chips import render_chip
from fieldmark.synthetic.noise import FloatArray
from fieldmark.synthetic.scenes import station_scene
from fieldmark.synthetic.shots import Shot, frame_box, take

SHOT = Shot(
    kind="stripes",
    individual_seed=3,
    flank="left",
    scene_seed=1,
    station=0,
    hour=12.0,
    seed=11,
    size=(160, 120),
)
BLUR_REACH = 8


def test_identity_changes_nothing_but_the_coat() -> None:
    """Another individual in the same shot: same box, same mask, same pixels off the animal."""
    for hour in (12.0, 18.0, 23.0):
        first = take(replace(SHOT, hour=hour))
        second = take(replace(SHOT, hour=hour, individual_seed=4))
        assert first.box == second.box
        assert np.array_equal(first.mask, second.mask)
        x, y, width, height = first.box
        off = np.ones(first.mask.shape, np.bool_)
        left, top = max(x - BLUR_REACH, 0), max(y - BLUR_REACH, 0)
        off[top : y + height + BLUR_REACH, left : x + width + BLUR_REACH] = False
        assert off.mean() > 0.1
        assert np.array_equal(first.pixels[off], second.pixels[off])
        assert not np.array_equal(first.pixels, second.pixels)


@pytest.mark.parametrize("seed", range(8))
def test_box_and_mask_agree(seed: int) -> None:
    """The box holds the mask, touches it where no grass hides it, and needs no full drawing."""
    shot = replace(SHOT, seed=seed, flank="right" if seed % 2 else "left", station=seed % 3)
    picture = take(shot)
    x, y, width, height = picture.box
    assert picture.box == frame_box(shot)
    assert 0 <= x < x + width <= shot.size[0]
    assert 0 <= y < y + height <= shot.size[1]
    seen = box_of(picture.mask > 0.5)
    assert seen[0] >= x
    assert seen[1] >= y
    assert seen[0] + seen[2] <= x + width
    assert seen[1] + seen[3] <= y + height
    assert seen[2] * seen[3] > 0.5 * width * height


def test_picture_is_what_it_says() -> None:
    """Pixels and mask have the documented shapes, types and ranges."""
    picture = take(SHOT)
    assert picture.pixels.shape == (120, 160, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.mask.shape == (120, 160)
    assert picture.mask.dtype == np.float32
    assert picture.mask.min() >= 0
    assert picture.mask.max() <= 1


def test_night_is_grey_and_day_is_not() -> None:
    """An infrared photo has no colour; a photo at noon has."""
    night, day = (take(replace(SHOT, hour=hour)).pixels.astype(int) for hour in (23.0, 12.0))
    assert np.ptp(night, axis=2).max() == 0
    assert np.ptp(day, axis=2).mean() > 5


def test_station_keeps_its_scene() -> None:
    """Backgrounds of one station are alike from photo to photo; those of two stations are not."""
    size = (160, 120)
    first, other = (station_scene(1, station, size).pixels for station in (0, 1))
    assert np.array_equal(first, station_scene.__wrapped__(1, 0, size).pixels)
    views = [_corner(replace(SHOT, seed=seed, station=station)) for seed, station in _VIEWS]
    same, other_place = (float(np.corrcoef(views[0], view)[0, 1]) for view in views[1:])
    assert same > 0.4
    assert same > other_place + 0.2
    assert not np.array_equal(first, other)


_VIEWS = ((21, 0), (22, 0), (23, 1))


def _corner(shot: Shot) -> FloatArray:
    """Return the top quarter of a photo, above the animal, small and flat."""
    pixels = take(shot).pixels[:32].astype(np.float32)
    return np.asarray(pixels.reshape(8, 4, 16, 10, 3).mean(axis=(1, 3)).ravel(), np.float32)


def test_chip_is_pure_and_shaped() -> None:
    """A chip depends on its arguments alone and has the size asked for; its animal fills it."""
    pixels, mask = render_chip(3, "right", 7, (64, 128), "rosettes")
    again, mask_again = render_chip(3, "right", 7, (64, 128), "rosettes")
    assert pixels.shape == (64, 128, 3)
    assert pixels.dtype == np.uint8
    assert mask.shape == (64, 128)
    assert mask.dtype == np.float32
    assert np.array_equal(pixels, again)
    assert np.array_equal(mask, mask_again)
    assert 0.12 < mask.mean() < 0.7


def test_chip_pose_says_nothing_about_identity() -> None:
    """The pose seed alone decides a chip's mask; the individual's seed does not touch it."""
    _, first = render_chip(3, "left", 7, (64, 128), "stripes")
    _, second = render_chip(4, "left", 7, (64, 128), "stripes")
    _, moved = render_chip(3, "left", 8, (64, 128), "stripes")
    assert np.array_equal(first, second)
    assert not np.array_equal(first, moved)


def test_tiny_chip_is_refused() -> None:
    """A chip too small to show an animal gives an error that says what is allowed."""
    with pytest.raises(UserError, match="at least 32"):
        render_chip(3, "left", 7, (16, 128), "stripes")

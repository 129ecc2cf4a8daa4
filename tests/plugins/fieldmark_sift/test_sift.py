"""RootSIFT keypoints: how many, where, and how described."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip, Floats, Keypoints
from fieldmark_sift import SIFT
from fieldmark_sift.sift import root


def coat(seed: int = 0) -> Chip:
    """Return a picture of blots."""
    noise = np.random.default_rng(seed).integers(0, 256, (160, 220, 3), dtype=np.uint8)
    return Chip(np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.5), np.uint8))


def keypoints(chip: Chip, **options: Any) -> Keypoints:
    """Return the keypoints of one chip."""
    (made,) = SIFT.build(SIFT.options(**options), Context()).embed([chip])
    assert isinstance(made, Keypoints)
    return made


def test_blank_photo_has_no_keypoints() -> None:
    """A picture of one colour has no keypoints and raises nothing."""
    made = keypoints(Chip(np.full((200, 300, 3), 77, np.uint8)))
    assert made.descriptors.shape == (0, 128)


def test_budget_keeps_the_strongest() -> None:
    """A smaller budget keeps a part of what a larger one keeps."""
    many, few = keypoints(coat(), max_keypoints=100), keypoints(coat(), max_keypoints=20)
    assert len(few) == 20
    assert {tuple(p) for p in few.xy.tolist()} <= {tuple(p) for p in many.xy.tolist()}


def test_upright_places_are_described_once() -> None:
    """Without orientations, a place and size appears once, at the angle 0."""
    made = keypoints(coat(), max_keypoints=2000)
    places = np.column_stack([made.xy, made.scale]).round(1)
    assert len(np.unique(places, axis=0)) == len(made)
    assert not made.angle.any()


def test_oriented_keypoints_turn_with_the_picture() -> None:
    """With orientations, a quarter turn of the picture turns most descriptors with it."""
    chip = coat()
    turned = Chip(np.ascontiguousarray(np.rot90(chip.pixels)))
    one, other = (keypoints(each, upright=False).descriptors.astype(int) for each in (chip, turned))
    nearest = np.array([np.abs(other - each).sum(1).min() for each in one])
    assert np.median(nearest) < 600


def test_mask_weighs_keypoints() -> None:
    """Where the mask is 0 there are no keypoints; elsewhere they carry its value."""
    mask = np.zeros(coat().size, np.float32)
    mask[:, 110:] = 0.75
    made = keypoints(Chip(coat().pixels, mask=mask))
    assert len(made)
    assert (made.xy[:, 0] >= 110).all()
    assert (made.weight == 0.75).all()


@given(arrays.arrays(np.float32, (3, 128), elements=st.integers(0, 255).map(float)))
def test_root_has_one_length(descriptors: Floats) -> None:
    """RootSIFT vectors are 512 long, but for rounding and the entries cut off at 255."""
    made = root(descriptors).astype(np.float64)
    for before, after in zip(descriptors, made, strict=True):
        if before.sum() and after.max() < 255:
            assert np.linalg.norm(after) == pytest.approx(512, abs=12)


def test_grey_pictures_are_taken() -> None:
    """A chip with one grey channel gives keypoints, as a colour picture does."""
    assert len(keypoints(Chip(coat().pixels[:, :, :1], channels=("grey",))))


def test_other_channels_are_refused() -> None:
    """Without colours or grey, the message says what is needed."""
    with pytest.raises(UserError, match="a channel grey, got edges"):
        keypoints(Chip(coat().pixels[:, :, :1], channels=("edges",)))

"""ORB, SIFT and BRISK in one vector, where its layout says."""

import cv2
import numpy as np
import pytest

from fieldmark.testing.subjects import picture
from fieldmark.types import Chip
from fieldmark_baselines.descriptors import LENGTH, OrbSiftBrisk


@pytest.fixture(scope="module")
def maker() -> OrbSiftBrisk:
    """Return the embedder at the size of the test's picture."""
    return OrbSiftBrisk(256)


def test_the_parts_lie_where_the_layout_says(maker: OrbSiftBrisk) -> None:
    """SIFT follows the 65 numbers of ORB: 128 means, 128 deviations, log(1 + n) / log(501)."""
    pixels = picture(1, 192, 256)
    found = maker.values(Chip(pixels))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    _, sift = getattr(cv2, "SIFT_create")(500).detectAndCompute(grey, None)  # noqa: B009
    unit = sift / 255
    assert found.shape == (LENGTH,)
    assert np.allclose(found[65:193], unit.mean(axis=0), atol=1e-6)
    assert np.allclose(found[193:321], unit.std(axis=0), atol=1e-6)
    assert found[321] == pytest.approx(np.log(1 + len(unit)) / np.log(501), abs=1e-6)


def test_a_blank_chip_is_all_zeros(maker: OrbSiftBrisk) -> None:
    """Without keypoints there is nothing to sum up."""
    assert not maker.values(Chip(np.full((64, 64, 3), 128, np.uint8))).any()


def test_the_mask_keeps_keypoints_on_the_animal(maker: OrbSiftBrisk) -> None:
    """A mask changes what is described, and one of zeros leaves nothing."""
    pixels = picture(1, 192, 256)
    left = np.zeros((192, 256), np.float32)
    nothing = maker.values(Chip(pixels, mask=left.copy()))
    left[:, :128] = 1
    half, whole = maker.values(Chip(pixels, mask=left)), maker.values(Chip(pixels))
    assert not nothing.any()
    assert not np.allclose(half, whole)
    assert half[321] < whole[321]


def test_a_sliver_is_no_reason_to_fail(maker: OrbSiftBrisk) -> None:
    """OpenCV never sees a picture narrower than 16 pixels."""
    assert maker.values(Chip(np.zeros((1, 900, 3), np.uint8))).shape == (LENGTH,)

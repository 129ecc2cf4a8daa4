"""The values that plugins exchange: they check themselves, and boxes keep their place."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.types import (
    Box,
    Candidate,
    Chip,
    Detection,
    Explanation,
    FeatureKind,
    Heat,
    Keypoints,
    Side,
    Vector,
)

FRACTION = st.floats(0, 1, allow_subnormal=False)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Return a box of at least a hundredth of the image on each side."""
    w, h = draw(st.floats(0.01, 1)), draw(st.floats(0.01, 1))
    return Box(draw(FRACTION) * (1 - w), draw(FRACTION) * (1 - h), w, h)


def numbers(box: Box) -> tuple[float, float, float, float]:
    """Return x, y, w, h."""
    return box.x, box.y, box.w, box.h


@pytest.mark.parametrize(
    "values",
    [(-0.1, 0, 1, 1), (0.5, 0, 0.6, 1), (0, 0, 0, 1), (0, 0, 1, -1), (0, 0, 2, 1), (1, 0, 1e-4, 1)],
)
def test_impossible_boxes_are_refused(values: tuple[float, ...]) -> None:
    """A box that leaves the image, or has no area, says what was expected."""
    with pytest.raises(ValueError, match="expected a box"):
        Box(*values)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_boxes_hold_numbers(value: float) -> None:
    """Infinity and not-a-number are refused at every place."""
    for place in range(4):
        values = [0.1, 0.1, 0.5, 0.5]
        values[place] = value
        with pytest.raises(ValueError, match="expected a box"):
            Box(*values)


def test_rounding_is_forgiven() -> None:
    """Detectors write boxes that leave the image by a hair; they are clipped."""
    assert numbers(Box(-0.0005, 0.5, 1.0009, 0.5004)) == (0.0, 0.5, 1.0, 0.5)


@given(boxes(), boxes())
def test_placing_a_box_and_seeing_it_again(box: Box, region: Box) -> None:
    """A box seen from a region, placed back, is where it was."""
    placed = box.placed_in(region)
    assert numbers(placed.seen_from(region)) == pytest.approx(numbers(box), abs=1e-6)


@given(boxes(), st.floats(0, 2))
def test_grown_box_holds_the_box(box: Box, margin: float) -> None:
    """A margin makes a box larger, and never larger than the image."""
    grown = box.grown(margin)
    assert grown.x <= box.x + 1e-9
    assert grown.x + grown.w >= min(box.x + box.w, 1) - 1e-9
    assert grown.y >= 0
    assert grown.y + grown.h <= 1 + 1e-9


@given(boxes(), st.integers(1, 5000), st.integers(1, 5000))
def test_pixels_lie_in_the_image(box: Box, width: int, height: int) -> None:
    """In whole pixels a box is at least one pixel large and inside the image."""
    left, top, right, bottom = box.pixels(width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_boxes_apart_cannot_be_seen() -> None:
    """A box outside a region cannot be expressed in it."""
    with pytest.raises(ValueError, match="expected a box"):
        Box(0, 0, 0.2, 0.2).seen_from(Box(0.5, 0.5, 0.5, 0.5))


def test_box_from_pixels() -> None:
    """Pixels become fractions of width and height."""
    assert numbers(Box.from_pixels(10, 20, 30, 40, (100, 200))) == (0.1, 0.1, 0.3, 0.2)


def test_opposite_sides() -> None:
    """Flanks and ends have an opposite; the top and the unknown have none."""
    assert Side.LEFT.opposite is Side.RIGHT
    assert Side.BACK.opposite is Side.FRONT
    assert Side.TOP.opposite is None
    assert Side.UNKNOWN.opposite is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pixels": np.zeros((2, 3), np.uint8)}, "H×W×C of uint8, got"),
        ({"pixels": np.zeros((2, 3, 3), np.float32)}, "got .* of float32"),
        ({"pixels": np.zeros((0, 3, 3), np.uint8)}, "H×W×C of uint8"),
        ({"channels": ("grey",)}, "expected 3 channel names"),
        ({"mask": np.zeros((3, 2), np.float32)}, r"a mask \(2, 3\) of float32"),
        ({"mask": np.zeros((2, 3), np.uint8)}, "a mask"),
    ],
)
def test_chips_check_themselves(changes: dict[str, Any], words: str) -> None:
    """A chip of a wrong shape or type says what was expected and what it got."""
    good: dict[str, Any] = {"pixels": np.zeros((2, 3, 3), np.uint8)}
    assert Chip(**good).size == (2, 3)
    with pytest.raises(ValueError, match=words):
        Chip(**{**good, **changes})


def points(n: int = 2, **changes: Any) -> Keypoints:
    """Return keypoints with some parts changed."""
    good: dict[str, Any] = {
        "xy": np.array([[10, 20], [100, 50]], np.float32)[:n],
        "scale": np.ones(n, np.float32),
        "angle": np.zeros(n, np.float32),
        "weight": np.ones(n, np.float32),
        "descriptors": np.zeros((n, 8), np.uint8),
        "size": (50, 100),
    }
    return Keypoints(**{**good, **changes})


@pytest.mark.parametrize("part", ["xy", "scale", "angle", "weight", "descriptors"])
def test_keypoints_check_themselves(part: str) -> None:
    """A part of a wrong type or length says what was expected."""
    good = getattr(points(), part)
    for wrong in (good.astype(np.float64), good[:1]):
        with pytest.raises(ValueError, match="expected"):
            points(**{part: wrong})


def test_keypoints_in_the_photo() -> None:
    """A keypoint of a chip has its place in the photo, as fractions."""
    region = Box(0.5, 0.2, 0.5, 0.4)
    expected = np.array([[0.55, 0.36], [1.0, 0.6]], np.float32)
    np.testing.assert_allclose(points(region=region).in_photo(), expected, rtol=1e-6)
    assert len(points(0)) == 0
    assert points(0).in_photo().shape == (0, 2)


def test_features_know_their_kind() -> None:
    """A vector and keypoints say what they are."""
    assert Vector(np.zeros(3, np.float32)).kind is FeatureKind.VECTOR
    assert points().kind is FeatureKind.KEYPOINTS


def test_small_values_check_themselves() -> None:
    """Vectors, detections, candidates and explanations refuse what breaks their promise."""
    with pytest.raises(ValueError, match="of float32, got"):
        Vector(np.zeros(3))  # type: ignore[arg-type] # the point of the test
    with pytest.raises(ValueError, match=r"a score in 0–1, got 1\.1"):
        Detection(Box(), "animal", 1.1)
    with pytest.raises(ValueError, match="at least one annotation"):
        Candidate(1, 0.5, ())
    with pytest.raises(ValueError, match=r"query_xy \(1, 2\)"):
        Explanation(weights=np.ones(1, np.float32))
    assert len(Explanation()) == 0


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 3, 1)])
def test_a_heat_map_has_two_axes(shape: tuple[int, ...]) -> None:
    """A map that is no picture, or empty, or of another type, says what was expected."""
    with pytest.raises(ValueError, match="expected a map H×W of float32"):
        Heat(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="float64"):
        Heat(np.zeros((2, 3)))  # type: ignore[arg-type]

"""A photo in a picture of the network's size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_yolox.letterbox import letter


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(480, 640, (96, 128)), (640, 480, (128, 96)), (32, 64, (64, 128)), (5, 4000, (1, 128))],
)
def test_the_shape_is_kept(height: int, width: int, expected: tuple[int, int]) -> None:
    """A photo is made to fit the picture, from its top left corner; the rest is grey."""
    made = letter(np.full((height, width, 3), 200, np.uint8), (128, 128))
    assert made.blob.shape == (1, 3, 128, 128)
    assert (made.height, made.width) == expected
    assert (made.blob[0, :, : made.height, : made.width] == 200).all()
    assert (made.blob[0, :, made.height :] == 114).all()
    assert (made.blob[0, :, :, made.width :] == 114).all()


def test_colours_are_blue_green_red() -> None:
    """The network is given blue first, as it was trained."""
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[...] = 10, 20, 30
    assert letter(photo, (64, 64)).blob[0, :, 0, 0].tolist() == [30, 20, 10]


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    corner=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    share=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)),
)
def test_boxes_come_back(
    height: int, width: int, corner: tuple[float, float], share: tuple[float, float]
) -> None:
    """A box of the photo, put into the picture and back, is the same box, within the photo."""
    made = letter(np.zeros((height, width, 3), np.uint8), (96, 64))
    left, top = corner
    right, bottom = left + share[0] * (1 - left), top + share[1] * (1 - top)
    box = np.array([[left, top, right, bottom]])
    scaled = (box * [made.width, made.height, made.width, made.height]).astype(np.float32)
    np.testing.assert_allclose(made.fractions(scaled), box, atol=1e-5)
    beyond = made.fractions(np.array([[-9, -9, 999, 999]], np.float32))
    assert beyond.tolist() == [[0, 0, 1, 1]]

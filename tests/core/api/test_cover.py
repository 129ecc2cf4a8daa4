"""A covered part of a photo keeps nothing of what was there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.api.cover import GREY, comment_of, covered, is_complete, write_copy
from fieldmark.images import open_photo
from fieldmark.types import WHOLE, Box, Pixels


def _noise(seed: int = 0, size: tuple[int, int] = (90, 130)) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def test_a_covered_part_has_one_colour() -> None:
    """One colour has no edges and no texture that could be sharpened again."""
    result = covered(_noise(), [Box(0.25, 0.3, 0.4, 0.5)])
    inside = result[27:72, 33:84]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize(
    "boxes", [[Box(0.25, 0.3, 0.4, 0.5)], [Box(0, 0, 0.5, 1), Box(0.4, 0, 0.3, 1)]]
)
def test_what_was_inside_makes_no_difference(boxes: list[Box]) -> None:
    """Two photos that differ only in who stands there become the same picture."""
    one = _noise()
    other = one.copy()
    for box in boxes:
        left, top, right, bottom = box.pixels(130, 90)
        other[top:bottom, left:right] = _noise(1)[top:bottom, left:right]
    assert not np.array_equal(one, other)
    assert np.array_equal(covered(one, boxes), covered(other, boxes))


def test_every_pixel_that_a_box_touches_is_covered() -> None:
    """The edge of a box seldom falls between two pixels; the pixel it cuts belongs to it."""
    white = np.full((10, 10, 3), 255, dtype=np.uint8)
    white[2, 2] = white[4, 4] = 0
    cut_on_the_left = covered(white, [Box(0.29, 0.29, 0.105, 0.105)])
    assert (cut_on_the_left[2, 2].min(), cut_on_the_left[4, 4].max()) == (255, 0)
    assert covered(white, [Box(0.29, 0.29, 0.111, 0.111)]).min() == 255


def test_outside_nothing_changes_and_the_photo_is_not_touched() -> None:
    """Only the copy is covered, and only where a box is."""
    photo = _noise()
    before = photo.copy()
    result = covered(photo, [Box(0.5, 0.5, 0.2, 0.2)])
    assert np.array_equal(photo, before)
    assert np.array_equal(result[:45], before[:45])
    assert np.array_equal(covered(photo, []), before)


def test_a_photo_that_is_covered_entirely_is_grey() -> None:
    """Nothing is around it, so its colour comes from nowhere."""
    assert np.array_equal(np.unique(covered(_noise(), [WHOLE])), [GREY])


def test_after_the_jpeg_no_detail_is_left(tmp_path: Path) -> None:
    """Nor does the compression bring anything back: the part varies by less than two grey levels.

    Eight pixels along the edge, one block of JPEG, may take on what is outside.
    """
    write_copy(covered(_noise(), [Box(0.25, 0.2, 0.5, 0.6)]), tmp_path / "a.jpg", "x")
    inside = open_photo(tmp_path / "a.jpg")[18 + 16 : 72 - 16, 33 + 16 : 97 - 16]
    assert inside.size > 500
    assert np.ptp(inside.astype(int), axis=(0, 1)).max() < 2


def test_a_copy_holds_the_picture_and_the_comment_alone(tmp_path: Path) -> None:
    """No group of tags, no profile, no second picture."""
    write_copy(_noise(), tmp_path / "a.jpg", "fieldmark 12")
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "comment"}
    assert comment_of(tmp_path / "a.jpg") == "fieldmark 12"


def test_a_copy_that_was_cut_off_is_known_as_ours_and_as_cut_off(tmp_path: Path) -> None:
    """So it is made again; what is no picture has no comment."""
    path = tmp_path / "a.jpg"
    write_copy(_noise(), path, "fieldmark 12")
    assert is_complete(path)
    path.write_bytes(path.read_bytes()[:-200])
    assert (comment_of(path), is_complete(path)) == ("fieldmark 12", False)
    path.write_bytes(b"")
    assert (comment_of(path), is_complete(path)) == (None, False)
    assert comment_of(tmp_path / "none.jpg") is None

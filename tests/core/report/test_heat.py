"""Heat maps over photos, what is drawn of a pair, and what is said of it."""

import base64
import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fieldmark.report.evidence import Background
from fieldmark.report.heat import coloured, heat_uris, legend, over
from fieldmark.report.pair import Shown, draw_shown, stacked, titled
from fieldmark.report.view import Sighting
from fieldmark.types import WHOLE, Box, Chip, Explanation, Features, Heat, Mask, Side

GREY = Image.new("RGB", (80, 40), (90, 90, 90))


def hot(height: int = 8, width: int = 16) -> Mask:
    """Return a map that is hottest everywhere."""
    return np.ones((height, width), np.float32)


def changed(picture: Image.Image) -> NDArray[np.bool_]:
    """Return which pixels are no longer grey."""
    pixels = np.asarray(picture).astype(int)
    return np.asarray(np.ptp(pixels, axis=2) > 0)


def test_nothing_is_drawn_outside_the_box() -> None:
    """A map that is hot everywhere colours the animal's box and no pixel beside it."""
    drawn = changed(over(GREY, WHOLE, Heat(hot()), Box(0.25, 0.5, 0.5, 0.5)))
    expected = np.zeros((40, 80), bool)
    expected[20:, 20:60] = True
    np.testing.assert_array_equal(drawn, expected)


def test_a_map_lies_where_its_region_is() -> None:
    """A map of the photo's right half is drawn at the right of a picture of its upper half."""
    heat = Heat(hot(), Box(0.5, 0, 0.5, 1))
    drawn = changed(over(GREY, Box(0, 0, 1, 0.5), heat, WHOLE))
    assert not drawn[:, :40].any()
    assert drawn[:, 40:].all()


def test_hotter_is_lighter_and_less_see_through() -> None:
    """Colours are ordered in lightness, so that they can be read in grey, too."""
    made = coloured(np.linspace(0, 1, 11, dtype=np.float32)[None]).astype(float)[0]
    light = made[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > 0).all()
    assert (np.diff(made[:, 3]) > 0).all()
    assert made[0, 3] == 0
    assert legend(30, 4).size == (30, 4)


class Halves:
    """Finds the likeness in the left half of the query and in all of the candidate."""

    def embed(self, chips: object) -> list[Features]:
        """Is not asked."""
        raise AssertionError(chips)

    def heat(self, query: Chip, candidate: Chip) -> tuple[Mask, Mask]:
        """Return the two maps."""
        left = np.zeros(query.size, np.float32)
        left[:, : query.size[1] // 2] = 1
        return left, np.ones(candidate.size, np.float32)


def test_pages_get_maps_that_cover_the_box() -> None:
    """A PNG shows the box: the hot left half of the chip fills the left half of the middle box."""
    chip = Chip(np.zeros((40, 80, 3), np.uint8), animal=Box(0.25, 0, 0.5, 1))
    one, other = (_opened(uri) for uri in heat_uris(chip, chip, Halves()))
    alpha = one[:, :, 3] > 0
    assert alpha[:, : alpha.shape[1] // 2].all()
    assert not alpha[:, alpha.shape[1] // 2 :].any()
    assert (other[:, :, 3] > 0).all()


def _opened(uri: str) -> NDArray[np.uint8]:
    kind, _, text = uri.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        return np.asarray(picture)


def sighting(path: Path | None = None, box: Box = WHOLE) -> Sighting:
    """Return a sighting, without a photo unless one is given."""
    when = datetime(2024, 5, 1)
    return Sighting(1, path, "cam/IMG_1.jpg", box, Side.LEFT, "Maya", "ST1", when, 1)


def test_points_outside_the_boxes_are_not_drawn() -> None:
    """A pair of points off the animal leaves the picture as it was."""
    box = Box(0.3, 0.3, 0.4, 0.4)
    xy, off = np.array([[0.5, 0.5]], np.float32), np.array([[0.01, 0.5]], np.float32)
    weight = np.ones(1, np.float32)
    plain, inside, outside = (
        np.asarray(draw_shown(sighting(box=box), sighting(box=box), Shown(points)))
        for points in (Explanation(), Explanation(xy, xy, weight), Explanation(xy, off, weight))
    )
    assert (plain != inside).any()
    np.testing.assert_array_equal(plain, outside)


def test_long_sentences_are_wrapped_and_warnings_are_red() -> None:
    """Nothing that is said is cut off: the picture grows instead."""
    short = draw_shown(sighting(), sighting(), Shown(sentences=("One.",)))
    many = ("A sentence of words that goes on and on. " * 9,)
    long = draw_shown(sighting(), sighting(), Shown(sentences=many))
    red = np.asarray(draw_shown(sighting(), sighting(), Shown(warnings=("Look.",)))).astype(int)
    assert long.width == short.width
    assert long.height > short.height
    assert (red[:, :, 0] - red[:, :, 1] > 80).any()
    edge = np.asarray(long)[-40:, -4:]
    assert (edge == 255).all()


def test_pictures_are_stacked_whole() -> None:
    """One under another, as wide as the widest."""
    title = titled(Image.new("RGB", (10, 20)), "I")
    made = stacked([title, Image.new("RGB", (30, 5))])
    assert title.height > 20
    assert made.width == 30
    assert made.height > title.height + 5


@pytest.mark.parametrize(
    ("share", "even", "warned"),
    [(0.4, 0.1, False), (0.6, 0.1, True), (0.6, 0.7, False), (0.8, 0.7, True), (None, 0.2, False)],
)
def test_most_of_the_evidence_and_more_than_by_chance_is_warned_of(
    share: float | None, even: float, warned: bool
) -> None:
    """Half of it at least, and more than evenly spread evidence would have there."""
    said = Background(share, even, masked=True).warning
    assert (said is not None) == warned
    if said is not None:
        assert f"{share:.0%}".replace("%", " %") in said


def test_it_is_said_what_a_box_cannot_tell() -> None:
    """Without a mask, background inside the box counts as the animal, and the reader is told."""
    assert "Without a mask" in Background(0.1, 0.2, masked=False).sentence
    assert "spread evenly" in Background(0.1, 0.2, masked=True).sentence
    assert "is not known" in Background(0.0, 0.0, masked=False).sentence
    assert "0 % of the evidence" in Background(0.0, 0.0, masked=True).sentence
    assert "Nothing was found" in Background(None, 0.2, masked=False).sentence

"""What becomes of a network's boxes is settled here, and is the same for every variant."""

import numpy as np
import pytest

from fieldmark.types import Box, Floats
from fieldmark_megadetector.suppression import detections, inside, overlap

LABELS = ("animal", "person", "vehicle")
LEAST = dict.fromkeys(LABELS, 0.2)
SIZE = (100, 200)


def rows(*given: tuple[float, ...]) -> Floats:
    """Return boxes as rows: left, top, right, bottom, score, class."""
    return np.array(given, np.float32).reshape(-1, 6)


def test_boxes_are_fractions_of_the_photo() -> None:
    """X is divided by the width and y by the height, in photos of any shape."""
    (found,) = detections(rows((20, 30, 60, 80, 0.9, 1)), SIZE, LABELS, LEAST, 0.5)
    assert found.box == Box(0.1, 0.3, 0.2, 0.5)
    assert (found.label, round(found.score, 3)) == ("person", 0.9)


def test_every_label_has_its_own_threshold() -> None:
    """A box under the threshold of its label is not returned; at it, it is."""
    given = rows((0, 0, 50, 50, 0.5, 0), (60, 0, 90, 50, 0.5, 1), (100, 0, 150, 50, 0.25, 2))
    found = detections(given, SIZE, LABELS, {"animal": 0.5, "person": 0.6, "vehicle": 0.2}, 0.5)
    assert [each.label for each in found] == ["animal", "vehicle"]


def test_of_overlapping_boxes_the_surest_stays() -> None:
    """Two boxes of one label that overlap by more than the limit are one; else they are two."""
    given = rows((0, 0, 100, 100, 0.6, 0), (0, 0, 100, 50, 0.9, 0))
    assert [each.score for each in detections(given, SIZE, LABELS, LEAST, 0.49)] == [
        pytest.approx(0.9)
    ]
    assert len(detections(given, SIZE, LABELS, LEAST, 0.51)) == 2


def test_a_dropped_box_drops_no_other() -> None:
    """Suppression goes from the surest down: what is dropped suppresses nothing itself."""
    given = rows((0, 0, 60, 100, 0.9, 0), (30, 0, 90, 100, 0.8, 0), (60, 0, 120, 100, 0.7, 0))
    found = detections(given, SIZE, LABELS, LEAST, 0.3)
    assert [round(each.score, 1) for each in found] == [0.9, 0.7]


def test_labels_do_not_suppress_each_other() -> None:
    """A rider and a horse in one place are two."""
    given = rows((0, 0, 50, 50, 0.6, 0), (0, 0, 50, 50, 0.9, 1))
    assert len(detections(given, SIZE, LABELS, LEAST, 0.5)) == 2


def test_two_hundred_animals_are_two_hundred() -> None:
    """A herd is not cut off, and nothing is found twice."""
    grid = [(x * 10, y * 10, x * 10 + 9, y * 10 + 9, 0.9, 0) for x in range(20) for y in range(10)]
    assert len(detections(rows(*grid, *grid), SIZE, LABELS, LEAST, 0.5)) == 200


def test_boxes_are_cut_to_the_frame() -> None:
    """What lies outside is cut off; what is outside, has no area or is no number is dropped."""
    given = rows(
        (-20, -10, 100, 50, 0.9, 0),
        (-20, -10, 0, 50, 0.9, 0),
        (10, 10, 10, 50, 0.9, 0),
        (50, 50, 40, 60, 0.9, 0),
        (np.nan, 0, 10, 10, 0.9, 0),
        (0, 0, np.inf, 10, 0.9, 0),
    )
    found = detections(given, SIZE, LABELS, LEAST, 0.5)
    assert [each.box for each in found] == [Box(0, 0, 0.5, 0.5)]


def test_a_photo_of_one_pixel_can_show_something() -> None:
    """The least size of a box is never more than the photo."""
    assert len(inside(rows((0, 0, 1, 1, 0.9, 0)), (1, 1))) == 1


def test_unknown_classes_are_dropped() -> None:
    """A class number that has no word is none of MegaDetector's."""
    given = rows((0, 0, 50, 50, 0.9, 3), (0, 0, 50, 50, 0.9, -1))
    assert detections(given, SIZE, LABELS, LEAST, 0.5) == []
    assert detections(rows(), SIZE, LABELS, LEAST, 0.5) == []


def test_overlap_is_that_of_areas() -> None:
    """Area of both by area of either: itself 1, apart 0, half of one 0.5."""
    one = rows((0, 0, 10, 10, 1, 0))[0]
    others = rows((0, 0, 10, 10, 1, 0), (20, 0, 30, 10, 1, 0), (0, 0, 10, 5, 1, 0))
    np.testing.assert_allclose(overlap(one, others), [1, 0, 0.5])

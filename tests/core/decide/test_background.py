"""How much of the evidence lies outside the animal."""

import numpy as np
import pytest

from fieldmark.decide.background import Whereabouts, background_share, even_share, within
from fieldmark.types import WHOLE, Box, Chip, Explanation, Heat, Mask

LEFT = Whereabouts(Box(0, 0, 0.5, 1))


def points(*pairs: tuple[float, float, float]) -> Explanation:
    """Return matched points: x in the query, x in the candidate, weight."""
    xs = np.array(pairs, np.float32).reshape(-1, 3)
    query, candidate = (
        np.stack([xs[:, n], np.full(len(xs), 0.5, np.float32)], axis=1) for n in (0, 1)
    )
    return Explanation(query, candidate, xs[:, 2].copy())


def flat(region: Box = WHOLE) -> Heat:
    """Return a map that is the same everywhere."""
    return Heat(np.ones((8, 16), np.float32), region)


def half_mask() -> Mask:
    """Return a mask whose upper half is the animal."""
    mask = np.zeros((10, 10), np.float32)
    mask[:5] = 1
    return mask


def test_each_photo_has_half_of_the_evidence() -> None:
    """Of weights 3 and 1, the second lies outside in one photo, the first in the other."""
    found = points((0.1, 0.9, 3), (0.9, 0.1, 1))
    assert background_share(found, LEFT, LEFT) == pytest.approx((0.25 + 0.75) / 2)


def test_maps_are_counted_by_what_they_say_of_each_place() -> None:
    """A flat map over the photo lies outside as much as the box leaves free."""
    assert background_share((flat(), flat()), LEFT, Whereabouts(WHOLE)) == pytest.approx(0.25)


def test_a_map_covers_its_own_part_of_the_photo() -> None:
    """A map over the right three quarters of the photo has a third of it on the left half."""
    right = flat(Box(0.25, 0, 0.75, 1))
    assert background_share((right, right), LEFT, LEFT) == pytest.approx(2 / 3, abs=0.05)


def test_a_mask_counts_more_than_the_box() -> None:
    """What the mask calls background is outside, though the box encloses it."""
    masked = Whereabouts(WHOLE, half_mask())
    assert background_share((flat(), flat()), masked, masked) == pytest.approx(0.5)
    beside = Whereabouts(WHOLE, half_mask(), Box(0, 0, 1, 0.5))
    assert background_share((flat(), flat()), beside, beside) == pytest.approx(0.75)


def test_without_evidence_there_is_no_share() -> None:
    """No points, and maps of zeros, are no evidence; one photo's map alone is all there is."""
    nothing = Heat(np.zeros((4, 4), np.float32))
    assert background_share(points(), LEFT, LEFT) is None
    assert background_share((nothing, nothing), LEFT, LEFT) is None
    assert background_share((nothing, flat()), LEFT, LEFT) == pytest.approx(0.5)


def test_swapping_the_photos_changes_nothing() -> None:
    """The pair has one share, whichever photo asks."""
    one, other = LEFT, Whereabouts(Box(0, 0, 0.2, 1))
    there = background_share(points((0.3, 0.3, 1), (0.1, 0.9, 2)), one, other)
    back = background_share(points((0.3, 0.3, 1), (0.9, 0.1, 2)), other, one)
    assert there == back


def test_even_evidence_lies_outside_as_often_as_there_is_outside() -> None:
    """The share of a flat map over what was looked at is the even share, by mask and by box."""
    region = Box(0, 0, 1, 0.5)
    for where in (Whereabouts(Box(0, 0, 0.5, 1), None, region), Whereabouts(WHOLE, half_mask())):
        heat = flat(where.region)
        assert even_share(where, where) == background_share((heat, heat), where, where) == 0.5
    assert Whereabouts(Box(0, 0, 0.1, 0.1), None, Box(0.5, 0.5, 0.5, 0.5)).outside == 1


def test_a_chip_knows_where_its_animal_is() -> None:
    """The box in the chip is placed in the photo; the mask covers the chip."""
    mask = np.ones((4, 8), np.float32)
    chip = Chip(np.zeros((4, 8, 3), np.uint8), animal=LEFT.box, region=Box(0.5, 0, 0.5, 1))
    assert Whereabouts.of(chip) == Whereabouts(Box(0.5, 0, 0.25, 1), None, chip.region)
    masked = Chip(chip.pixels, mask=mask)
    assert Whereabouts.of(masked).mask is mask


def test_only_points_within_both_boxes_are_drawn() -> None:
    """A pair with one end outside is left out, with its weight."""
    kept = within(
        points((0.1, 0.1, 1), (0.1, 0.9, 2), (0.9, 0.1, 3), (0.4, 0.2, 4)), *[LEFT.box] * 2
    )
    assert kept.weights.tolist() == [1, 4]
    assert len(kept.query_xy) == len(kept.candidate_xy) == 2

"""The learning rate by hand."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_deep.settings import Schedule
from fieldmark_deep.training.schedule import factor


def at(epoch: float, **settings: Any) -> float:
    """Return the share of the full rate at a moment of 12 epochs, or of `epochs`."""
    epochs = settings.pop("epochs", 12)
    return factor(Schedule.model_validate(settings), epoch, epochs)


def test_constant_stays() -> None:
    """Without a schedule the rate never moves."""
    assert [at(e) for e in (0, 0.5, 11.9)] == [1, 1, 1]


def test_warming_up_is_a_straight_line() -> None:
    """Two epochs from a tenth: 0.1, 0.55 in the middle, then the full rate."""
    warm = {"warmup_epochs": 2, "warmup_start": 0.1}
    assert [at(e, **warm) for e in (0, 1, 2, 3)] == pytest.approx([0.1, 0.55, 1.0, 1.0])


def test_steps_halve() -> None:
    """Every three epochs the rate falls to a half, at once."""
    step = {"kind": "step", "step_epochs": 3, "gamma": 0.5}
    assert [at(e, **step) for e in (0, 2.99, 3, 6, 9.5)] == [1, 1, 0.5, 0.25, 0.125]


def test_steps_count_from_the_end_of_the_warming() -> None:
    """The first fall comes so many epochs after the warming up."""
    step = {"kind": "step", "step_epochs": 3, "gamma": 0.1, "warmup_epochs": 2}
    assert [at(e, **step) for e in (4.9, 5)] == pytest.approx([1, 0.1])


def test_cosine_by_hand() -> None:
    """Half-way (1 + cos 90°)/2 = 1/2; a third, (1 + cos 60°)/2 = 3/4; at the end the floor."""
    assert [at(e, kind="cosine") for e in (0, 4, 6, 12)] == pytest.approx([1, 0.75, 0.5, 0])
    floor = {"kind": "cosine", "floor": 0.2}
    assert [at(e, **floor) for e in (0, 6, 12, 15)] == pytest.approx([1, 0.6, 0.2, 0.2])


def test_cosine_after_warming_up() -> None:
    """The fall takes what the warming up leaves: 10 epochs of 12."""
    warm = {"kind": "cosine", "warmup_epochs": 2}
    assert at(7, **warm) == pytest.approx(0.5)
    assert at(2, **warm) == pytest.approx(1)


def test_a_training_of_warming_up_alone() -> None:
    """A schedule as long as its warming up does not divide by zero."""
    assert at(2, epochs=2, kind="cosine", warmup_epochs=2) == 1


def test_exponential_stops_at_its_floor() -> None:
    """Each whole epoch takes the factor once, but never below the floor."""
    fall = {"kind": "exponential", "gamma": 0.5, "floor": 0.2}
    assert [at(e, **fall) for e in (0, 0.9, 1, 2, 3, 9)] == [1, 1, 0.5, 0.25, 0.2, 0.2]


@given(
    kind=st.sampled_from(["constant", "step", "cosine", "exponential"]),
    epoch=st.floats(0, 50),
    warm=st.integers(0, 5),
    floor=st.floats(0, 1),
)
def test_no_share_is_above_one(kind: str, epoch: float, warm: int, floor: float) -> None:
    """Whatever the schedule, the share is finite and within 0–1."""
    share = at(epoch, epochs=40, kind=kind, warmup_epochs=warm, floor=floor)
    assert math.isfinite(share)
    assert 0 <= share <= 1

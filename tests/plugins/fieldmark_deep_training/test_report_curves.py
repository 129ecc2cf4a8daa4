"""Curves as drawings: round axes, points where they belong."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_deep.training.report_curves import charts, steps


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 12.6, [0, 5, 10, 15]),
        (0.0, 0.002, [0, 0.0005, 0.001, 0.0015, 0.002]),
        (1.0, 1.0, [1.0]),
    ],
)
def test_axes_have_round_numbers(low: float, high: float, expected: list[float]) -> None:
    """Ticks are 1, 2 or 5 times a power of ten apart and enclose the range."""
    assert steps(low, high) == pytest.approx(expected)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_axes_enclose_every_range(low: float, width: float) -> None:
    """The first tick is at or below the lowest value, the last at or above the highest."""
    ticks = steps(low, low + width)
    slack = 1e-9 * max(abs(low), width, 1)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + width - slack
    assert 2 <= len(ticks) <= 9
    assert all(a < b for a, b in pairwise(ticks))


def test_a_chart_places_the_points() -> None:
    """The first epoch is at the left edge, the last at the right one, higher values higher up."""
    history = [{"epoch": 1, "loss": 1.0, "rate": 0.1}, {"epoch": 3, "loss": 0.0, "rate": 0.1}]
    chart = next(iter(charts(history, {}, best=3)))
    assert chart.curves[0].dots == ((62.0, 34.0), (546.0, 210.0))
    assert chart.best == 546.0
    assert [tick.text for tick in chart.across] == ["1", "2", "3"]
    assert chart.told.startswith("loss: 1 at epoch 1, 0 at epoch 3")


def test_values_that_are_missing_are_left_out() -> None:
    """Epochs without a validation, and values that are no numbers, leave no point and no chart."""
    history = [{"epoch": 0, "x top-1": 0.5}, {"epoch": 1, "loss": float("nan"), "x top-1": 0.7}]
    drawn = list(charts(history, {"x": ("top-1", "mAP")}, best=-1))
    assert [chart.title for chart in drawn] == ["x"]
    assert [curve.name for curve in drawn[0].curves] == ["top-1"]
    assert drawn[0].best is None

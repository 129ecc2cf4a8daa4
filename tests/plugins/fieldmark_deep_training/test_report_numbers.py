"""How sure a measurement is."""

import numpy as np
import pytest

from fieldmark_deep.training.report_numbers import interval


def test_the_interval_draws_individuals() -> None:
    """Ten photos of each of two animals are two draws, not twenty: 0 or 1 are possible."""
    right = np.array([True] * 10 + [False] * 10)
    found = interval(right, ["a"] * 10 + ["b"] * 10)
    assert found == (0.0, 1.0)
    apart = interval(right, [str(n) for n in range(20)])
    assert apart is not None
    assert apart.low == pytest.approx(0.3, abs=0.051)  # binomial: 0.5 ± 1.96·√(0.25/20)
    assert apart.high == pytest.approx(0.7, abs=0.051)


def test_a_perfect_result_is_not_certain() -> None:
    """Without any fault among n individuals the lower end is 0.025^(1/n), not 1."""
    assert interval(np.ones(10, bool), list("abcdefghij")) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert interval(np.zeros(10, bool), list("abcdefghij")) == pytest.approx((0, 0.3085), abs=1e-4)


def test_one_individual_has_no_interval() -> None:
    """Nothing can be said of others from one animal."""
    assert interval(np.array([True, False]), ["a", "a"]) is None

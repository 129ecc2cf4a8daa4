"""The calibration error against scikit-learn's curve, and what it must not do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from fieldmark.evaluate import metrics

few = settings(max_examples=40, deadline=None)
said_and_same = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize(("equal_mass", "strategy"), [(True, "quantile"), (False, "uniform")])
@pytest.mark.parametrize("levels", [0, 9])
def test_ranges_are_those_of_scikit_learn(equal_mass: bool, strategy: str, levels: int) -> None:
    """Means and shares in each range are its calibration curve's, with and without ties."""
    rng = np.random.default_rng(0)
    said = rng.random(500) ** 2
    said = np.round(said * levels) / levels if levels else said
    same = rng.random(500) < said**1.5
    shares, means = calibration_curve(same, said, n_bins=10, strategy=strategy)
    found = metrics.reliability(said, same, 10, equal_mass=equal_mass)
    assert [each.said for each in found] == pytest.approx(means.tolist())
    assert [each.same for each in found] == pytest.approx(shares.tolist())
    assert sum(each.n for each in found) == 500
    error = metrics.expected_calibration_error(said, same, 10, equal_mass=equal_mass)
    expected = sum(each.n * abs(each.said - each.same) for each in found) / 500
    assert error == pytest.approx(expected)
    assert 0.05 < error < 0.3


def test_equal_mass_without_ties_is_equal_mass() -> None:
    """A thousand different probabilities fall into ten ranges of a hundred."""
    said = np.random.default_rng(0).random(1000)
    found = metrics.reliability(said, said > 0.5, 10)
    assert [each.n for each in found] == [100] * 10


@few
@given(said_and_same, st.randoms(use_true_random=False))
def test_order_of_pairs_does_not_matter(
    rows: list[tuple[float, bool]], random: np.random.RandomState
) -> None:
    """Pairs in another order give the same ranges, however many probabilities are equal."""
    moved = list(rows)
    random.shuffle(moved)
    first, second = (
        metrics.reliability(np.array([s for s, _ in r]), np.array([b for _, b in r]), 4)
        for r in (rows, moved)
    )
    assert np.array(first).ravel().tolist() == pytest.approx(np.array(second).ravel().tolist())
    error = metrics.expected_calibration_error(
        np.array([s for s, _ in rows]), np.array([b for _, b in rows])
    )
    assert 0 <= error <= 1


def test_the_truth_has_no_error_and_its_opposite_all() -> None:
    """Saying 1 of all that is the same and 0 of the rest has error 0; the opposite has 1."""
    same = np.array([True, False, True, False])
    assert metrics.expected_calibration_error(same.astype(np.float64), same) == 0.0
    assert metrics.expected_calibration_error(1.0 - same, same) == 1.0


def test_pairs_that_were_not_compared_do_not_count() -> None:
    """A probability that is NaN is left out; none at all, or one above 1, is refused."""
    said, same = np.array([np.nan, 0.75]), np.array([False, True])
    assert metrics.reliability(said, same) == [(0.75, 1.0, 1)]
    with pytest.raises(ValueError, match="at least one probability"):
        metrics.reliability(said[:1], same[:1])
    with pytest.raises(ValueError, match="0–1"):
        metrics.expected_calibration_error(said * 2, same)

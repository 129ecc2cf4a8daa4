"""Metrics of known and new individuals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from fieldmark.evaluate import metrics

few = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize("levels", [0, 6])
def test_auroc_is_that_of_scikit_learn(levels: int) -> None:
    """With and without ties, it is the area under the ROC curve of "known" by the best score."""
    rng = np.random.default_rng(0)
    new = rng.random(300) < 0.3
    best = rng.normal(size=300) - 0.8 * new
    best = np.round(best * levels / 3) if levels else best
    expected = roc_auc_score(~new, best)
    assert 0.6 < expected < 0.8
    assert metrics.auroc_new(best, new) == pytest.approx(expected)
    with_none = np.append(best, [np.nan, np.nan])
    assert metrics.auroc_new(with_none, np.append(new, [True, False])) == pytest.approx(expected)


def test_auroc_takes_minus_infinity_as_the_lowest() -> None:
    """A query that is like nobody is the surest new one."""
    best = np.array([-np.inf, -3.0, 2.0])
    assert metrics.auroc_new(best, np.array([True, False, False])) == 1.0
    assert metrics.auroc_new(best, np.array([False, True, True])) == 0.0


def test_auroc_needs_both_kinds() -> None:
    """Without new queries, or without known ones, there is nothing to tell apart."""
    assert np.isnan(metrics.auroc_new(np.ones(2), np.zeros(2, np.bool_)))
    assert np.isnan(metrics.auroc_new(np.ones(2), np.ones(2, np.bool_)))


@few
@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=20))
def test_auroc_is_mirrored(rows: list[tuple[int, bool]]) -> None:
    """It lies in 0–1; turned scores give 1 − it, and scores that rise alike give the same."""
    best = np.array([score for score, _ in rows], np.float64)
    new = np.array([is_new for _, is_new in rows])
    found = metrics.auroc_new(best, new)
    if np.isnan(found):
        assert new.all() or not new.any()
        return
    assert 0 <= found <= 1
    assert metrics.auroc_new(-best, new) == pytest.approx(1 - found)
    assert metrics.auroc_new(best**3 + 7, new) == pytest.approx(found)


def decisions(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return decisions, half of them right, truth, and those enrolled."""
    rng = np.random.default_rng(seed)
    truth, enrolled = rng.integers(0, 12, 400), np.arange(8)
    right = np.where(truth < 8, truth, -1)
    return np.where(rng.random(400) < 0.5, right, rng.integers(-1, 8, 400)), truth, enrolled


def test_baks_is_the_balanced_accuracy_of_the_known() -> None:
    """BAKS is scikit-learn's balanced accuracy over the queries of enrolled individuals."""
    decided, truth, enrolled = decisions(0)
    known = truth < 8
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        expected = balanced_accuracy_score(truth[known], decided[known])
    assert metrics.known_unknown(decided, truth, enrolled).baks == pytest.approx(expected)


def test_baus_is_the_share_declared_new_of_each_new_individual() -> None:
    """BAUS is the mean over the individuals not enrolled; the third is the geometric mean."""
    decided, truth, enrolled = decisions(1)
    shares = [float((decided[truth == who] == -1).mean()) for who in range(8, 12)]
    found = metrics.known_unknown(decided, truth, enrolled)
    assert found.baus == pytest.approx(sum(shares) / 4)
    assert found.geometric == pytest.approx((found.baks * found.baus) ** 0.5)


def test_saying_one_thing_of_everybody_gains_nothing() -> None:
    """Declaring all new has BAUS 1 and BAKS 0; naming everybody the other way round: both are 0."""
    truth, enrolled = np.array([1, 1, 2, 9]), np.array([1, 2])
    all_new = metrics.known_unknown(np.full(4, -1), truth, enrolled)
    assert (all_new.baks, all_new.baus, all_new.geometric) == (0.0, 1.0, 0.0)
    all_named = metrics.known_unknown(np.array([1, 1, 2, 9]), truth, enrolled)
    assert (all_named.baks, all_named.baus, all_named.geometric) == (1.0, 0.0, 0.0)


def test_a_kind_that_nobody_asked_for_is_not_a_number() -> None:
    """Without new individuals there is neither BAUS nor a geometric mean."""
    found = metrics.known_unknown(np.array([1]), np.array([1]), np.array([1]))
    assert found.baks == 1.0
    assert np.isnan(found.baus)
    assert np.isnan(found.geometric)

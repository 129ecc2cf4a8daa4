"""Metrics of a grouping into individuals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from fieldmark.evaluate import metrics

few = settings(max_examples=60, deadline=None)
groupings = st.lists(st.tuples(st.integers(-2, 4), st.integers(0, 4)), min_size=1, max_size=25)


@few
@given(groupings)
def test_adjusted_rand_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    """For every two groupings it is scikit-learn's; it is symmetric, and names do not matter."""
    labels, truth = np.array(rows).T
    found = metrics.adjusted_rand(labels, truth)
    assert found == pytest.approx(adjusted_rand_score(truth, labels))
    assert found == pytest.approx(metrics.adjusted_rand(truth, labels))
    assert found == pytest.approx(metrics.adjusted_rand(7 - labels, truth))


@few
@given(groupings)
def test_the_right_grouping_is_perfect(rows: list[tuple[int, int]]) -> None:
    """The true grouping has an index of 1 and no error of abundance."""
    truth = np.array(rows)[:, 1]
    assert metrics.adjusted_rand(truth * 10, truth) == 1.0
    assert metrics.abundance_error(truth * 10, truth) == 0.0
    found, true = metrics.singletons(truth * 10, truth)
    assert found == true == sum((truth == who).sum() == 1 for who in set(truth.tolist()))


def test_abundance_error_has_a_sign() -> None:
    """Too many groups are positive, too few negative, as a share of the true number."""
    truth = np.array([0, 0, 1, 1])
    assert metrics.abundance_error(np.arange(4), truth) == 1.0
    assert metrics.abundance_error(np.zeros(4, np.int64), truth) == -0.5
    assert metrics.singletons(np.arange(4), truth) == (4, 0)


def test_nothing_to_group_is_refused() -> None:
    """No photos have no abundance, and two lists must be of one length."""
    none = np.array([], np.int64)
    with pytest.raises(ValueError, match="at least one photo"):
        metrics.abundance_error(none, none)
    with pytest.raises(ValueError, match="as many labels as individuals, got 2, 3"):
        metrics.adjusted_rand(np.arange(2), np.arange(3))
    assert metrics.adjusted_rand(none, none) == 1.0

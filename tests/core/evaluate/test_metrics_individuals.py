"""Metrics in which every individual counts once, by its best column."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from fieldmark.evaluate import metrics
from support.scored import Scored, listed, scored


def ranked(table: Scored) -> list[float]:
    """Return the place of the right individual in a list that names everybody once."""
    found = []
    for row, who in zip(table.values, table.truth.tolist(), strict=True):
        names = list(dict.fromkeys(listed(row, table.owners)))
        found.append(names.index(who) + 1.0 if who in names else np.nan)
    return found


@pytest.mark.parametrize("levels", [0, 4])
def test_rank_is_the_place_in_a_list_of_individuals(levels: int) -> None:
    """The rank is that in the list of columns, of which only each individual's first is kept."""
    table = scored(1, levels=levels)
    assert metrics.ranks(*table).tolist() == pytest.approx(ranked(table), nan_ok=True)


@pytest.mark.parametrize("levels", [0, 4])
@pytest.mark.parametrize("ordered", [True, False])
def test_rank_among_columns_of_one_individual_each(ordered: bool, levels: int) -> None:
    """The same holds where every column is another individual, in whatever order."""
    values, _, truth = scored(2, levels=levels)
    owners = np.arange(80) if ordered else np.random.default_rng(0).permutation(80)
    table = Scored(values, owners, np.where(truth == 13, 99, truth))
    assert metrics.ranks(*table).tolist() == pytest.approx(ranked(table), nan_ok=True)
    assert np.isnan(metrics.ranks(*table)).any()


def test_balanced_top_1_is_that_of_scikit_learn() -> None:
    """The mean of the individuals' means of top-1 is scikit-learn's balanced accuracy."""
    values, owners, truth = scored(3)
    asked = ~np.isnan(metrics.ranks(values, owners, truth))
    first = owners[np.nanargmax(values, axis=1)]
    with_all = np.isin(first, truth[asked])
    asked &= with_all  # scikit-learn warns of answers that are nobody's truth
    top1 = metrics.top_k(metrics.ranks(values, owners, truth), 1)[asked]
    names, means = metrics.per_class(top1, truth[asked])
    assert means.mean() == pytest.approx(balanced_accuracy_score(truth[asked], first[asked]))
    assert names.tolist() == sorted(set(truth[asked].tolist()))


def test_individuals_that_were_not_asked_are_left_out() -> None:
    """A NaN counts neither for its individual nor as an individual."""
    names, means = metrics.per_class(np.array([1, 0, np.nan, np.nan]), np.array([5, 5, 5, 7]))
    assert (names.tolist(), means.tolist()) == ([5], [0.5])


def test_cmc_is_the_share_of_ranks_up_to_each() -> None:
    """CMC at k is the mean of top-k over the queries that were asked."""
    rank = metrics.ranks(*scored(4))
    curve = metrics.cmc(rank, limit=9)
    assert curve == pytest.approx([np.nanmean(metrics.top_k(rank, k)) for k in range(1, 10)])
    assert np.isnan(metrics.cmc(np.array([np.nan]), limit=3)).all()


def test_all_at_once() -> None:
    """`individual_metrics` gives top-1, top-5, top-10, MRR and the rank by these names."""
    table = scored(5, levels=6)
    rank = metrics.ranks(*table)
    found = metrics.individual_metrics(*table)
    assert list(found) == ["top-1", "top-5", "top-10", "MRR", "rank"]
    np.testing.assert_array_equal(found["top-5"], np.where(np.isnan(rank), np.nan, rank <= 5))
    np.testing.assert_array_equal(found["MRR"], 1 / rank)


def test_minus_infinity_is_last_but_compared() -> None:
    """An individual without any likeness comes after all others; one that is NaN comes nowhere."""
    values = np.array([[-np.inf, -5.0, np.nan, 0.0]] * 4, np.float32)
    found = metrics.ranks(values, np.arange(4), np.arange(4))
    assert found.tolist() == pytest.approx([3, 2, np.nan, 1], nan_ok=True)


def test_zeros_of_both_signs_are_tied() -> None:
    """0 and −0 are one value: the earlier column comes first, whichever it has."""
    for first, second in ((0.0, -0.0), (-0.0, 0.0)):
        values = np.array([[first, second]], np.float32)
        assert metrics.ranks(values, np.array([4, 5]), np.array([4])).tolist() == [1]
        assert metrics.ranks(values, np.array([4, 5]), np.array([5])).tolist() == [2]

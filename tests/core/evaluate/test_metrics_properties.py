"""What holds for every table of scores."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluate import metrics
from fieldmark.evaluate.metrics import Floats64
from support.scored import Scored, tables

few = settings(max_examples=40, deadline=None)


def everything(table: Scored) -> dict[str, Floats64]:
    """Return all metrics of each query."""
    return {**metrics.photo_metrics(*table), **metrics.individual_metrics(*table)}


def assert_same(first: dict[str, Floats64], second: dict[str, Floats64]) -> None:
    """Require equal values, NaN where the other has one."""
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


@few
@given(tables(), st.randoms(use_true_random=False))
def test_order_of_queries_does_not_matter(table: Scored, random: np.random.RandomState) -> None:
    """Queries in another order get the same values."""
    order = np.arange(len(table.truth))
    random.shuffle(order)
    moved = Scored(table.values[order], table.owners, table.truth[order])
    assert_same({name: v[order] for name, v in everything(table).items()}, everything(moved))


@few
@given(tables(ties=False), st.randoms(use_true_random=False))
def test_order_of_columns_does_not_matter(table: Scored, random: np.random.RandomState) -> None:
    """Without ties, columns in another order give the same values."""
    order = np.arange(len(table.owners))
    random.shuffle(order)
    moved = Scored(table.values[:, order], table.owners[order], table.truth)
    assert_same(everything(table), everything(moved))


@few
@given(tables())
def test_only_the_order_of_scores_matters(table: Scored) -> None:
    """Scores that rise where the old ones rise give the same values, negative ones too."""
    risen = table._replace(values=np.float32(8) * table.values - np.float32(9))
    assert_same(everything(table), everything(risen))


@few
@given(tables())
def test_values_are_shares_and_ranks_are_places(table: Scored) -> None:
    """Every metric lies in 0–1, a rank between 1 and the individuals; all are NaN together."""
    found = everything(table)
    comparable = ~np.isnan(table.values)
    missing = ~(comparable & (table.owners == table.truth[:, None])).any(axis=1)
    rank = found.pop("rank")[~missing]
    assert ((rank >= 1) & (rank <= len(set(table.owners.tolist())))).all()
    for values in found.values():
        assert (np.isnan(values) == missing).all()
        assert ((values[~missing] >= 0) & (values[~missing] <= 1)).all()


@few
@given(tables(), st.integers(0, 4))
def test_columns_that_may_not_be_compared_never_count(table: Scored, owner: int) -> None:
    """A column that is NaN for everybody changes nothing, whoever owns it."""
    nobody = np.full((len(table.truth), 1), np.nan, np.float32)
    wider = Scored(np.hstack([table.values, nobody]), np.append(table.owners, owner), table.truth)
    assert_same(everything(table), everything(wider))


@few
@given(tables())
def test_wrong_columns_at_minus_infinity_change_nothing(table: Scored) -> None:
    """A further column of −inf comes last: nothing changes unless it is the right individual's."""
    lowest = np.full((len(table.truth), 1), -np.inf, np.float32)
    wider = Scored(np.hstack([table.values, lowest]), np.append(table.owners, 99), table.truth)
    assert_same(everything(table), everything(wider))


@few
@given(tables())
def test_perfect_scores_give_one(table: Scored) -> None:
    """Where every right column is above every wrong one, each metric is 1."""
    same = table.owners == table.truth[:, None]
    perfect = np.where(np.isnan(table.values), np.nan, same).astype(np.float32)
    for values in everything(table._replace(values=perfect)).values():
        assert (values[~np.isnan(values)] == 1).all()


@few
@given(tables())
def test_more_places_never_hurt(table: Scored) -> None:
    """Top-k and TkRMD never fall as k grows, and reach 1."""
    rank = metrics.ranks(*table)
    asked = ~np.isnan(rank)
    by_rank = np.stack([metrics.top_k(rank, k)[asked] for k in range(1, 13)])
    by_photo = np.stack([metrics.tk_rmd(*table, k)[asked] for k in range(1, 13)])
    for found in (by_rank, by_photo):
        assert (np.diff(found, axis=0) >= 0).all()
        assert (found[-1] == 1).all()
    curve = metrics.cmc(rank, 12)
    assert np.isnan(curve).all() or (np.diff(curve) >= 0).all()


@few
@given(tables())
def test_one_column_each_makes_top_k_a_match_among_photos(table: Scored) -> None:
    """Where individuals have one column each, average precision is the reciprocal rank."""
    alone = table._replace(owners=np.arange(len(table.owners)))
    found = everything(alone)
    np.testing.assert_allclose(found["mAP"], found["MRR"])
    np.testing.assert_array_equal(found["T5RMD"], found["top-5"])
    np.testing.assert_array_equal(found["MAP@R"], found["top-1"])

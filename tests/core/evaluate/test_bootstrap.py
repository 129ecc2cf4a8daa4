"""Intervals from drawing individuals."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluate.bootstrap import (
    difference,
    estimate,
    estimate_known_unknown,
    estimate_of,
)
from fieldmark.evaluate.metrics import auroc_new, known_unknown
from fieldmark.evaluate.results import Estimate

few = settings(max_examples=25, deadline=None)


def answers(seed: int, people: int = 30, spread: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Return right and wrong answers of individuals, each of its own difficulty, and whose."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(people), rng.integers(1, 9, people))
    hard = np.clip(rng.normal(0.6, spread, people), 0, 1)
    return (rng.random(len(groups)) < hard[groups]).astype(np.float64), groups


def inside(found: Estimate) -> bool:
    """Return whether the value lies in its interval."""
    return (
        found.low is not None and found.high is not None and found.low <= found.value <= found.high
    )


def test_value_is_the_mean_of_what_was_asked() -> None:
    """The value is the mean over queries that are not NaN, or over the individuals' means."""
    values = np.array([1, 1, 1, 0, 0, np.nan])
    groups = np.array([1, 1, 1, 1, 2, 3])
    plain, balanced = estimate(values, groups), estimate(values, groups, balanced=True)
    assert (plain.value, plain.n, plain.individuals) == (0.6, 5, 2)
    assert balanced.value == pytest.approx((0.75 + 0) / 2)


@pytest.mark.parametrize(("people", "stated"), [(4, False), (5, True)])
@pytest.mark.parametrize("right", [0.0, 0.5, 1.0])
def test_few_individuals_have_no_interval(people: int, stated: bool, right: float) -> None:
    """Below five individuals there is none, however many photos each has."""
    values = np.tile([right, 1.0 if right else 0.0], 10 * people)
    groups = np.repeat(np.arange(people), 20)
    found = estimate(values, groups, draws=50)
    assert (found.low is not None, found.high is not None) == (stated, stated)
    assert difference(values, values[::-1], groups, draws=50).individuals == people


def test_interval_is_that_of_a_plain_loop() -> None:
    """It is the 2.5 % and 97.5 % quantiles of the mean over individuals drawn with replacement."""
    values, groups = answers(1)
    rng = np.random.default_rng(99)
    means = []
    for _ in range(2000):
        people = rng.integers(0, 30, 30)
        means.append(np.concatenate([values[groups == who] for who in people]).mean())
    found = estimate(values, groups)
    assert (found.low, found.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.012)


def test_a_mean_is_estimated_alike_by_both_ways() -> None:
    """`estimate_of` with the mean draws the same individuals as `estimate`: the same interval."""
    values, groups = answers(2)
    way = estimate_of(lambda places: float(values[places].mean()), groups, draws=300)
    assert way.model_dump() == pytest.approx(estimate(values, groups, draws=300).model_dump())


def test_interval_covers_the_truth() -> None:
    """In 95 % of surveys the interval holds what the individuals' population would give."""
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hard = rng.beta(3, 2, 40)  # of mean 0.6
        groups = np.repeat(np.arange(40), 4)
        values = (rng.random(160) < hard[groups]).astype(np.float64)
        found = estimate(values, groups, draws=300, seed=seed)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.6 <= found.high
    assert 0.9 <= held / 200 <= 0.985


def test_photos_of_one_individual_are_not_so_many_proofs() -> None:
    """The same answers shown three times make the interval no narrower."""
    values, groups = answers(3)
    once, thrice = estimate(values, groups), estimate(np.tile(values, 3), np.tile(groups, 3))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_answers_without_exception_leave_doubt() -> None:
    """Where all are right, or all are wrong, the bound is the exact binomial one of individuals."""
    groups = np.repeat(np.arange(20), 3)
    right, wrong = estimate(np.ones(60), groups), estimate(np.zeros(60), groups)
    bound = 0.025 ** (1 / 20)
    assert (right.value, right.low, right.high) == pytest.approx((1.0, bound, 1.0))
    assert (wrong.value, wrong.low, wrong.high) == pytest.approx((0.0, 0.0, 1 - bound))


def test_values_above_one_are_drawn_as_they_are() -> None:
    """A ratio whose least value happens to be 1 is no share of right answers."""
    found = estimate(np.arange(1.0, 21.0), np.arange(20))
    assert found.low is not None
    assert found.high is not None
    assert 1 < found.low < found.value < found.high < 20


@few
@given(st.lists(st.floats(0, 1), min_size=5, max_size=12), st.integers(0, 3))
def test_symmetric_values_lie_in_their_interval(half: list[float], seed: int) -> None:
    """Values that mirror each other have their mean inside the interval."""
    values = np.array([*half, *(1 - value for value in half)])
    found = estimate(values, np.arange(len(values)), draws=400, seed=seed)
    assert found.value == pytest.approx(0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value + 1e-9
    assert found.high >= found.value - 1e-9


@few
@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8)), min_size=1, max_size=30), st.booleans()
)
def test_a_pipeline_is_not_different_from_itself(
    rows: list[tuple[float, int]], balanced: bool
) -> None:
    """The difference with itself is exactly 0, and so are both ends."""
    values, groups = np.array([v for v, _ in rows]), np.array([g for _, g in rows])
    found = difference(values, values, groups, draws=50, balanced=balanced)
    assert found.value == 0
    assert {found.low, found.high} == ({0.0} if len(set(groups.tolist())) >= 5 else {None})


def test_difference_is_paired() -> None:
    """What is hard for both cancels out: a small steady gain is seen through a wide spread."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(25), 4)
    second = rng.random(25)[groups] * 0.9
    first = second + 0.05 + rng.normal(0, 0.02, 100)
    found = difference(first, second, groups)
    assert found.value == pytest.approx((first - second).mean())
    assert found.low is not None
    assert found.high is not None
    assert 0.03 < found.low < found.high < 0.07
    turned = difference(second, first, groups)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    alone = estimate(first, groups)
    assert alone.low is not None
    assert alone.low < second.mean()


def test_difference_rests_on_what_both_were_asked() -> None:
    """A query that one of them was not asked counts for neither."""
    first, second = np.array([1.0, np.nan, 1.0]), np.array([0.0, 0.0, np.nan])
    found = difference(first, second, np.arange(3))
    assert (found.value, found.n, found.individuals) == (1.0, 1, 1)


def test_same_seed_same_interval() -> None:
    """The draws depend on the seed alone."""
    values, groups = answers(5)
    assert estimate(values, groups, seed=1) == estimate(values, groups, seed=1)
    assert estimate(values, groups, seed=1) != estimate(values, groups, seed=2)


def test_area_under_the_curve_has_an_interval() -> None:
    """A statistic that is no mean is computed anew on each draw."""
    rng = np.random.default_rng(6)
    groups = np.repeat(np.arange(40), 3)
    new = groups >= 20
    best = rng.normal(size=120) - 1.0 * new
    found = estimate_of(lambda places: auroc_new(best[places], new[places]), groups, draws=200)
    assert found.value == auroc_new(best, new)
    assert (found.n, found.individuals) == (120, 40)
    assert inside(found)


def test_draws_without_a_number_do_not_make_an_interval() -> None:
    """Where one new individual is missing from every third draw, no interval is stated."""
    best, new = np.arange(8.0), np.arange(8) == 0
    found = estimate_of(
        lambda places: auroc_new(best[places], new[places]), np.arange(8), draws=200
    )
    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_nothing_asked_is_refused() -> None:
    """Without a query there is no estimate."""
    none = np.full(3, np.nan)
    calls: list[Callable[[], Estimate]] = [
        lambda: estimate(none, np.arange(3)),
        lambda: difference(none, np.ones(3), np.arange(3)),
        lambda: estimate_of(np.mean, np.array([], np.int64)),
        lambda: estimate_of(lambda places: float(none[places].sum()), np.arange(3)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="at least one query"):
            call()


def test_known_and_new_have_intervals() -> None:
    """BAKS, BAUS and their geometric mean are the metrics', each inside its interval."""
    rng = np.random.default_rng(7)
    truth, enrolled = np.repeat(np.arange(40), 3), np.arange(25)
    right = np.where(truth < 25, truth, -1)
    decided = np.where(rng.random(120) < 0.7, right, rng.integers(-1, 25, 120))
    found = estimate_known_unknown(decided, truth, enrolled, draws=300)
    expected = known_unknown(decided, truth, enrolled)
    values = [found[name].value for name in ("BAKS", "BAUS", "BAKS-BAUS")]
    assert values == pytest.approx([expected.baks, expected.baus, expected.geometric])
    assert [found[name].individuals for name in found] == [25, 15, 40]
    assert all(inside(each) for each in found.values())


def test_without_new_individuals_there_is_only_the_known_part() -> None:
    """What nobody was asked for is left out."""
    found = estimate_known_unknown(np.array([1, 2]), np.array([1, 1]), np.array([1, 2]))
    assert list(found) == ["BAKS"]
    assert found["BAKS"].value == 0.5

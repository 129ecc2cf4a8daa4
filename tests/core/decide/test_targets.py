"""From which probability on is nobody asked?"""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.decide.targets import Kind, choose, share, threshold_for
from fieldmark.decide.verdict import Floats64, Verdicts
from fieldmark.errors import UserError
from fieldmark.types import Ids

rows = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.5001, 0.9]), st.booleans(), st.integers(0, 4)),
    max_size=30,
)
targets = st.floats(0.001, 0.999)


def unzipped(
    found: list[tuple[float, bool, int]],
) -> tuple[Floats64, NDArray[np.bool_], Ids, NDArray[np.bool_]]:
    """Return the columns of some rows, and that all of them are chosen on."""
    sure = np.array([row[0] for row in found], np.float64)
    wrong = np.array([row[1] for row in found], np.bool_)
    groups = np.array([row[2] for row in found], np.int64)
    return sure, wrong, groups, np.ones(len(found), np.bool_)


def survey(seed: int, individuals: int, photos: int = 6, ease: float = 1.5) -> tuple[Verdicts, Ids]:
    """Draw verdicts that are right as often as they say; the last individuals are new."""
    generator = np.random.default_rng(seed)
    truth = np.repeat(np.arange(1, individuals + 1), photos)
    columns = np.arange(1, individuals + 1 - round(0.3 * individuals))
    # One animal's photos are alike: good ones or bad ones.
    known = np.repeat(generator.normal(ease, 1.5, individuals), photos)
    logits = generator.normal(-4, 1, (len(truth), len(columns)))
    own = columns == truth[:, None]
    logits[own] = (known + generator.normal(0, 1, len(truth)))[own.any(axis=1)]
    weights = np.exp(logits)
    total = 1 + weights.sum(axis=1, keepdims=True)
    probability = (weights / total).astype(np.float32)
    return Verdicts(np.arange(1, len(truth) + 1), columns, probability, 1 / total[:, 0]), truth


@settings(max_examples=50)
@given(rows, targets, targets)
def test_monotone(found: list[tuple[float, bool, int]], one: float, other: float) -> None:
    """A stricter target never gives a lower threshold."""
    sure, wrong, groups, every = unzipped(found)
    strict = threshold_for(sure, wrong, min(one, other), groups, every)
    loose = threshold_for(sure, wrong, max(one, other), groups, every)
    assert strict is None or (loose is not None and loose <= strict)


@settings(max_examples=50)
@given(rows, targets)
def test_keeps_the_target(found: list[tuple[float, bool, int]], target: float) -> None:
    """The chosen threshold keeps the rate on what it was chosen on, with one more wrong one."""
    sure, wrong, groups, every = unzipped(found)
    limit = threshold_for(sure, wrong, target, groups, every)
    if limit is None:
        return
    named = sure >= limit
    assert (wrong[named].sum() + 1) / (named.sum() + 1) <= target + 1e-12


@settings(max_examples=50)
@given(rows, targets, st.randoms())
def test_order_of_queries(
    found: list[tuple[float, bool, int]], target: float, random: Random
) -> None:
    """The order of the queries changes no threshold."""
    mixed = sorted(found, key=lambda _: random.random())
    one, other = unzipped(found), unzipped(mixed)
    assert threshold_for(*one[:2], target, *one[2:]) == threshold_for(
        *other[:2], target, *other[2:]
    )


def test_few_data_give_none() -> None:
    """Eighteen right names of eighteen animals do not show a rate of 5 %; nineteen do."""
    for n, expected in ((18, None), (19, 0.9)):
        every = np.ones(n, np.bool_)
        limit = threshold_for(np.full(n, 0.9), ~every, 0.05, np.arange(n), every)
        assert limit == expected


def test_photos_of_one_animal_are_no_more_animals() -> None:
    """Ten photos of each animal count as one animal: it takes nineteen animals all the same."""
    for animals, expected in ((18, None), (19, 0.9)):
        n = animals * 10
        every, groups = np.ones(n, np.bool_), np.repeat(np.arange(animals), 10)
        assert threshold_for(np.full(n, 0.9), ~every, 0.05, groups, every) == expected


@pytest.mark.parametrize(("kind", "ease"), [("false-match", 1.5), ("false-new", 3.0)])
def test_realised_on_others(kind: Kind, ease: float) -> None:
    """On individuals that it was not chosen on, the rate is kept on the mean of many surveys."""
    rates, decided = [], []
    for seed in range(25):
        verdicts, truth = survey(seed, 60, ease=ease)
        found = choose(verdicts, truth, kind, 0.1, truth, seed)
        rates.append(found.rate.value * found.rate.n if found.rate else 0.0)
        decided.append(found.rate.n if found.rate else 0)
    assert 0.04 < sum(rates) / sum(decided) <= 0.11
    assert sum(decided) > 0.2 * 25 * 360


def test_false_new_counts_known_only() -> None:
    """A false "new" is a known individual; one with no comparable photo is left out of both."""
    verdicts = Verdicts(
        np.arange(1, 5),
        np.array([1, 2]),
        np.array([[0.1, 0.1], [np.nan, 0.1], [0.1, 0.1], [np.nan, np.nan]], np.float32),
        np.array([0.8, 0.9, 0.8, np.nan]),
    )
    truth = np.array([1, 1, 7, 8])
    found = choose(verdicts, truth, "false-new", 0.9, truth)
    assert found.decided.n == 3
    named = choose(verdicts, truth, "false-match", 0.9, truth)
    assert named.decided.n == 4


def test_nobody_is_decided() -> None:
    """Where no threshold keeps the rate, there is none, and no rate is claimed."""
    verdicts, truth = survey(0, 6)
    found = choose(verdicts, truth, "false-match", 0.001, truth)
    assert found.threshold is None
    assert found.rate is None
    assert found.decided.value == 0


@pytest.mark.parametrize("target", [0.0, 1.0, 5.0])
def test_wrong_target(target: float) -> None:
    """A target that is no share is refused in one sentence."""
    verdicts, truth = survey(0, 6)
    with pytest.raises(UserError, match=r"between 0 and 1, not .*, for example 0\.05"):
        choose(verdicts, truth, "false-match", target, truth)


def test_interval_covers() -> None:
    """Of many surveys with clumped errors, nineteen in twenty intervals hold the true share."""
    generator = np.random.default_rng(0)
    inside = 0
    for seed in range(60):
        chance = generator.beta(1, 4, 40)  # mean 0.2
        groups = np.repeat(np.arange(40), 8)
        hit = generator.random(320) < chance[groups]
        found = share(hit, np.ones(320, np.bool_), groups, seed)
        inside += found.low <= 0.2 <= found.high  # type: ignore[operator]
    assert inside >= 51


@settings(max_examples=50)
@given(st.integers(1, 40))
def test_never_is_not_proven(n: int) -> None:
    """A share of none (or all) still has an interval; below five individuals there is none."""
    none, every = np.zeros(n, np.bool_), np.ones(n, np.bool_)
    low, high = share(none, every, np.arange(n)), share(every, every, np.arange(n))
    if n < 5:
        assert low.low is low.high is None
    else:
        assert low.low == 0
        assert low.high == pytest.approx(1 - 0.025 ** (1 / n))
        assert high.low == pytest.approx(0.025 ** (1 / n))

"""Curves over training sizes, and the size from which on one method is ahead of another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.evaluate.growth import (
    Grown,
    Method,
    Resampled,
    ahead_from,
    crossings,
    curves,
)
from fieldmark.evaluate.results import Curve
from fieldmark.evaluate.sizes import Taken, Vary

PEOPLE, EACH = 40, 10
OWNERS = np.repeat(np.arange(1, PEOPLE + 1), EACH)
SIZES = (2, 4, 8)


def right(share: float, seed: int = 0, owners: np.ndarray = OWNERS) -> np.ndarray:
    """Return answers of which so many are right, the same number for each individual."""
    each = np.bincount(owners)[1]
    first = np.arange(len(owners)) % each < round(share * each)
    moved = first.reshape(-1, each)
    return np.asarray(np.roll(moved, seed, axis=1).ravel(), np.float64)


def noisy(share: float, seed: int, owners: np.ndarray = OWNERS) -> np.ndarray:
    """Return answers that are right by chance."""
    return (np.random.default_rng(seed).random(len(owners)) < share).astype(np.float64)


def learning(shares: dict[int, float], seeds: int = 1, name: str = "fine-tuned") -> Method:
    """Return a network that is so good at each size."""
    answers = {
        (size, seed): noisy(share, 100 * size + seed)
        for size, share in shares.items()
        for seed in range(seeds)
    }
    return Method(name, "fine-tuned", answers)


def grown(
    *methods: Method,
    seeds: int = 1,
    varied: Vary = "photos",
    owners: np.ndarray = OWNERS,
) -> Resampled:
    """Return some methods, resampled."""
    steps = tuple(Taken(varied, size, 0, frozenset(), size, PEOPLE) for size in SIZES)
    return Resampled(Grown(varied, steps, seeds, owners, methods), draws=400)


def values(curve: Curve) -> list[float]:
    """Return the shares of a curve."""
    return [point.estimate.value for point in curve.points]


def test_a_curve_is_the_mean_over_seeds_with_each_seed_beside() -> None:
    """Methods that learn nothing are flat; photos and individuals are said at each point."""
    local = Method.still("local", "local", right(0.5))
    deep = Method("fine-tuned", "fine-tuned", {(2, 0): right(0.2), (2, 1): right(0.4)})
    flat, curve = curves(grown(local, deep, seeds=2))
    assert values(flat) == [0.5, 0.5, 0.5]
    assert values(curve) == [pytest.approx(0.3)]
    assert curve.points[0].seeds == (0.2, 0.4)
    assert (curve.points[0].photos, curve.points[0].individuals) == (2, PEOPLE)
    assert flat.points[0].seeds == ()
    estimate = curve.points[0].estimate
    assert (estimate.n, estimate.individuals) == (PEOPLE * EACH, PEOPLE)


def test_the_interval_is_over_individuals_and_seeds() -> None:
    """Individuals alike and seeds apart: all of the interval comes from the seeds."""
    alike = {(size, seed): right(0.2 + 0.2 * seed) for size in SIZES for seed in range(2)}
    (curve,) = curves(grown(Method("fine-tuned", "fine-tuned", alike), seeds=2))
    estimate = curve.points[0].estimate
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((0.2, 0.3, 0.4))
    one = {(size, 0): right(0.4) for size in SIZES}
    (curve,) = curves(grown(Method("fine-tuned", "fine-tuned", one)))
    assert curve.points[0].estimate.low == pytest.approx(curve.points[0].estimate.high)


def test_the_interval_is_that_of_a_plain_loop() -> None:
    """Individuals drawn with replacement, all their photos with them."""
    owners = np.repeat(np.arange(1, 31), np.arange(1, 31) % 5 + 1)
    hits = (np.random.default_rng(5).random(len(owners)) < (owners % 3) / 2).astype(np.float64)
    local = Method.still("local", "local", hits)
    estimate = curves(grown(local, owners=owners))[0].points[0].estimate
    rng = np.random.default_rng(9)
    means = [
        np.concatenate([hits[owners == who] for who in rng.integers(1, 31, 30)]).mean()
        for _ in range(1000)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.03)


def test_few_individuals_have_no_interval() -> None:
    """Fewer than five say nothing of others; the crossing says so, too."""
    owners = np.repeat([1, 2, 3, 4], EACH)
    local = Method.still("local", "local", right(0.2, owners=owners))
    deep = Method("fine-tuned", "fine-tuned", {(size, 0): np.ones(len(owners)) for size in SIZES})
    resampled = grown(local, deep, owners=owners)
    assert curves(resampled)[0].points[0].estimate.low is None
    assert "no interval: too few individuals were asked" in crossings(resampled)[0]


def test_the_crossing_is_named_with_its_interval() -> None:
    """Ahead from eight on in all draws: one size, not a range."""
    local = Method.still("local", "local", right(0.5))
    (sentence,) = crossings(grown(local, learning({2: 0.1, 4: 0.3, 8: 0.9})))
    assert sentence.startswith(
        "fine-tuned is ahead of local from 8 photos of each individual on"
        " (95 % interval of that size: 8);"
        " at 8 photos of each individual the difference is +"
    )


def test_a_crossing_that_is_not_sure_has_a_range() -> None:
    """Level at four: other individuals would move it."""
    local = Method.still("local", "local", noisy(0.5, 1))
    (sentence,) = crossings(grown(local, learning({2: 0.1, 4: 0.5, 8: 0.9})))
    assert "(95 % interval of that size: 4 to 8)" in sentence


def test_no_crossing_is_said_as_such() -> None:
    """With what was tried, and how far it is behind there."""
    local = Method.still("local", "local", right(0.8))
    (sentence,) = crossings(grown(local, learning({2: 0.1, 4: 0.2, 8: 0.3})))
    assert sentence.startswith(
        "fine-tuned is not ahead of local within what was tried, up to 8 photos of each"
        " individual; there the difference is -"
    )
    assert "it may be ahead" not in sentence
    (sentence,) = crossings(grown(local, learning({2: 0.1, 4: 0.2, 8: 0.78})))
    assert sentence.endswith(
        ", which may be chance; with other individuals it may be ahead from 8 photos of each"
        " individual on"
    )


def test_ahead_at_once() -> None:
    """The smallest size is no crossing: it may lie below what was tried."""
    local = Method.still("local", "local", right(0.1))
    network = learning({2: 0.6, 4: 0.7, 8: 0.8}, name="fine-tuned")
    (sentence,) = crossings(grown(local, network, varied="individuals"))
    assert "already at the smallest size tried, 2 individuals (95 %" in sentence
    assert "(95 % interval of that size: 2 or fewer); at 8 individuals" in sentence


def test_shared_weights_are_compared_too() -> None:
    """The network with the weights as they are, and those with the local pipeline."""
    local = Method.still("local", "local", right(0.5))
    shared = Method.still("zero-shot", "zero-shot", right(0.3))
    first, second, third = crossings(grown(local, shared, learning({2: 0.4, 4: 0.4, 8: 0.4})))
    assert "fine-tuned is not ahead of local" in first
    assert "fine-tuned is ahead of zero-shot already at the smallest size" in second
    assert third.startswith("zero-shot against local: -20.0 points (95 %: -20.0 to -20.0)")


def test_a_missing_training_costs_a_point_or_a_seed() -> None:
    """Where one seed is there, it stands alone; where none is, there is no point."""
    local = Method.still("local", "local", right(0.5))
    some = {(2, 0): right(0.2), (2, 1): right(0.4), (8, 1): right(0.9)}
    _, curve = curves(grown(local, Method("fine-tuned", "fine-tuned", some), seeds=2))
    assert [point.photos for point in curve.points] == [2, 8]
    assert curve.points[1].seeds == (0.9,)
    nothing = Method("from scratch", "from scratch", {})
    assert crossings(grown(local, nothing)) == ("from scratch could not be trained at any size",)


def test_what_one_method_cannot_answer_it_got_wrong() -> None:
    """All methods count the same photos: those that some method could be asked."""
    whole = right(1.0)
    half = whole.copy()
    half[::2] = np.nan
    none = whole.copy()
    none[:EACH] = np.nan
    half[:EACH] = np.nan
    local = Method.still("local", "local", none)
    other = Method.still("zero-shot", "zero-shot", half)
    first, second = curves(grown(local, other))
    assert first.points[0].estimate.n == (PEOPLE - 1) * EACH
    assert (values(first)[0], values(second)[0]) == (1.0, 0.5)


@given(
    rows=st.lists(
        st.lists(st.sampled_from([-0.1, 0.0, 0.1, np.nan]), min_size=3, max_size=3), min_size=1
    )
)
@settings(max_examples=50, deadline=None)
def test_ahead_means_from_there_on_at_every_size(rows: list[list[float]]) -> None:
    """A size that is ahead between others that are not is chance, not a crossing."""
    found = ahead_from(np.array(rows))
    for row, place in zip(rows, found.tolist(), strict=True):
        assert all(value > 0 for value in row[place:])
        assert place == 0 or not row[place - 1] > 0

"""Which sightings show one animal?"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.decide.cluster import cluster, probability
from fieldmark.decide.links import Evidence, Pair, both_ways, known
from fieldmark.types import Ids

weights = st.lists(st.integers(-9, 9), min_size=15, max_size=15)
few = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]),
    max_size=4,
)
ALL = [(a, b) for a in range(6) for b in range(a + 1, 6)]
NODES = np.arange(6)


def evidence(told: list[int], kept: list[bool] | None = None) -> Evidence:
    """Return what is said of all pairs of six nodes, or of some of them."""
    pairs = [(p, w) for p, w, k in zip(ALL, told, kept or [True] * 15, strict=True) if k]
    first, second = (np.array([p[end] for p, _ in pairs], np.int64) for end in (0, 1))
    return Evidence(first, second, np.array([w for _, w in pairs], np.float64))


def inside(labels: Ids, told: list[int]) -> float:
    """Return the evidence within the groups, added up, in the most simple way."""
    pairs = zip(ALL, told, strict=True)
    return sum(weight for (a, b), weight in pairs if labels[a] == labels[b])


def partitions(n: int) -> Iterator[list[int]]:
    """Yield all ways to group n nodes."""
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1):
        yield from ([*rest, label] for label in range(max(rest, default=-1) + 2))


WAYS = np.array([[way[a] == way[b] for a, b in ALL] for way in partitions(6)])


def optimum(told: list[int]) -> float:
    """Return the most that any way to group six nodes reaches: all 203 are tried."""
    return float((WAYS @ np.array(told)).max())


@settings(max_examples=50)
@given(weights, few, few)
def test_constraints(told: list[int], must: list[Pair], cannot: list[Pair]) -> None:
    """What must be one animal is, and what cannot be is not, whatever the evidence says."""
    before = known(range(6), must, cannot)
    found = cluster(before, evidence(told))
    for a, b in cannot:
        assert found.labels[a] != found.labels[b]
    assert (found.labels[before.group] == found.labels).all()


@settings(max_examples=50)
@given(weights, st.permutations(range(6)))
def test_names_of_nodes(told: list[int], order: list[int]) -> None:
    """Giving the nodes other numbers gives the same groups, where no two pairs are equal."""
    distinct = [w * 1000 + 2**place for place, w in enumerate(told)]
    one = cluster(known(range(6), [], []), evidence(distinct)).labels
    at = {tuple(sorted((order[a], order[b]))): w for (a, b), w in zip(ALL, distinct, strict=True)}
    other = cluster(known(range(6), [], []), evidence([at[pair] for pair in ALL])).labels
    assert all((one[a] == one[b]) == (other[order[a]] == other[order[b]]) for a, b in ALL)


@settings(max_examples=50)
@given(weights)
def test_near_the_optimum(told: list[int]) -> None:
    """Never worse than all alone or all together, and never better than the best of all ways."""
    labels = cluster(known(range(6), [], []), evidence(told)).labels
    reached = inside(labels, told)
    best = optimum(told)
    assert max(0, sum(told)) <= reached <= best


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2), min_size=6, max_size=6), weights)
def test_clear_cases(truth: list[int], noise: list[int]) -> None:
    """Where all evidence has the right sign, the groups are the true ones: the optimum."""
    told = [(1 + abs(w)) * (1 if truth[a] == truth[b] else -1)
            for (a, b), w in zip(ALL, noise, strict=True)]  # fmt: skip
    labels = cluster(known(range(6), [], []), evidence(told)).labels
    assert all((labels[a] == labels[b]) == (truth[a] == truth[b]) for a, b in ALL)
    assert inside(labels, told) == optimum(told)


@settings(max_examples=50)
@given(weights, st.lists(st.booleans(), min_size=15, max_size=15), few, few)
def test_silence_counts_as_absent(
    told: list[int], kept: list[bool], must: list[Pair], cannot: list[Pair]
) -> None:
    """Leaving out what is as little as `absent` changes nothing."""
    held = [max(w, -3) if keep else -3 for w, keep in zip(told, kept, strict=True)]
    before = known(range(6), must, cannot)
    whole = cluster(before, evidence(held), absent=-3)
    sparse = cluster(before, evidence(held, kept), absent=-3)
    assert np.array_equal(whole.labels, sparse.labels)
    assert whole.joins == sparse.joins


@settings(max_examples=50)
@given(weights, st.lists(st.sampled_from([-1, 0, 1]), min_size=6, max_size=6))
def test_opposite_flanks_are_no_evidence(told: list[int], flank: list[int]) -> None:
    """Pairs of opposite flanks count neither for nor against, as if their evidence were 0."""
    opposite = [flank[a] == -flank[b] != 0 for a, b in ALL]
    held = [0 if away else w for w, away in zip(told, opposite, strict=True)]
    shown = evidence(held, [not away for away in opposite])
    sparse = cluster(known(range(6), [], []), shown, absent=-3, flank=np.array(flank))
    whole = cluster(known(range(6), [], []), evidence(held))
    assert np.array_equal(whole.labels, sparse.labels)


def test_one_flank_stays_apart() -> None:
    """Left and right flanks of one animal are two groups, until something joins them."""
    told = both_ways(np.array([1, 3]), np.array([2, 4]), np.array([6.0, 4.0]))
    flank = np.array([1, 1, -1, -1])
    assert cluster(known(range(1, 5), [], []), told, -1, flank).labels.tolist() == [1, 1, 3, 3]
    joined = cluster(known(range(1, 5), [(2, 3)], []), told, -1, flank)
    assert joined.labels.tolist() == [1, 1, 1, 1]
    assert [(join.first, join.second) for join in joined.joins] == [(1, 2), (1, 4)]


@settings(max_examples=50)
@given(weights, st.sets(st.integers(0, 5), min_size=2))
def test_distinct(told: list[int], distinct: set[int]) -> None:
    """No two named animals come into one group, also through a third sighting; as cannots do."""
    one = cluster(known(range(6), [], [], distinct), evidence(told))
    pairs = [(a, b) for a in distinct for b in distinct if a < b]
    other = cluster(known(range(6), [], pairs), evidence(told))
    assert np.array_equal(one.labels, other.labels)
    assert len(set(one.labels[sorted(distinct)].tolist())) == len(distinct)


def test_a_strong_against_stops_a_chain() -> None:
    """A like B and B like C does not make A and C one animal that are not alike at all."""
    told = both_ways(np.array([1, 2, 1]), np.array([2, 3, 3]), np.array([3.0, 2.0, -4.0]))
    found = cluster(known([1, 2, 3], [], []), told)
    assert found.labels.tolist() == [1, 1, 3]
    (join,) = found.joins
    assert (join.first, join.second, join.log_odds, join.mean) == (1, 2, 3.0, 3.0)


def test_weakest_join() -> None:
    """A group is as sure as its weakest join; what was known needs none."""
    told = both_ways(np.array([1, 2, 1, 7]), np.array([2, 3, 3, 8]), np.array([3.0, 2.0, 0.5, 1.0]))
    found = cluster(known([1, 2, 3, 5, 6, 7, 8], [(5, 6)], []), told)
    weakest = found.weakest()
    assert set(weakest) == {1, 7}
    assert weakest[1].mean == 1.25
    assert weakest[7].mean == 1.0
    assert probability(np.array([0.0])).tolist() == [0.5]


def test_faults() -> None:
    """Evidence for silence, and of strangers, is refused."""
    told = both_ways(np.array([1]), np.array([2]), np.array([1.0]))
    with pytest.raises(ValueError, match="log odds ≤ 0"):
        cluster(known([1, 2], [], []), told, absent=0.1)
    with pytest.raises(ValueError, match="not there"):
        cluster(known([2, 3], [], []), told)


def test_one_visit_joins_two_flanks() -> None:
    """What else than looks speaks for a pair of opposite flanks counts in full."""
    told = both_ways(np.array([1]), np.array([2]), np.array([1.0]))
    found = cluster(known([1, 2], [], []), told, absent=-3, flank=np.array([1, -1]))
    assert found.labels.tolist() == [1, 1]
    assert found.joins[0].log_odds == 1.0


def test_many_nodes() -> None:
    """Three thousand sightings of a thousand animals come out right, in memory for the pairs."""
    generator = np.random.default_rng(0)
    truth = np.repeat(np.arange(1000), 3)
    near = np.flatnonzero(np.ones(3000))
    pairs = [(3 * a + i, 3 * a + j) for a in range(1000) for i, j in ((0, 1), (0, 2), (1, 2))]
    asking = np.array([a for a, _ in pairs] + near.repeat(10).tolist())
    answer = np.array([b for _, b in pairs] + generator.integers(0, 3000, 30000).tolist())
    same = truth[asking] == truth[answer]
    told = np.where(same, generator.normal(4, 1, len(same)), generator.normal(-4, 1, len(same)))
    found = cluster(known(range(3000), [], []), both_ways(asking, answer, told), absent=-5)
    assert np.array_equal(found.labels, 3 * truth)

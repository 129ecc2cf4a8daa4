"""What is known and what is thought of pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.decide.links import Evidence, Pair, both_ways, known, plus

nodes = st.integers(1, 8)
pairs = st.lists(st.tuples(nodes, nodes).filter(lambda pair: pair[0] != pair[1]), max_size=10)


def reached(start: int, must: list[Pair]) -> set[int]:
    """Return what a node is joined with, by walking."""
    seen = {start}
    while more := {b for pair in must for a, b in (pair, pair[::-1]) if a in seen} - seen:
        seen |= more
    return seen


@settings(max_examples=50)
@given(pairs, pairs)
def test_closure(must: list[Pair], cannot: list[Pair]) -> None:
    """All that musts join directly or through others is one group, unless a cannot is inside."""
    found = known(range(1, 9), must, cannot)
    group = dict(zip(found.nodes.tolist(), found.group.tolist(), strict=True))
    for node in range(1, 9):
        mates = reached(node, must)
        clash = any(a in mates and b in mates for a, b in cannot)
        assert group[node] == (node if clash else min(mates))


@settings(max_examples=50)
@given(pairs, pairs)
def test_nothing_is_broken_in_silence(must: list[Pair], cannot: list[Pair]) -> None:
    """No cannot is inside a group, and every must that was not followed is reported."""
    found = known(range(1, 9), must, cannot)
    group = dict(zip(found.nodes.tolist(), found.group.tolist(), strict=True))
    told = {node for clash in found.contradictions for node in clash.nodes}
    for a, b in cannot:
        assert group[a] != group[b]
        assert tuple(sorted((group[a], group[b]))) in found.cannot
    for a, b in must:
        assert group[a] == group[b] or {a, b} <= told
    for clash in found.contradictions:
        assert clash.cannot
        assert set(clash.nodes) == reached(clash.nodes[0], must)


@settings(max_examples=50)
@given(pairs, pairs)
def test_order_of_pairs(must: list[Pair], cannot: list[Pair]) -> None:
    """The order of the pairs, and of the two in a pair, changes nothing."""
    one = known(range(1, 9), must, cannot)
    other = known(range(8, 0, -1), [p[::-1] for p in reversed(must)], list(reversed(cannot)))
    assert np.array_equal(one.group, other.group)
    assert one.cannot == other.cannot
    assert one.contradictions == other.contradictions


def test_both_ways() -> None:
    """What two nodes said of each other becomes one number: the mean; silence adds nothing."""
    found = both_ways(
        np.array([5, 2, 2, 7, 7]),
        np.array([2, 5, 7, 7, 2]),
        np.array([1.0, 3.0, np.nan, 9.0, -1.0]),
    )
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(2, 5), (2, 7)]
    assert found.log_odds.tolist() == [2.0, -1.0]


def test_silence_of_one() -> None:
    """Where only one of two named the other, the other's silence counts for half."""
    asking, answer = np.array([1, 1, 2]), np.array([2, 3, 1])
    found = both_ways(asking, answer, np.array([4.0, 4.0, 2.0]), silent=-6)
    assert found.log_odds.tolist() == [3.0, -1.0]


def test_names_are_distinct() -> None:
    """Two named animals are never joined; what would join them is reported."""
    found = known([1, 2, 3, 4], [(1, 2), (3, 4)], [], distinct=[1, 3, 4])
    assert found.group.tolist() == [1, 1, 3, 4]
    assert found.distinct == {1, 3, 4}
    assert [(clash.nodes, clash.cannot) for clash in found.contradictions] == [((3, 4), ((3, 4),))]


def test_no_evidence() -> None:
    """Where nobody said anything, there is no pair."""
    nobody = np.empty(0, np.int64)
    assert not len(both_ways(nobody, nobody, np.empty(0)).log_odds)


@pytest.mark.parametrize(
    ("first", "second", "told", "wrong"),
    [
        ([1], [2, 3], [0.0], "as many first nodes"),
        ([2], [1], [0.0], "the smaller node"),
        ([1], [2], [np.inf], "finite log odds"),
        ([1, 1], [2, 2], [0.0, 1.0], "each once"),
        ([3, 1], [4, 2], [0.0, 1.0], "ascending"),
    ],
)
def test_faults(first: list[int], second: list[int], told: list[float], wrong: str) -> None:
    """Evidence that is not one finite number for each ordered pair is refused."""
    with pytest.raises(ValueError, match=wrong):
        Evidence(np.array(first), np.array(second), np.array(told))


def test_strangers() -> None:
    """A pair of a node that is not there, and a node that is not itself, are refused."""
    with pytest.raises(ValueError, match="not there: \\[9\\]"):
        known([1, 2], [(1, 9)], [])
    with pytest.raises(ValueError, match="another animal than itself"):
        known([1, 2], [], [(2, 2)])


def test_plus() -> None:
    """Evidence of two kinds is added up where both name a pair, and kept where one does."""
    one = both_ways(np.array([1, 1]), np.array([2, 3]), np.array([1.0, 2.0]))
    other = both_ways(np.array([1, 2]), np.array([3, 3]), np.array([0.5, -1.0]))
    found = plus(one, other)
    assert found.first.tolist() == [1, 1, 2]
    assert found.second.tolist() == [2, 3, 3]
    assert found.log_odds.tolist() == [1.0, 2.5, -1.0]

"""What is known, and what is thought, of pairs of sightings before they are clustered.

A *node* is what is certainly one animal: an annotation, an encounter, or a named individual. Two
nodes *must* be one animal, or *cannot* be; otherwise there may be evidence for or against it, in
log odds. A pair without evidence (opposite flanks, say) simply has none: that counts for nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Ids

Floats64: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Evidence:
    """What is thought of e pairs of nodes, each pair once.

    Attributes:
        first, second: (e,) numbers of nodes, the smaller one first; the pairs ascending.
        log_odds: (e,) of being one animal; finite.

    Raises:
        ValueError: if the shapes differ, or a pair comes twice, unordered or without a number.
    """

    first: Ids
    second: Ids
    log_odds: Floats64

    def __post_init__(self) -> None:
        if not len(self.first) == len(self.second) == len(self.log_odds):
            raise ValueError("expected as many first nodes as second ones and log odds")
        if not np.isfinite(self.log_odds).all() or not (self.first < self.second).all():
            raise ValueError("expected finite log odds and the smaller node of each pair first")
        ahead = np.diff(self.first)
        if ((ahead < 0) | ((ahead == 0) & (np.diff(self.second) <= 0))).any():
            raise ValueError("expected the pairs ascending, each once")


@dataclass(frozen=True)
class Contradiction:
    """Nodes that must be one animal, two of whom cannot be.

    Attributes:
        nodes: all that the musts join, ascending.
        cannot: the pairs among them that cannot be one animal.
    """

    nodes: tuple[int, ...]
    cannot: tuple[Pair, ...]


@dataclass(frozen=True)
class Known:
    """The nodes, joined as far as it is known.

    Attributes:
        nodes: (n,) ascending.
        group: (n,) the smallest node of each one's group.
        cannot: pairs of groups that cannot be one animal, the smaller first.
        distinct: groups of which no two can be one animal.
        contradictions: where nothing was joined, because it would break a cannot.
    """

    nodes: Ids
    group: Ids
    cannot: frozenset[Pair]
    distinct: frozenset[int]
    contradictions: tuple[Contradiction, ...]


def both_ways(
    asking: Ids, answer: Ids, log_odds: Floats64, silent: float | None = None
) -> Evidence:
    """Gather what nodes said of each other: the mean of what both said.

    Args:
        asking: (e,) the node that asked; with `answer`, each pair once in each direction.
        answer: (e,) the node that it was compared with.
        log_odds: (e,) that they are one animal; NaN is left out.
        silent: what a node that was asked, and did not name the other, says of it; None: nothing.
    """
    told = ~np.isnan(log_odds) & (asking != answer)
    pairs = np.sort(np.column_stack([asking[told], answer[told]]), axis=1).astype(np.int64)
    found, place, count = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    total = np.bincount(place.ravel(), log_odds[told], len(found))
    if silent is not None:
        total, count = total + (2 - count) * silent, np.full_like(count, 2)
    return Evidence(found[:, 0], found[:, 1], total / count)


def known(
    nodes: Iterable[int],
    must: Iterable[Pair],
    cannot: Iterable[Pair],
    distinct: Iterable[int] = (),
) -> Known:
    """Join what must be one animal.

    Where that would break a `cannot`, nothing of that group is joined, and it is reported: which
    of the two is wrong only a person can say.

    Args:
        nodes: their numbers.
        must: pairs that are one animal.
        cannot: pairs that are two.
        distinct: nodes of which no two are one animal: those with names.

    Raises:
        ValueError: if a pair names a node that is not there, or one node twice as a cannot.
    """
    numbers = np.array(sorted(set(nodes)), np.int64)
    musts, cannots = _tidy(must, numbers), _tidy(cannot, numbers)
    apart = sorted(set(distinct))
    if any(first == second for first, second in cannots):
        raise ValueError("a node cannot be another animal than itself")
    group = _components(numbers.tolist(), musts)
    broken = _broken(numbers.tolist(), group, [*cannots, *_clashing(apart, group)])
    loose = {node for each in broken for node in each.nodes}
    group |= {node: node for node in loose}
    barred = {_ordered(group[a], group[b]) for a, b in cannots}
    labels = np.array([group[node] for node in numbers.tolist()], np.int64)
    different = frozenset(group[node] for node in apart)
    return Known(numbers, labels, frozenset(barred), different, broken)


def _tidy(pairs: Iterable[Pair], nodes: Ids) -> list[Pair]:
    found = sorted({_ordered(*pair) for pair in pairs})
    missing = {node for pair in found for node in pair} - set(nodes.tolist())
    if missing:
        raise ValueError(f"nodes that are not there: {sorted(missing)[:5]}")
    return found


def _ordered(first: int, second: int) -> Pair:
    return (first, second) if first < second else (second, first)


def _components(nodes: Sequence[int], pairs: Iterable[Pair]) -> dict[int, int]:
    """Return the smallest node that each one is joined with, directly or through others."""
    above = {node: node for node in nodes}

    def top(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for first, second in pairs:
        low, high = _ordered(top(first), top(second))
        above[high] = low
    return {node: top(node) for node in nodes}


def _clashing(distinct: Iterable[int], group: dict[int, int]) -> Iterator[Pair]:
    """Yield pairs of distinct nodes that are in one group: each with the first of them."""
    first: dict[int, int] = {}
    for node in distinct:
        if (other := first.setdefault(group[node], node)) != node:
            yield other, node


def _broken(
    nodes: Sequence[int], group: dict[int, int], cannot: Iterable[Pair]
) -> tuple[Contradiction, ...]:
    inside: dict[int, list[Pair]] = defaultdict(list)
    for first, second in cannot:
        if group[first] == group[second]:
            inside[group[first]].append((first, second))
    members: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        members[group[node]].append(node)
    return tuple(
        Contradiction(tuple(members[label]), tuple(pairs))
        for label, pairs in sorted(inside.items())
    )


def plus(one: Evidence, other: Evidence) -> Evidence:
    """Return what both say, added up where they name the same pair."""
    both = np.column_stack([
        np.concatenate([one.first, other.first]), np.concatenate([one.second, other.second])
    ])  # fmt: skip
    pairs, place = np.unique(both, axis=0, return_inverse=True)
    told = np.concatenate([one.log_odds, other.log_odds])
    total = np.bincount(place.ravel(), told, len(pairs)).astype(np.float64)
    return Evidence(pairs[:, 0], pairs[:, 1], total)

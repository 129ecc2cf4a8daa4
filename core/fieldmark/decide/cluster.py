"""Which sightings show one animal, when nobody has named any?

Greedy additive edge contraction (Keuper et al. 2015, ICCV): the two groups with the strongest
evidence for being one animal are joined, their evidence about all others is added up, and so on
until no two groups have more evidence for than against it. What cannot be one animal never is.
The number of animals is not given; it comes out.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from fieldmark.decide.links import Evidence, Floats64, Known
from fieldmark.types import Ids


@dataclass(frozen=True)
class Join:
    """Two groups that evidence joined.

    Attributes:
        first, second: the smallest nodes of the two.
        log_odds: the evidence, added up over all pairs of nodes.
        mean: the same for one pair of nodes: what adding up does not inflate.
    """

    first: int
    second: int
    log_odds: float
    mean: float


@dataclass(frozen=True)
class Clustering:
    """Groups of nodes, each thought to be one animal.

    Attributes:
        nodes: (n,) ascending.
        labels: (n,) the smallest node of each one's group.
        joins: what was joined, in order.
    """

    nodes: Ids
    labels: Ids
    joins: tuple[Join, ...]

    def weakest(self) -> dict[int, Join]:
        """Return for each group the join that has the least evidence, if any was needed."""
        label = dict(zip(self.nodes.tolist(), self.labels.tolist(), strict=True))
        found: dict[int, Join] = {}
        for join in self.joins:
            group = label[join.first]
            if group not in found or join.mean < found[group].mean:
                found[group] = join
        return found


def cluster(
    known: Known, evidence: Evidence, absent: float = 0.0, flank: Ids | None = None
) -> Clustering:
    """Group nodes by evidence, obeying what is known.

    The order in which pairs are given does not matter; of equally strong joins the one with the
    smallest nodes comes first.

    Args:
        known: the nodes, what must be one animal and what cannot.
        evidence: of pairs of nodes.
        absent: log odds, ≤ 0, of a pair that was compared and that `evidence` does not name,
            because nothing was alike.
        flank: (n,) nodes of opposite numbers (1 and −1, 2 and −2) were not compared; what
            `evidence` says of them is no likeness (one visit, say). 0: compared with anybody. None:
            all were compared.

    Raises:
        ValueError: if `absent` is above 0, or the evidence names a node that is not there.
    """
    if absent > 0:
        raise ValueError(f"expected log odds ≤ 0 for what nothing speaks for, got {absent}")
    _check(known.nodes, evidence)
    graph = _Graph(known, evidence, absent, flank)
    joins = tuple(graph.contract())
    return Clustering(known.nodes, graph.labels(), joins)


def _check(nodes: Ids, evidence: Evidence) -> None:
    ends = np.concatenate([evidence.first, evidence.second])
    if not np.isin(ends, nodes).all():
        raise ValueError("the evidence names nodes that are not there")


@dataclass
class _Group:
    """A group while it grows.

    Attributes:
        flanks: how many nodes of each flank it has.
        near: for another group, the evidence beyond `absent`, and how many pairs it is of.
        cannot: the groups that are other animals.
        distinct: whether it is another animal than any other group that is so.
    """

    flanks: Counter[int]
    near: dict[int, tuple[float, int]] = field(default_factory=dict)
    cannot: set[int] = field(default_factory=set)
    distinct: bool = False

    def compared(self, other: "_Group") -> int:
        """Return how many pairs of nodes of the two were compared."""
        pairs = self.flanks.total() * other.flanks.total()
        return pairs - sum(n * other.flanks[-f] for f, n in self.flanks.items() if f)


class _Graph:
    """Groups, and the evidence between them."""

    def __init__(self, known: Known, evidence: Evidence, absent: float, flank: Ids | None) -> None:
        self._known, self._absent = known, absent
        flanks = np.zeros_like(known.nodes) if flank is None else flank
        self._groups: dict[int, _Group] = {}
        for group, side in zip(known.group.tolist(), flanks.tolist(), strict=True):
            self._groups.setdefault(group, _Group(Counter())).flanks[side] += 1
        for first, second in known.cannot:
            self._groups[first].cannot.add(second)
            self._groups[second].cannot.add(first)
        for group in known.distinct:
            self._groups[group].distinct = True
        self._into: dict[int, int] = {}
        for first, second, told, compared in _between(known, evidence, flanks):
            self._add(first, second, (told - absent * compared, 1))

    def _add(self, first: int, second: int, more: tuple[float, int]) -> None:
        total, pairs = self._groups[first].near.get(second, (0.0, 0))
        told = total + more[0], pairs + more[1]
        self._groups[first].near[second] = self._groups[second].near[first] = told

    def contract(self) -> Iterator[Join]:
        """Join what has most evidence, until there is none left."""
        heap = [
            entry
            for first, group in self._groups.items()
            for second in group.near
            if first < second and (entry := self._entry(first, second))
        ]
        heapq.heapify(heap)
        while heap:
            entry = heapq.heappop(heap)
            _, first, second = entry
            # An entry is out of date once either group has grown.
            if self._entry(first, second) != entry:
                continue
            yield self._join(first, second)
            for other in self._groups[first].near:
                if new := self._entry(*sorted((first, other))):
                    heapq.heappush(heap, new)

    def _entry(self, first: int, second: int) -> tuple[float, int, int] | None:
        """Return two groups with minus their evidence; None: nothing joins them."""
        one, other = self._groups.get(first), self._groups.get(second)
        if one is None or other is None or second not in one.near:
            return None
        if second in one.cannot or (one.distinct and other.distinct):
            return None
        weight = one.near[second][0] + self._absent * one.compared(other)
        return (-weight, first, second) if weight > 0 else None

    def _join(self, first: int, second: int) -> Join:
        """Make one group of two; it keeps the smaller number."""
        kept, gone = self._groups[first], self._groups.pop(second)
        pairs = max(kept.compared(gone), kept.near[second][1])
        weight = kept.near[second][0] + self._absent * kept.compared(gone)
        kept.flanks.update(gone.flanks)
        for other, told in gone.near.items():
            del self._groups[other].near[second]
            if other != first:
                self._add(first, other, told)
        for other in gone.cannot:
            self._groups[other].cannot.discard(second)
            self._groups[other].cannot.add(first)
        kept.cannot |= gone.cannot
        kept.distinct |= gone.distinct
        self._into[second] = first
        return Join(first, second, weight, weight / pairs)

    def labels(self) -> Ids:
        """Return the group of each node."""
        for gone in sorted(self._into, reverse=True):
            while (above := self._into[gone]) in self._into:
                self._into[gone] = self._into[above]
        found = [self._into.get(group, group) for group in self._known.group.tolist()]
        return np.array(found, np.int64)


def _between(
    known: Known, evidence: Evidence, flanks: Ids
) -> Iterator[tuple[int, int, float, bool]]:
    """Yield the evidence as pairs of groups, and whether the two nodes could be compared.

    What is joined already needs no evidence.
    """
    one, other = (np.searchsorted(known.nodes, ends) for ends in (evidence.first, evidence.second))
    opposite = (flanks[one] == -flanks[other]) & (flanks[one] != 0)
    columns = known.group[one], known.group[other], evidence.log_odds, ~opposite
    for a, b, told, compared in zip(*(column.tolist() for column in columns), strict=True):
        if a != b:
            yield a, b, told, compared


def probability(log_odds: Floats64 | float) -> Floats64:
    """Return the probability of log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -500, 500))), np.float64)

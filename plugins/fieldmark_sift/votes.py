"""Local naive-Bayes nearest neighbours: what each query keypoint says for which annotation.

McCann and Lowe, "Local naive Bayes nearest neighbor for image classification", CVPR 2012,
algorithm 2, as Crall et al., "HotSpotter", WACV 2013, use it for individuals: a neighbour's vote is
d_norm − d, squared distances, where the normaliser is a neighbour of another individual. A detail
that many animals share has its neighbours close together and says nothing.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids


@dataclass(frozen=True)
class Votes:
    """Matches of a query's keypoints with keypoints of the gallery.

    Attributes:
        feature: (m,) int64, which keypoint of the query.
        row: (m,) int64, which keypoint of the gallery.
        slot: (m,) int64, which annotation of the gallery that one belongs to.
        weight: (m,) float32, > 0.
    """

    feature: Ids
    row: Ids
    slot: Ids
    weight: Floats

    def __len__(self) -> int:
        return len(self.weight)

    def where(self, chosen: NDArray[np.bool_] | Ids) -> Self:
        """Return some of the votes."""
        return type(self)(
            self.feature[chosen], self.row[chosen], self.slot[chosen], self.weight[chosen]
        )

    def times(self, factors: Floats) -> Self:
        """Return the votes with each weight multiplied; those of weight 0 are gone."""
        weighed = type(self)(self.feature, self.row, self.slot, self.weight * factors)
        return weighed.where(weighed.weight > 0)


def weigh(distances: Floats, individuals: Ids, k: int) -> Floats:
    """Return the LNBNN weight of every neighbour.

    A neighbour votes if it belongs to one of the k nearest *individuals*; the normaliser is the
    first neighbour of the next one, so it is never of the same individual as a voter. Where the
    neighbours end before that, the last of them stands in: it is a lower bound of the normaliser.

    Args:
        distances: (n, m) squared distances, ascending in each row; infinity: no neighbour.
        individuals: (n, m) whose each neighbour is.
        k: how many individuals may vote.

    Returns:
        (n, m), ≥ 0; 0 for neighbours that do not vote.
    """
    nth = np.cumsum(_is_new(individuals), axis=1)
    there = np.isfinite(distances)
    beyond = there & (nth > k)
    last = np.maximum(there.sum(axis=1) - 1, 0)
    place = np.where(beyond.any(axis=1), beyond.argmax(axis=1), last)
    normaliser = np.take_along_axis(distances, place[:, None], axis=1)
    votes = there & (nth <= k)
    gap = np.subtract(normaliser, distances, out=np.zeros_like(distances), where=votes)
    return np.maximum(gap, 0).astype(np.float32, copy=False)


def _is_new(individuals: Ids) -> NDArray[np.bool_]:
    """Return for each neighbour (n, m) whether no nearer one is of the same individual."""
    n, m = individuals.shape
    new = np.ones((n, m), np.bool_)
    for j in range(1, m):
        new[:, j] = (individuals[:, :j] != individuals[:, j : j + 1]).all(axis=1)
    return new


def collect(weights: Floats, rows: Ids, slots: Ids) -> Votes:
    """Return the votes, at most one of each query keypoint for each annotation: the nearest.

    Args:
        weights: (n, m), neighbours in ascending order of distance.
        rows: (n, m) keypoints of the gallery.
        slots: (n, m) their annotations.
    """
    feature, place = np.nonzero(weights > 0)
    votes = Votes(
        feature.astype(np.int64), rows[feature, place], slots[feature, place],
        weights[feature, place],
    )  # fmt: skip
    pair = votes.feature * (int(slots.max(initial=0)) + 1) + votes.slot
    _, first = np.unique(pair, return_index=True)
    return votes.where(first)


def sums(values: Floats, groups: Ids, count: int) -> NDArray[np.float64]:
    """Return the sum of `values` (m,) for each of `count` groups: (count,)."""
    total = np.bincount(groups, weights=values, minlength=count)
    return total.astype(np.float64, copy=False)


def best_of_each(votes: Votes, individual_of_slot: Ids, count: int) -> NDArray[np.float64]:
    """Return for each of `count` individuals the sum of votes, one for each query keypoint.

    Several photos of one individual show the same detail; it counts once, at its best.

    Args:
        votes: for annotations.
        individual_of_slot: for each annotation the place 0 … count − 1 of its individual.
        count: how many individuals there are.
    """
    if not len(votes):
        return np.zeros(count)
    owner = individual_of_slot[votes.slot]
    order = np.lexsort((-votes.weight, owner, votes.feature))
    feature, owner, weight = votes.feature[order], owner[order], votes.weight[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (feature[1:] != feature[:-1]) | (owner[1:] != owner[:-1])
    return sums(weight[first], owner[first], count)

"""One query against the whole gallery at once: LNBNN votes, then spatial verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Rules
from fieldmark.errors import UserError
from fieldmark.types import Candidate, Explanation, Features, Floats, Ids, Keypoints, Query
from fieldmark_sift import LnbnnOptions, storage
from fieldmark_sift.gallery import Gallery
from fieldmark_sift.neighbours import Storage
from fieldmark_sift.rows import Rows, step
from fieldmark_sift.verify import Verification
from fieldmark_sift.votes import Votes, best_of_each, collect, sums, weigh

FILE = "lnbnn.npz"

_UNVERIFIED = 1e-3
"""What a vote that no map explains counts: enough to order those without any verified match."""


@dataclass(frozen=True)
class Settings:
    """How votes are found and counted; see `fieldmark_sift.LnbnnOptions`."""

    k: int
    neighbours: int
    votes: Literal["individual", "annotation"]
    shortlist: int
    verification: Verification | None
    storage: Storage


def settings(options: LnbnnOptions) -> Settings:
    """Return what the options of the profile mean."""
    verification = None
    if options.verify != "off":
        verification = Verification(
            tolerance=options.tolerance,
            scale_ratio=options.scale_ratio,
            turn=radians(options.turn),
            minimum=options.min_matches,
            refine="none" if options.verify == "similarity" else options.verify,
        )
    return Settings(
        k=options.k,
        neighbours=options.neighbours,
        votes=options.votes,
        shortlist=options.shortlist,
        verification=verification,
        storage=Storage(options.exact_up_to, options.probes, options.pq_bytes),
    )


class Lnbnn:
    """Matches keypoints one-vs-many."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def index(self) -> "LnbnnIndex":
        """Return an empty index."""
        return LnbnnIndex(self._settings, Gallery(self._settings.storage))

    def load(self, folder: Path) -> "LnbnnIndex":
        """Return an index that `save` wrote.

        Raises:
            UserError: if there is none that can be read.
        """
        path = folder / FILE
        arrays = storage.read(path)
        try:
            gallery = Gallery.from_arrays(self._settings.storage, arrays)
        except (KeyError, ValueError, IndexError) as error:
            raise storage.unreadable(path) from error
        return LnbnnIndex(self._settings, gallery)


class LnbnnIndex:
    """A gallery of keypoints that ranks individuals for a query."""

    def __init__(self, settings: Settings, gallery: Gallery) -> None:
        self._settings = settings
        self._gallery = gallery

    @property
    def ids(self) -> Ids:
        """The annotations, int64 (n,), ascending."""
        return self._gallery.slots.ids

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add annotations; one that is there already is replaced.

        Raises:
            UserError: if the features are not keypoints, or descriptors differ in kind or length.
        """
        self._gallery.add(ids, [_keypoints(each) for each in features])

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations, if they are there."""
        self._gallery.remove(ids)

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        """Return the best `k` individuals for each query, the highest score first."""
        if not len(self.ids):
            return [[] for _ in queries]
        individuals, owner = np.unique(rules.individuals(self.ids), return_inverse=True)
        return [self._ranked(query, rules, individuals, owner.reshape(-1))[:k] for query in queries]

    def explain(self, query: Query, candidates: Sequence[int], rules: Rules) -> list[Explanation]:
        """Return the votes of the query for each annotation that agree on one map.

        Annotations that the rules forbid are explained as if they did not.

        Raises:
            KeyError: if an annotation is not in the index.
        """
        slots = [self._gallery.slot(candidate) for candidate in candidates]
        points = _keypoints(query.features)
        weights = self._weights(query, rules)
        weights[slots] = np.where(weights[slots] > 0, weights[slots], 1)
        _, owner = np.unique(rules.individuals(self.ids), return_inverse=True)
        votes = self._votes(points, weights, owner.reshape(-1))
        return [self._explained(points, votes.where(votes.slot == slot)) for slot in slots]

    def _explained(self, points: Keypoints, votes: Votes) -> Explanation:
        agreed = self._verified(points, votes)
        return Explanation(
            points.in_photo()[agreed.feature], self._gallery.rows.photo[agreed.row], agreed.weight
        )

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        storage.write(folder / FILE, self._gallery.to_arrays())

    def _weights(self, query: Query, rules: Rules) -> Floats:
        """Return the rules' weight of each annotation; 0 for the query itself."""
        weights = np.array(rules.weights(query.id, self.ids), np.float32)
        weights[self.ids == query.id] = 0
        return weights

    def _ranked(self, query: Query, rules: Rules, individuals: Ids, owner: Ids) -> list[Candidate]:
        points = _keypoints(query.features)
        votes = self._votes(points, self._weights(query, rules), owner)
        verified = self._verified(points, votes)
        score = self._scores(verified, owner, len(individuals))
        score += _UNVERIFIED * self._scores(votes, owner, len(individuals))
        backing = self._by_annotation(verified) + _UNVERIFIED * self._by_annotation(votes)
        behind = _backers(backing, owner)
        order = np.lexsort((individuals, -score))
        return [
            Candidate(int(individuals[i]), float(score[i]), tuple(self.ids[behind[i]].tolist()))
            for i in order.tolist()
            if i in behind
        ]

    def _votes(self, points: Keypoints, weights: Floats, owner: Ids) -> Votes:
        """Return what the query's keypoints say for the annotations of weight above 0."""
        settings = self._settings
        distances, rows = self._gallery.search(points, weights > 0, settings.neighbours)
        slots = self._gallery.slots.of_row[rows]
        votes = collect(weigh(distances, owner[slots], settings.k), rows, slots)
        return votes.times(weights[votes.slot])

    def _verified(self, points: Keypoints, votes: Votes) -> Votes:
        """Return the votes of each shortlisted annotation that agree on one map."""
        verification = self._settings.verification
        if verification is None:
            return votes
        order = np.argsort(votes.slot, kind="stable")
        slots, starts = np.unique(votes.slot[order], return_index=True)
        groups = dict(zip(slots.tolist(), np.split(order, starts[1:]), strict=False))
        places = Rows.of(0, points).places(votes.feature, step(points))
        others = self._gallery.places(votes.row)
        chosen = [
            group[verification.agreeing(places.at(group), others.at(group), votes.weight[group])]
            for slot in self._shortlist(votes)
            if len(group := groups[slot]) >= verification.minimum
        ]
        return votes.where(np.sort(np.concatenate([np.empty(0, np.int64), *chosen])))

    def _shortlist(self, votes: Votes) -> list[int]:
        """Return the annotations with most votes."""
        total = self._by_annotation(votes)
        order = np.argsort(-total, kind="stable")[: self._settings.shortlist]
        return [int(slot) for slot in order if total[slot] > 0]

    def _by_annotation(self, votes: Votes) -> NDArray[np.float64]:
        return sums(votes.weight, votes.slot, len(self.ids))

    def _scores(self, votes: Votes, owner: Ids, count: int) -> NDArray[np.float64]:
        """Return the score of each individual."""
        if self._settings.votes == "individual":
            return best_of_each(votes, owner, count)
        score = np.zeros(count)
        np.maximum.at(score, owner, self._by_annotation(votes))
        return score


def _backers(backing: NDArray[np.float64], owner: Ids) -> dict[int, list[int]]:
    """Return for each individual its annotations that have votes, the strongest first."""
    behind: dict[int, list[int]] = {}
    for slot in np.argsort(-backing, kind="stable").tolist():
        if backing[slot] <= 0:
            break
        behind.setdefault(int(owner[slot]), []).append(slot)
    return behind


def _keypoints(features: Features) -> Keypoints:
    if not isinstance(features, Keypoints):
        raise UserError("lnbnn compares keypoints, got a vector; use an embedder that emits them")
    return features

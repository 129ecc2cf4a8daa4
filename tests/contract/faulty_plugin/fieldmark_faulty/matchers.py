"""Matchers that break one rule each."""

# ruff: noqa: ARG002 -- the protocols prescribe the arguments

import itertools
import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from fieldmark_toy.matchers import Cosine, Mutual, PairIndex

from fieldmark.components import Rules
from fieldmark.types import Candidate, Explanation, Features, Ids, Query, Vector


class _Ascending(PairIndex):
    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        return [found[::-1] for found in super().search(queries, k, rules)]


class _Unlimited(PairIndex):
    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        return super().search(queries, 100, rules)


class _Worst(PairIndex):
    def ranked(self, found: list[Candidate]) -> list[Candidate]:
        worst = max((each.score for each in found), default=0)
        return super().ranked([replace(each, score=worst - each.score) for each in found])


class _LastFirst(PairIndex):
    def ranked(self, found: list[Candidate]) -> list[Candidate]:
        return sorted(found, key=lambda each: (-each.score, -each.individual))


class _Narcissist(PairIndex):
    def allowed(self, query: Query, rules: Rules) -> Ids:
        return self.ids[rules.weights(query.id, self.ids) > 0]


class _Lawless(PairIndex):
    def allowed(self, query: Query, rules: Rules) -> Ids:
        return self.ids[self.ids != query.id]

    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        return super().candidates(query, _Anything(rules))


class _Anything:
    """Rules whose weights are all 1."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def weights(self, query: int, ids: Ids) -> Any:
        return np.ones(len(ids), np.float32)

    def individuals(self, ids: Ids) -> Ids:
        return self._rules.individuals(ids)


class _Fallback(PairIndex):
    """Takes everything when nothing is allowed."""

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        found = super().search(queries, k, rules)
        if any(found):
            return found
        return super().search(queries, k, _Anything(rules))


class _Indifferent(PairIndex):
    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        return super().candidates(query, _Half(rules))


class _Half(_Anything):
    """Rules whose weights are 0 or 1."""

    def weights(self, query: int, ids: Ids) -> Any:
        return np.ceil(self._rules.weights(query, ids))


class _Smuggler(PairIndex):
    """Takes the score of forbidden photos for their individual."""

    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        allowed = super().candidates(query, rules)
        everything = super().candidates(query, _Anything(rules))
        best = {each.individual: each.score for each in everything}
        weights = [rules.weights(query.id, np.array(each.annotations)).max() for each in allowed]
        return [
            replace(each, score=float(weight) * best[each.individual])
            for each, weight in zip(allowed, weights, strict=True)
        ]


class _PerPhoto(PairIndex):
    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        return [
            replace(each, annotations=(annotation,))
            for each in super().candidates(query, rules)
            for annotation in each.annotations
        ]


class _Moody(PairIndex):
    calls = itertools.count()

    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        mood = 1 + next(self.calls)
        return [replace(c, score=c.score / mood) for c in super().candidates(query, rules)]


class _NeedsSome(PairIndex):
    def allowed(self, query: Query, rules: Rules) -> Ids:
        int(self.ids[-1])
        return super().allowed(query, rules)


class _NeedsTwo(PairIndex):
    def candidates(self, query: Query, rules: Rules) -> list[Candidate]:
        if len(self.ids) == 1:
            raise IndexError("no second neighbour")
        return super().candidates(query, rules)


class _Rescales(PairIndex):
    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        for each in features:
            if isinstance(each, Vector):
                each.values[:] *= 2
        super().add(ids, features)


class _Unsorted(PairIndex):
    @property
    def ids(self) -> Ids:
        return np.array(list(self.features), np.int64)


class _Frozen(PairIndex):
    """Forgets to mind what is added after the first search."""

    searched: Ids | None = None

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        if self.searched is None and len(self.features):
            self.searched = self.ids
        return super().search(queries, k, rules)

    def allowed(self, query: Query, rules: Rules) -> Ids:
        ids = super().allowed(query, rules)
        return ids[np.isin(ids, self.searched)]

    def remove(self, ids: Sequence[int]) -> None:
        super().remove(ids)
        self.searched = None


class _FirstStays(PairIndex):
    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        for id_, each in zip(ids, features, strict=True):
            self.features.setdefault(id_, each)


class _Strict(PairIndex):
    def remove(self, ids: Sequence[int]) -> None:
        for id_ in ids:
            del self.features[id_]


_SHARED: dict[int, Features] = {}


class _Shares(PairIndex):
    def __init__(self, matcher: Any) -> None:
        super().__init__(matcher)
        self.features = _SHARED


class _Lossy(PairIndex):
    def save(self, folder: Path) -> None:
        kept = PairIndex(self.matcher)
        kept.features = dict(list(self.features.items())[1:])
        kept.save(folder)


class _NeverEmpty(PairIndex):
    def save(self, folder: Path) -> None:
        max(self.features)
        super().save(folder)


class _Evasive(PairIndex):
    def explain(self, query: Query, candidates: Sequence[int], rules: Rules) -> list[Explanation]:
        if not set(candidates) <= self.features.keys():
            return [Explanation() for _ in candidates]
        return super().explain(query, candidates, rules)


class _Over(Cosine):
    """A cosine matcher over a faulty index."""

    def __init__(self, index: type[PairIndex]) -> None:
        self._index = index

    def index(self) -> PairIndex:
        return self._index(self)


class _Pickles(Cosine):
    def index(self) -> PairIndex:
        return _PickledIndex(self)

    def load(self, folder: Path) -> PairIndex:
        index = self.index()
        content = (folder / "index.pickle").read_bytes()
        index.features = pickle.loads(content)  # noqa: S301 -- the planted fault
        return index


class _PickledIndex(PairIndex):
    def save(self, folder: Path) -> None:
        (folder / "index.pickle").write_bytes(pickle.dumps(self.features))


class _Unguarded(Cosine):
    def score(self, one: Features, other: Features) -> float:
        assert isinstance(one, Vector)
        assert isinstance(other, Vector)
        lengths = float(np.linalg.norm(one.values) * np.linalg.norm(other.values))
        return (1 + float(one.values @ other.values) / lengths) / 2


def _over(index: type[PairIndex]) -> Callable[[], Cosine]:
    return lambda: _Over(index)


FAULTS = [
    ("worst", "search_finds_the_animal", _over(_Worst)),
    ("moody", "search_is_repeatable", _over(_Moody)),
    ("narcissist", "search_never_finds_itself", _over(_Narcissist)),
    ("per-photo", "search_names_each_individual_once", _over(_PerPhoto)),
    ("ascending", "search_sorts_by_score", _over(_Ascending)),
    ("unlimited", "search_returns_at_most_k", _over(_Unlimited)),
    ("last-first", "search_breaks_ties_by_number", _over(_LastFirst)),
    ("needs-some", "search_survives_an_empty_gallery", _over(_NeedsSome)),
    ("needs-two", "search_survives_a_gallery_of_one", _over(_NeedsTwo)),
    ("unguarded", "search_survives_no_features", _Unguarded),
    ("rescales", "search_leaves_features_alone", _over(_Rescales)),
    ("evasive", "explain_refuses_strangers", _over(_Evasive)),
    ("lawless", "rules_forbid_candidates", _over(_Lawless)),
    ("fallback", "rules_forbid_everything", _over(_Fallback)),
    ("smuggler", "rules_forbid_evidence", _over(_Smuggler)),
    ("indifferent", "rules_weigh_evidence", _over(_Indifferent)),
    ("unsorted", "ids_are_ascending", _over(_Unsorted)),
    ("frozen", "add_grows_the_index", _over(_Frozen)),
    ("first-stays", "add_replaces", _over(_FirstStays)),
    ("strict", "remove_shrinks_the_index", _over(_Strict)),
    ("shares", "indexes_share_nothing", _over(_Shares)),
    ("lossy", "save_and_load_agree", _over(_Lossy)),
    ("never-empty", "save_keeps_an_empty_index", _over(_NeverEmpty)),
    ("pickles", "load_refuses_garbage", _Pickles),
]


class _InPixels(Mutual):
    def pairs(self, one: Features, other: Features) -> Explanation:
        found = super().pairs(one, other)
        return replace(found, query_xy=found.query_xy * 300)


class _Silent(Mutual):
    def index(self) -> PairIndex:
        return _SilentIndex(self)


class _SilentIndex(PairIndex):
    def explain(self, query: Query, candidates: Sequence[int], rules: Rules) -> list[Explanation]:
        return [Explanation() for _ in super().explain(query, candidates, rules)]


class OfKeypoints:
    """Faulty matchers of keypoints."""

    FAULTS: ClassVar = [
        ("in-pixels", "explain_shows_matched_points", _InPixels),
        ("silent", "explain_shows_matched_points", _Silent),
    ]

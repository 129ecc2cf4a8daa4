"""Synthetic features of animals, galleries of them, and rules to search them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Index
from fieldmark.testing.subjects import Subject, require
from fieldmark.types import Candidate, FeatureKind, Features, Floats, Ids, Keypoints, Query, Vector

ANIMALS = range(1, 5)
VIEWS = range(2)
UNSEEN = 7
"""The number of a view that no gallery holds."""
_POINTS = 100
_ARRAYS = ("xy", "scale", "angle", "weight", "descriptors")
_HEIGHT, _WIDTH = 256, 384


def animal(kind: FeatureKind | None, number: int, view: int) -> Features:
    """Return new features of one photo of an animal; two views of it differ by some noise."""
    if kind is FeatureKind.KEYPOINTS:
        made = _keypoints_of(number, view)
        arrays = {part: getattr(made, part).copy() for part in _ARRAYS}
        return replace(made, **arrays)
    return _vector_of(number, view)


def _vector_of(number: int, view: int) -> Vector:
    """Return a vector of length 1 near the animal's own: (64,) float32."""
    own = np.random.default_rng(number).normal(size=64)
    noise = np.random.default_rng((number, view)).normal(size=64)
    values = own + 0.2 * noise
    return Vector((values / np.linalg.norm(values)).astype(np.float32))


@lru_cache(64)
def _keypoints_of(number: int, view: int) -> Keypoints:
    """Return the animal's keypoints, turned, shifted and scaled a little; some lost, some wrong.

    Descriptors look like RootSIFT: (n, 128) uint8, of length about 512.
    """
    own, seen = np.random.default_rng(number), np.random.default_rng((number, view))
    xy = own.uniform((40, 40), (_WIDTH - 40, _HEIGHT - 40), (_POINTS, 2))
    scale, angle = own.uniform(6, 24, _POINTS), own.uniform(-np.pi, np.pi, _POINTS)
    descriptors = own.gamma(0.6, size=(_POINTS, 128))
    lost = seen.random(_POINTS) < 0.25
    descriptors[lost] = seen.gamma(0.6, size=(int(lost.sum()), 128))
    descriptors *= seen.uniform(0.85, 1.15, descriptors.shape)
    turn, grow = seen.uniform(-0.1, 0.1), seen.uniform(0.95, 1.05)
    rotation = grow * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([_WIDTH / 2, _HEIGHT / 2])
    moved = (xy - centre) @ rotation.T + centre + seen.uniform(-5, 5, 2)
    return _keypoints(moved, scale * grow, angle + turn, descriptors)


def _keypoints(
    xy: NDArray[Any], scale: NDArray[Any], angle: NDArray[Any], descriptors: NDArray[Any]
) -> Keypoints:
    roots = np.sqrt(descriptors / descriptors.sum(axis=1, keepdims=True))
    return Keypoints(
        xy=xy.astype(np.float32),
        scale=scale.astype(np.float32),
        angle=angle.astype(np.float32),
        weight=np.ones(len(xy), np.float32),
        descriptors=np.clip(np.round(512 * roots), 0, 255).astype(np.uint8),
        size=(_HEIGHT, _WIDTH),
    )


def featureless(kind: FeatureKind | None) -> Features:
    """Return features that say nothing: no keypoints, or a vector of zeros."""
    if kind is FeatureKind.KEYPOINTS:
        none = np.empty((0, 2)), np.empty(0), np.empty(0), np.empty((0, 128))
        return _keypoints(*none)
    return Vector(np.zeros(64, np.float32))


@dataclass(frozen=True)
class OpenRules:
    """Rules under which every pair may be compared, but for the weights that are given.

    Attributes:
        weight: for gallery annotations, 0–1; 1 where nothing is said.
        named: for gallery annotations, the individual; `individual_of` where nothing is said.
    """

    weight: Mapping[int, float] = field(default_factory=dict)
    named: Mapping[int, int] = field(default_factory=dict)

    def weights(self, query: int, ids: Ids) -> Floats:  # noqa: ARG002 -- the protocol's
        """Return the weight of each gallery annotation: (n,) float32."""
        return np.array([self.weight.get(int(i), 1.0) for i in ids], np.float32)

    def individuals(self, ids: Ids) -> Ids:
        """Return the individual of each gallery annotation: (n,) int64."""
        own = [self.named.get(int(i), individual_of(int(i))) for i in ids]
        return np.array(own, np.int64).reshape(-1)


def annotation(number: int, view: int) -> int:
    """Return the number of the annotation that shows an animal in a view."""
    return 10 * number + view


def individual_of(annotation_id: int) -> int:
    """Return the individual that an annotation of a gallery shows."""
    return 100 + annotation_id // 10


@dataclass(frozen=True)
class Gallery:
    """Annotations with their features, in the order in which they are added."""

    ids: tuple[int, ...]
    features: tuple[Features, ...]

    def without(self, *ids: int) -> "Gallery":
        """Return the gallery without some annotations."""
        kept = [(i, f) for i, f in zip(self.ids, self.features, strict=True) if i not in ids]
        return Gallery(tuple(i for i, _ in kept), tuple(f for _, f in kept))

    def reversed(self) -> "Gallery":
        """Return the gallery in the opposite order."""
        return Gallery(self.ids[::-1], self.features[::-1])

    def index(self, subject: Subject) -> Index:
        """Return a new index over the gallery."""
        index: Index = subject.made.index()
        index.add(self.ids, self.features)
        return index


def gallery(subject: Subject) -> Gallery:
    """Return two views of each animal."""
    shown = [(number, view) for number in ANIMALS for view in VIEWS]
    features = tuple(animal(subject.record.takes, *each) for each in shown)
    return Gallery(tuple(annotation(*each) for each in shown), features)


def query(subject: Subject, number: int, id: int = 9000) -> Query:  # noqa: A002 -- the field's name
    """Return a query that shows an animal in a view that no gallery holds."""
    return Query(id + number, animal(subject.record.takes, number, UNSEEN))


def queries(subject: Subject) -> list[Query]:
    """Return an unseen view of each animal."""
    return [query(subject, number) for number in ANIMALS]


def search(
    index: Index, given: Sequence[Query], rules: OpenRules | None = None, k: int = 100
) -> list[list[Candidate]]:
    """Search, and check the form of what comes back."""
    found = index.search(given, k, rules or OpenRules())
    got = f"{len(given)} queries give {len(found)} lists; expected one list per query, in order"
    require(len(found) == len(given), got)
    for candidates in found:
        for each in candidates:
            got = f"expected a Candidate, got {each!r}"
            require(isinstance(each, Candidate), got)
            require(np.isfinite(each.score), f"a score is {each.score}")
    return [list(candidates) for candidates in found]


def same(one: Sequence[Sequence[Candidate]], other: Sequence[Sequence[Candidate]]) -> bool:
    """Return whether two results agree but for rounding.

    Scores that agree but for rounding may come in either order, and so may their annotations.
    """
    return len(one) == len(other) and all(map(_same_list, one, other))


def _same_list(one: Sequence[Candidate], other: Sequence[Candidate]) -> bool:
    scores = {each.individual: each.score for each in one}
    others = {each.individual: each.score for each in other}
    backed = {each.individual: set(each.annotations) for each in one}
    also = {each.individual: set(each.annotations) for each in other}
    near = all(np.isclose(scores[i], others.get(i, np.nan), rtol=1e-3, atol=1e-5) for i in scores)
    return backed == also and near

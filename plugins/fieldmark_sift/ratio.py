"""One query against each photo of the gallery in turn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Rules
from fieldmark.errors import UserError
from fieldmark.types import Box, Candidate, Explanation, Features, Ids, Keypoints, Query
from fieldmark_sift import storage
from fieldmark_sift.pairs import Rule, match

FILE = "ratio.npz"
REMEMBERED = 256
"""Queries whose matches are remembered: a comparison asks for photos, and then for individuals."""
_COLUMNS = ("xy", "scale", "angle", "weight", "descriptors")


class Ratio:
    """Matches keypoints one-vs-one."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def index(self) -> "RatioIndex":
        """Return an empty index."""
        return RatioIndex(self._rule, {})

    def load(self, folder: Path) -> "RatioIndex":
        """Return an index that `save` wrote.

        Raises:
            UserError: if there is none that can be read.
        """
        path = folder / FILE
        arrays = storage.read(path)
        try:
            return RatioIndex(self._rule, dict(_unpacked(arrays)))
        except (KeyError, ValueError) as error:
            raise storage.unreadable(path) from error


class RatioIndex:
    """A gallery of keypoints; an individual is as like the query as its likest photo."""

    def __init__(self, rule: Rule, features: dict[int, Keypoints]) -> None:
        self._rule = rule
        self._features = features
        self._remembered: dict[int, _Matched] = {}

    @property
    def ids(self) -> Ids:
        """The annotations, int64 (n,), ascending."""
        return np.array(sorted(self._features), np.int64)

    def add(self, ids: Sequence[int], features: Sequence[Features]) -> None:
        """Add annotations; one that is there already is replaced.

        Raises:
            UserError: if the features are not keypoints.
        """
        self._features |= zip(ids, map(_keypoints, features), strict=True)
        self._remembered.clear()

    def remove(self, ids: Sequence[int]) -> None:
        """Remove annotations, if they are there."""
        for annotation in ids:
            self._features.pop(annotation, None)
        self._remembered.clear()

    def search(self, queries: Sequence[Query], k: int, rules: Rules) -> list[list[Candidate]]:
        """Return the best `k` individuals for each query, the highest score first."""
        ids = self.ids
        if not len(ids):
            return [[] for _ in queries]
        owners = rules.individuals(ids).tolist()
        return [_candidates(self._scored(query, rules, ids), owners)[:k] for query in queries]

    def explain(
        self,
        query: Query,
        candidates: Sequence[int],
        rules: Rules,  # noqa: ARG002 -- a pair shares what it shares, whatever the rules say
    ) -> list[Explanation]:
        """Return the pairs that the query shares with each annotation.

        Raises:
            KeyError: if an annotation is not in the index.
        """
        one = _keypoints(query.features)
        return [self._explained(one, self._features[candidate]) for candidate in candidates]

    def _explained(self, one: Keypoints, other: Keypoints) -> Explanation:
        pairs = match(one, other, self._rule)
        return Explanation(one.in_photo()[pairs.one], other.in_photo()[pairs.other], pairs.weight)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        storage.write(folder / FILE, _packed(self._features))

    def _scored(self, query: Query, rules: Rules, ids: Ids) -> Iterator[tuple[float, int, int]]:
        """Yield score, annotation and place for each annotation that is like the query."""
        points = _keypoints(query.features)
        weights = rules.weights(query.id, ids)
        for place, (annotation, weight) in enumerate(zip(ids.tolist(), weights, strict=True)):
            if weight > 0 and annotation != query.id and len(points):
                score = float(weight) * self._matched(query.id, points, annotation)
                if score > 0:
                    yield score, annotation, place

    def _matched(self, query: int, points: Keypoints, annotation: int) -> float:
        """Return what a query and an annotation share, from memory if it was asked before."""
        known = self._remembered.get(query)
        if known is None or not known.of(points):
            if len(self._remembered) >= REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            known = self._remembered[query] = _Matched(points)
        if annotation not in known.sums:
            pairs = match(points, self._features[annotation], self._rule)
            known.sums[annotation] = float(pairs.weight.sum())
        return known.sums[annotation]


@dataclass
class _Matched:
    """What a query shares with annotations."""

    points: Keypoints
    sums: dict[int, float] = field(default_factory=dict)

    def of(self, points: Keypoints) -> bool:
        """Return whether these are the query's keypoints."""
        return points is self.points or (
            np.array_equal(points.xy, self.points.xy)
            and np.array_equal(points.descriptors, self.points.descriptors)
        )


def _candidates(scored: Iterator[tuple[float, int, int]], owners: Sequence[int]) -> list[Candidate]:
    photos: dict[int, list[tuple[float, int]]] = {}
    for score, annotation, place in scored:
        photos.setdefault(owners[place], []).append((-score, annotation))
    found = []
    for owner, behind in photos.items():
        behind.sort()
        best = -behind[0][0]
        found.append(Candidate(owner, best, tuple(annotation for _, annotation in behind)))
    return sorted(found, key=lambda each: (-each.score, each.individual))


def _keypoints(features: Features) -> Keypoints:
    if not isinstance(features, Keypoints):
        raise UserError("ratio compares keypoints, got a vector; use an embedder that emits them")
    return features


def _packed(features: Mapping[int, Keypoints]) -> dict[str, NDArray[Any]]:
    ids = sorted(features)
    frames = [
        (*each.size, *_sides(each.animal), *_sides(each.region)) for each in map(features.get, ids)
        if each is not None
    ]  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {
        "ids": np.array(ids, np.int64),
        "counts": np.array([len(features[i]) for i in ids], np.int64),
        "frames": np.array(frames, np.float64).reshape(-1, 10),
    }
    for name in _COLUMNS if ids else ():
        arrays[name] = np.concatenate([getattr(features[i], name) for i in ids])
    return arrays


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> Iterator[tuple[int, Keypoints]]:
    ends = np.cumsum(arrays["counts"])
    starts = ends - arrays["counts"]
    for annotation, start, end, frame in zip(
        arrays["ids"].tolist(), starts, ends, arrays["frames"], strict=True
    ):
        height, width, *boxes = frame.tolist()
        xy, scale, angle, weight, descriptors = (arrays[name][start:end] for name in _COLUMNS)
        yield (
            annotation,
            Keypoints(
                xy,
                scale,
                angle,
                weight,
                descriptors,
                size=(int(height), int(width)),
                animal=Box(*boxes[:4]),
                region=Box(*boxes[4:]),
            ),
        )


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.w, box.h

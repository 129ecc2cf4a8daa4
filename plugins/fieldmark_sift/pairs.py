"""Matching two sets of keypoints: mutual nearest neighbours, ratio test, one map by USAC."""

from dataclasses import dataclass
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Descriptors, Floats, Ids, Keypoints
from fieldmark_sift.rows import diagonal

MaybeMask: TypeAlias = NDArray[np.uint8] | None
"""OpenCV gives None where it finds no map; its type hints do not say so."""

_FOUR = 4
"""Matches that fix a homography, and so explain nothing."""


@dataclass(frozen=True)
class Rule:
    """When two keypoints match.

    Attributes:
        ratio: nearest over second-nearest distance must be below this, 0–1 (Lowe 2004, 7.1).
        tolerance: how far a point may lie from where the map puts it, in diagonals of the
            animal's box; None: no map is asked for.
    """

    ratio: float
    tolerance: float | None


@dataclass(frozen=True)
class Pairs:
    """Matched keypoints of two photos.

    Attributes:
        one, other: (m,) int64, which keypoints.
        weight: (m,) float32, > 0: 1 − ratio, so that a clear match counts for more.
    """

    one: Ids
    other: Ids
    weight: Floats


def match(one: Keypoints, other: Keypoints, rule: Rule) -> Pairs:
    """Return the pairs that prefer each other, clearly, and agree on one map."""
    pairs = _mutual(one.descriptors, other.descriptors, rule.ratio)
    if rule.tolerance is None:
        return pairs
    agree = _agreeing(_unit(one)[pairs.one], _unit(other)[pairs.other], rule.tolerance)
    return Pairs(pairs.one[agree], pairs.other[agree], pairs.weight[agree])


def _mutual(one: Descriptors, other: Descriptors, ratio: float) -> Pairs:
    if not len(one) or len(other) < 2:
        return Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
    distances = _distances(one, other)
    nearest, back = distances.argmin(axis=1), distances.argmin(axis=0)
    two = np.partition(distances, 1, axis=1)[:, :2]
    share = two[:, 0] / np.maximum(two[:, 1], np.float32(1e-9))
    mine = np.flatnonzero((back[nearest] == np.arange(len(one))) & (share < ratio))
    return Pairs(mine, nearest[mine], (1 - share[mine]).astype(np.float32))


def _distances(one: Descriptors, other: Descriptors) -> Floats:
    """Return Euclidean distances (n, m)."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    squared = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    distances: Floats = np.sqrt(np.maximum(squared, 0)).astype(np.float32, copy=False)
    return distances


def _unit(points: Keypoints) -> Floats:
    return points.xy / np.float32(diagonal(points))


def _agreeing(one: Floats, other: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Return which pairs a homography explains, found by MAGSAC++ (Barath et al., CVPR 2020)."""
    if len(one) <= _FOUR:
        return np.zeros(len(one), np.bool_)
    # USAC draws its samples at random; the seed is its own and fixed.
    found = cv2.findHomography(
        one.astype(np.float64), other.astype(np.float64), cv2.USAC_MAGSAC, tolerance,
        maxIters=500, confidence=0.99,
    )  # fmt: skip
    inliers = cast("MaybeMask", found[1])
    return np.zeros(len(one), np.bool_) if inliers is None else np.asarray(inliers.ravel() > 0)

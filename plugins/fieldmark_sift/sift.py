"""RootSIFT keypoints of a chip.

Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60 (2004); RootSIFT after
Arandjelović and Zisserman, "Three things everyone should know to improve object retrieval",
CVPR 2012.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import RGB, Chip, Keypoints, Mask, Pixels

_SMALLEST = 16
"""Pixels; a side below this holds no SIFT neighbourhood."""
_UNIT = 512
"""A RootSIFT vector of length 1 is stored with this length, in whole numbers 0–255."""


@dataclass(frozen=True)
class Settings:
    """How keypoints are found, chosen and described; see `fieldmark_sift.SiftOptions`."""

    max_keypoints: int
    upright: bool
    contrast: float
    edge: float
    magnify: float
    min_weight: float


class Sift:
    """Finds and describes the details of a coat; a chip's mask weighs them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sift = cv2.SIFT.create(
            contrastThreshold=settings.contrast, edgeThreshold=settings.edge
        )

    def embed(self, chips: Sequence[Chip]) -> list[Keypoints]:
        """Return the strongest keypoints of each chip; none for a chip without detail."""
        return [self._keypoints(chip) for chip in chips]

    def _keypoints(self, chip: Chip) -> Keypoints:
        if min(chip.size) < _SMALLEST:
            return _made(chip, [], np.empty((0, 128), np.float32))
        grey = _grey(chip)
        points = self._chosen(list(self._sift.detect(grey, None)), chip.mask)
        if not points:
            return _made(chip, [], np.empty((0, 128), np.float32))
        for point in points:
            point.size *= self._settings.magnify
        described, descriptors = self._sift.compute(grey, points)
        return _made(chip, described, descriptors)

    def _chosen(self, points: list[cv2.KeyPoint], mask: Mask | None) -> list[cv2.KeyPoint]:
        """Return the keypoints with the highest contrast × weight, within the budget."""
        weights = _weights(points, mask)
        strength = weights * np.array([point.response for point in points])
        strength[weights < self._settings.min_weight] = 0
        order = np.argsort(-strength, kind="stable")
        ranked = [points[i] for i in order if strength[i] > 0]
        if self._settings.upright:
            ranked = _upright(ranked)
        return ranked[: self._settings.max_keypoints]


def _grey(chip: Chip) -> Pixels:
    if set(RGB) <= set(chip.channels):
        colours = chip.pixels[:, :, [chip.channels.index(name) for name in RGB]]
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2GRAY), np.uint8)
    if "grey" in chip.channels:
        return np.ascontiguousarray(chip.pixels[:, :, chip.channels.index("grey")])
    raise UserError(
        "sift needs the channels red, green, blue or a channel grey,"
        f" got {', '.join(chip.channels)}; take out the step that removes them"
    )


def _weights(points: Sequence[cv2.KeyPoint], mask: Mask | None) -> NDArray[np.float32]:
    """Return the mask's value at each keypoint; 1 without a mask."""
    if mask is None or not points:
        return np.ones(len(points), np.float32)
    places = np.array([point.pt for point in points]).astype(np.int64)
    columns = np.clip(places[:, 0], 0, mask.shape[1] - 1)
    rows = np.clip(places[:, 1], 0, mask.shape[0] - 1)
    return np.clip(mask[rows, columns], 0, 1).astype(np.float32, copy=False)


def _upright(points: list[cv2.KeyPoint]) -> list[cv2.KeyPoint]:
    """Return the keypoints without their orientation, each place and size once.

    The "gravity vector" of Perdoch, Chum and Matas, CVPR 2009: animals stand on their feet, so an
    orientation measured on a stripe adds noise and no invariance that is needed. A detail with
    several orientations was found several times.
    """
    seen: set[tuple[float, float, float]] = set()
    kept = []
    for point in points:
        place = (round(point.pt[0], 1), round(point.pt[1], 1), round(point.size, 1))
        if place not in seen:
            seen.add(place)
            point.angle = 0.0
            kept.append(point)
    return kept


def _made(
    chip: Chip, points: Sequence[cv2.KeyPoint], descriptors: NDArray[np.generic]
) -> Keypoints:
    xy = np.array([point.pt for point in points], np.float32).reshape(-1, 2)
    return Keypoints(
        xy=xy,
        scale=np.array([point.size for point in points], np.float32),
        angle=np.deg2rad(np.array([point.angle for point in points], np.float32)),
        weight=_weights(points, chip.mask),
        descriptors=root(descriptors.astype(np.float32)),
        size=chip.size,
        animal=chip.animal,
        region=chip.region,
    )


def root(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return SIFT descriptors (n, 128) as RootSIFT of length 512, uint8.

    The square root of the L1-normalised vector, so that Euclidean distance compares histograms as
    the Hellinger kernel does (Arandjelović and Zisserman 2012, section 3). An entry above 255/512
    is cut off there; that takes a descriptor with a quarter of its gradients in one bin.
    """
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    roots = np.clip(np.rint(_UNIT * np.sqrt(descriptors / total)), 0, 255)
    return np.asarray(roots, np.uint8)

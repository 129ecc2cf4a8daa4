"""Thresholds, overlaps and frames: what is made of a network's boxes, the same for every variant.

Boxes are rows of (n, 6) float32: left, top, right, bottom in pixels of the photo, score, class.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Box, Detection, Floats

SCORE, CLASS = 4, 5
LEAST = 1.0
"""Boxes narrower or lower than this, in pixels of the photo, are no animals."""


def detections(
    rows: Floats,
    size: tuple[int, int],
    labels: Sequence[str],
    thresholds: Mapping[str, float],
    iou: float,
) -> list[Detection]:
    """Return what a photo shows, the surest first.

    Args:
        rows: a network's boxes, (n, 6) float32, in any order.
        size: height and width of the photo in pixels.
        labels: the word for each class number.
        thresholds: the least score of each label.
        iou: of two boxes of one label that overlap by more (area of both by area of either), the
            one with the lower score is dropped.
    """
    kept = inside(above(rows, labels, thresholds), size)
    kept = kept[np.argsort(-kept[:, SCORE], kind="stable")]
    kept = kept[distinct(kept, iou)]
    return [_detection(row, size, labels) for row in kept]


def above(rows: Floats, labels: Sequence[str], thresholds: Mapping[str, float]) -> Floats:
    """Return the boxes of known classes whose score reaches the threshold of their label."""
    least = np.array([thresholds[label] for label in labels], np.float32)
    finite = rows[np.isfinite(rows).all(axis=1)]
    known = finite[(finite[:, CLASS] >= 0) & (finite[:, CLASS] < len(labels))]
    return known[known[:, SCORE] >= least[known[:, CLASS].astype(np.intp)]]


def inside(rows: Floats, size: tuple[int, int]) -> Floats:
    """Return the boxes cut to the photo; those of which less than a pixel is left are dropped.

    Networks look at a square with grey borders, and sometimes see something in the border.
    """
    height, width = size
    cut = rows.copy()
    cut[:, [0, 2]] = cut[:, [0, 2]].clip(0, width)
    cut[:, [1, 3]] = cut[:, [1, 3]].clip(0, height)
    least_wide, least_high = min(LEAST, width), min(LEAST, height)
    wide, high = cut[:, 2] - cut[:, 0], cut[:, 3] - cut[:, 1]
    return cut[(wide >= least_wide) & (high >= least_high)]


def distinct(rows: Floats, iou: float) -> NDArray[np.bool_]:
    """Return which of the boxes, sorted by falling score, to keep: non-maximum suppression.

    Boxes of different labels never suppress each other: a rider and a horse are two.
    """
    keep = np.ones(len(rows), np.bool_)
    for i in range(len(rows)):
        if keep[i]:
            rest = slice(i + 1, None)
            same = rows[rest, CLASS] == rows[i, CLASS]
            keep[rest] &= ~(same & (overlap(rows[i], rows[rest]) > iou))
    return keep


def overlap(one: Floats, others: Floats) -> Floats:
    """Return for one box and n others the area of both by the area of either: (n,) 0–1."""
    low = np.maximum(one[:2], others[:, :2])
    high = np.minimum(one[2:4], others[:, 2:4])
    both = (high - low).clip(0).prod(axis=1)
    either = _area(one[None]) + _area(others) - both
    shares: Floats = both / np.maximum(either, np.finfo(np.float32).tiny)
    return shares


def _area(rows: Floats) -> Floats:
    areas: Floats = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    return areas


def _detection(row: Floats, size: tuple[int, int], labels: Sequence[str]) -> Detection:
    left, top, right, bottom = map(float, row[:4])
    height, width = size
    box = Box.from_pixels(left, top, right - left, bottom - top, (width, height))
    return Detection(box, labels[int(row[CLASS])], min(max(float(row[SCORE]), 0.0), 1.0))

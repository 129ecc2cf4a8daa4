"""From the numbers of a YOLOX network to boxes: arithmetic alone, without the network.

Ge et al. 2021, YOLOX: Exceeding YOLO Series in 2021 (arXiv 2107.08430).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids

STRIDES = (8, 16, 32)
"""Pixels from one cell to the next in each of the three grids that a network looks through."""
_LARGEST = 12.0
"""The logarithm of a box's size is cut here, beyond every picture, so that none overflows."""


@dataclass(frozen=True)
class Grid:
    """The cells of a network, in the order of its rows.

    Attributes:
        cells: (n, 2) float32, column and row of each cell in its grid.
        strides: (n, 1) float32, the size of each cell in pixels.
    """

    cells: Floats
    strides: Floats

    @classmethod
    def of(cls, height: int, width: int) -> Self:
        """Return the cells for pictures of so many pixels, multiples of 32."""
        cells, strides = [], []
        for stride in STRIDES:
            rows, columns = np.mgrid[: height // stride, : width // stride]
            cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
            strides.append(np.full((rows.size, 1), stride))
        joined = np.concatenate(cells).astype(np.float32)
        return cls(joined, np.concatenate(strides).astype(np.float32))

    def __len__(self) -> int:
        return len(self.cells)


def boxes(rows: Floats, grid: Grid) -> Floats:
    """Return left, top, right and bottom in pixels of the network's picture: (n, 4) float32.

    Args:
        rows: (n, 5 + classes): x and y within the cell, and the logarithms of width and height,
            all in cells; the score of being anything; the score of each class.
        grid: of the same n cells.
    """
    centre = (rows[:, :2] + grid.cells) * grid.strides
    half = np.exp(np.clip(rows[:, 2:4], -_LARGEST, _LARGEST)) * grid.strides / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def judged(rows: Floats) -> tuple[Ids, Floats]:
    """Return for each row its best class and the score, 0–1: (n,) int64, (n,) float32."""
    best = rows[:, 5:].argmax(axis=1)
    scores = rows[:, 4] * np.take_along_axis(rows[:, 5:], best[:, None], axis=1)[:, 0]
    return best, np.clip(scores, 0, 1)


def overlaps(box: Floats, others: Floats) -> Floats:
    """Return the shared part of a box (4,) and each of others (n, 4), 0–1: (n,)."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - shared
    share: Floats = shared / np.maximum(areas, np.float32(1e-12))
    return share


def apart(found: Floats, scores: Floats, iou: float) -> Ids:
    """Return which boxes are kept, the best first, where several show one thing: (k,) int64.

    Greedy non-maximum suppression: the best box is kept, those that share more than `iou` with it
    are dropped, and so on. Of equal scores, the first counts as the better.

    Args:
        found: (n, 4) left, top, right, bottom.
        scores: (n,).
        iou: 0–1, intersection over union.
    """
    left: NDArray[np.intp] = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(left):
        best, left = int(left[0]), left[1:]
        kept.append(best)
        left = left[overlaps(found[best], found[left]) <= iou]
    return np.array(kept, np.int64)

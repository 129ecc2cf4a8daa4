"""Cutting the animal out by the colours inside and outside its box.

GrabCut: Rother, Kolmogorov and Blake, SIGGRAPH 2004.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Mask, Pixels
from fieldmark_chips.places import Grid

_ROUNDS = 3
"""Rounds of GrabCut; more change little on pictures this small."""
_INSET = 0.06
"""What of each side of a whole-photo box is taken for background when nothing lies outside it."""
_PLAUSIBLE = (0.05, 0.9)
"""Shares of the chip an animal may fill; outside them the cut has failed."""
_SMALLEST = 16
"""Pixels; a picture with a shorter side has too few for models of colour."""


class GrabCut:
    """Finds the animal by GrabCut, seeded by its box, on a small copy of the picture.

    Args:
        size: long side of the copy in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def find(self, picture: Pixels, grid: Grid) -> Mask | None:
        """Return 0 to 1 for each pixel of an H×W×3 picture; None when the cut is not plausible."""
        if min(picture.shape[:2]) < _SMALLEST:
            return None
        cut = _cut(picture, grid)
        # Softened while it is small: a photo may have tens of millions of pixels.
        return None if cut is None else _soften(cut)


def _cut(picture: Pixels, grid: Grid) -> Mask | None:
    labels = _seeds(grid)
    if len(np.unique(labels)) < 3:
        return None
    # GrabCut starts its colour models from random centres.
    cv2.setRNGSeed(0)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    unused, models = (0, 0, 0, 0), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(bgr, labels, unused, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    animal = _largest_part(((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8))
    low, high = _PLAUSIBLE
    return animal.astype(np.float32) if low <= float(animal.mean()) <= high else None


def _seeds(grid: Grid) -> NDArray[np.uint8]:
    """Return GrabCut's labels to start from: surely and probably animal or background."""
    labels = np.full(grid.u.shape, cv2.GC_PR_BGD, np.uint8)
    labels[grid.ellipse(0.85, 0.8)] = cv2.GC_PR_FGD
    outside = ~grid.inside(1.0)
    labels[outside if outside.mean() > 0.05 else ~grid.inside(1 - 2 * _INSET)] = cv2.GC_BGD
    labels[grid.ellipse(0.3, 0.25)] = cv2.GC_FGD
    return labels


def _largest_part(binary: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the largest connected part, without crumbs at its edge and small holes."""
    opened = cv2.morphologyEx(binary, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return np.zeros_like(binary)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    part = (labels == largest).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)


def _soften(mask: Mask) -> Mask:
    """Return the mask with edges as uncertain as the cut is: 1 % of the long side."""
    sigma = max(max(mask.shape) / 100, 0.5)
    blurred = cv2.GaussianBlur(np.ascontiguousarray(mask), (0, 0), sigma)
    return np.clip(blurred, 0.0, 1.0).astype(np.float32, copy=False)

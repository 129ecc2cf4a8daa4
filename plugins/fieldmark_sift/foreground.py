"""Finding the animal in its chip, so that the background does not count.

Pixels are never painted over: an artificial edge has keypoints of its own. What is found goes into
the chip's mask as weights, which the embedder reads.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import RGB, Box, Chip, Mask, Pixels
from fieldmark_sift.chips import cut, scale_mask, scale_pixels

_ROUNDS = 3
"""Rounds of GrabCut; more change little on pictures this small."""
_INSET = 0.06
"""What of each side of a whole-photo box is taken for background when nothing lies outside it."""
_PLAUSIBLE = (0.05, 0.9)
"""Shares of the chip an animal may fill; outside them the cut has failed."""


@dataclass(frozen=True)
class Grid:
    """Where the pixels of an H×W picture lie in the animal's box.

    Attributes:
        u, v: (H, W); −1 and 1 are the edges of the box, 0 its centre.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]

    @classmethod
    def of(cls, box: Box, height: int, width: int) -> "Grid":
        """Lay a box, in fractions of the picture, on its pixels."""
        x = (np.arange(width) + 0.5) / width
        y = (np.arange(height) + 0.5) / height
        u = (x - box.x - box.w / 2) / (box.w / 2)
        v = (y - box.y - box.h / 2) / (box.h / 2)
        across, down = np.meshgrid(u, v)
        return cls(across, down)

    def inside(self, size: float) -> NDArray[np.bool_]:
        """Return the pixels in the box, shrunk to `size` of its width and height."""
        return (np.abs(self.u) <= size) & (np.abs(self.v) <= size)

    def ellipse(self, across: float, down: float) -> NDArray[np.bool_]:
        """Return the pixels in an ellipse with these half axes, in halves of the box."""
        inside: NDArray[np.bool_] = (self.u / across) ** 2 + (self.v / down) ** 2 < 1
        return inside

    def centre_prior(self) -> Mask:
        """Return weights that fall off from the centre of the box as a Gaussian."""
        fall = np.exp(-0.5 * ((self.u / 0.45) ** 2 + (self.v / 0.4) ** 2))
        return fall.astype(np.float32)


class Foreground:
    """Weighs every pixel by how surely it shows the animal.

    The mask that comes with the annotation is taken as it is; without one, GrabCut (Rother,
    Kolmogorov and Blake, SIGGRAPH 2004) is seeded by the animal's box; where that fails, or on
    request, a centre prior stands in.

    Args:
        method: `grabcut` or `centre`.
        size: long side in pixels of the small copy on which GrabCut works.
        tighten: whether to cut the chip to where the animal was found.
        margin: what to leave around it then, as a fraction of its width and height.
    """

    def __init__(self, method: str, size: int, *, tighten: bool, margin: float) -> None:
        self._method = method
        self._size = size
        self._tighten = tighten
        self._margin = margin

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with weights in its mask."""
        mask = self._found(chip) if chip.mask is None else chip.mask
        weighed = replace(chip, mask=mask)
        found = _extent(mask) if self._tighten else None
        return weighed if found is None else cut(weighed, found.grown(self._margin))

    def _found(self, chip: Chip) -> Mask:
        height, width = chip.size
        factor = min(self._size / max(height, width), 1.0)
        small = max(round(height * factor), 1), max(round(width * factor), 1)
        grid = Grid.of(chip.animal, *small)
        mask = None
        if self._method == "grabcut" and min(small) >= 16:
            mask = _grabcut(scale_pixels(_colours(chip), *small), grid)
        # Softened while it is small: a photo may have tens of millions of pixels.
        weights = grid.centre_prior() if mask is None else _soften(mask)
        return scale_mask(weights, height, width)


def _colours(chip: Chip) -> Pixels:
    """Return H×W×3 pixels; grey three times when there is no colour."""
    names = RGB if set(RGB) <= set(chip.channels) else ("grey",) * 3
    if names[0] not in chip.channels:
        raise UserError(
            f"foreground needs the channels red, green, blue or a channel grey,"
            f" got {', '.join(chip.channels)}; put it before the step that makes them"
        )
    return np.ascontiguousarray(chip.pixels[:, :, [chip.channels.index(name) for name in names]])


def _grabcut(picture: Pixels, grid: Grid) -> Mask | None:
    """Return 0 or 1 for each pixel of an H×W×3 picture; None when the cut is not plausible."""
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


def _extent(mask: Mask) -> Box | None:
    """Return the box that holds the mask but for 1 % of it at each side; None for an empty one."""
    if float(mask.sum()) <= 0:
        return None
    left, right = _range(mask.sum(axis=0))
    top, bottom = _range(mask.sum(axis=1))
    return Box(left, top, right - left, bottom - top)


def _range(profile: NDArray[np.float32]) -> tuple[float, float]:
    share = np.cumsum(profile, dtype=np.float64) / float(profile.sum(dtype=np.float64))
    first, last = np.searchsorted(share, [0.01, 0.99])
    n = len(profile)
    return float(first) / n, min(float(last) + 1, n) / n

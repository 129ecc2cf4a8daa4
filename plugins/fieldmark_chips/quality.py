"""How much a photo can tell: sharpness, exposure, size, and how much the frame cuts off.

Every part is between 0 and 1, and says nothing of colour: a photo by infrared light is judged like
any other. The score is the lowest of them: a large photo out of focus is not better for its size.
What each part is worth, measured: docs/benchmarks/quality.md.
"""

from dataclasses import dataclass
from math import sqrt

import cv2
import numpy as np

from fieldmark.types import Box, Chip, Floats, Pixels, SetAside
from fieldmark_chips.chips import colours, cut, scale_mask, scale_pixels
from fieldmark_chips.places import Grid

_LONG_SIDE = 256
"""Pixels of the longer side at which sharpness is measured, and which are enough: `resize`'s."""
_SHARP = 4.0
"""Detail (see `_sharpness`) from which a photo counts as sharp: three in four nyala photos have it.
"""
_FLAT = 6.0
"""Grey levels of deviation taken for the sensor's noise: a flat picture is not sharp by its noise.
"""
_DARK, _BRIGHT = 1, 254
"""Grey levels at and beyond which a pixel shows nothing. A flash makes white fur of 250, with its
spots still there."""
_EDGE = 0.005
"""How near the border of the photo a box touches it: detectors rarely reach the border itself."""


@dataclass(frozen=True)
class Quality:
    """What a photo of an animal is worth; each 0 (nothing) to 1.

    Attributes:
        sharpness: how much fine detail there is for the contrast that there is.
        exposure: 1 less twice the share of the animal's pixels that are black or white.
        size: pixels of the longer side of the animal's box, over 256.
        frame: 1 less a quarter for each border of the photo that the box touches. A box that is
            the whole photo says nothing of that, and counts 1.
    """

    sharpness: float
    exposure: float
    size: float
    frame: float

    @property
    def score(self) -> float:
        """The lowest of the four."""
        return min(self.sharpness, self.exposure, self.size, self.frame)

    @property
    def fault(self) -> str:
        """What the lowest of the four finds fault with, in words."""
        parts = {
            "blurred": self.sharpness,
            "badly exposed": self.exposure,
            "small": self.size,
            "cut off by the frame": self.frame,
        }
        return min(parts, key=lambda word: parts[word])


class Gate:
    """Sets photos aside whose quality is under a floor.

    Args:
        floor: 0 to 1; at 0 nothing is set aside.
    """

    def __init__(self, floor: float) -> None:
        self._floor = floor

    def apply(self, chip: Chip) -> Chip | SetAside:
        """Return the chip as it is, or why it is set aside."""
        if self._floor <= 0:
            return chip
        found = measure(chip)
        if found.score >= self._floor:
            return chip
        score, floor = f"{found.score:.2f}", f"{self._floor:g}"
        return SetAside(f"quality {score} ({found.fault}) is under the floor {floor}")


def measure(chip: Chip) -> Quality:
    """Return the quality of a chip whose pixels are still those of the photo.

    A chip that has been resized is judged by the pixels that it has now.

    Raises:
        UserError: if the chip has neither colours nor grey.
    """
    animal = cut(chip, chip.animal)
    grey = _grey(animal)
    return Quality(
        sharpness=_sharpness(grey, animal),
        exposure=_exposure(grey, animal),
        size=min(max(animal.size) / _LONG_SIDE, 1.0),
        frame=_frame(chip.animal.placed_in(chip.region)),
    )


def _grey(chip: Chip) -> Pixels:
    return np.asarray(cv2.cvtColor(colours(chip, "quality"), cv2.COLOR_RGB2GRAY), np.uint8)


def _weights(chip: Chip, height: int, width: int) -> Floats:
    """Return how surely each pixel shows the animal: its mask, or the centre; their sum is 1."""
    if chip.mask is not None and chip.mask.any():
        weights = scale_mask(chip.mask, height, width)
    else:
        weights = Grid.of(Box(), height, width).centre_prior()
    return np.asarray(weights / max(float(weights.sum(dtype=np.float64)), 1e-9), np.float32)


def _sharpness(grey: Pixels, animal: Chip) -> float:
    """Return the root of a copy's detail over that of a sharp photo; at most 1.

    Detail: the mean square of the Laplacian over the mean square of the gradient. Both grow alike
    with contrast, so only the fineness of what is seen counts: a Gaussian blur of 1, 2 or 4 pixels
    leaves about 0.7, 0.4 or 0.2. Enlarging a small picture adds none.
    """
    factor = _LONG_SIDE / max(grey.shape)
    height, width = (max(round(side * factor), 1) for side in grey.shape)
    small = scale_pixels(grey[:, :, None], height, width)[:, :, 0].astype(np.float32)
    weights = _weights(animal, height, width)
    across, down = (cv2.Scharr(small, cv2.CV_32F, *axes, scale=1 / 32) for axes in ((1, 0), (0, 1)))
    gradient = float((weights * (across**2 + down**2)).sum())
    bend = float((weights * cv2.Laplacian(small, cv2.CV_32F) ** 2).sum())
    return min(sqrt(bend / (gradient + _FLAT) / _SHARP), 1.0)


def _exposure(grey: Pixels, animal: Chip) -> float:
    weights = _weights(animal, *grey.shape)
    clipped = float(weights[(grey <= _DARK) | (grey >= _BRIGHT)].sum())
    return max(1 - 2 * clipped, 0.0)


def _frame(box: Box) -> float:
    touched = [box.x, box.y, 1 - box.x - box.w, 1 - box.y - box.h]
    count = sum(gap <= _EDGE for gap in touched)
    return 1.0 if count == 4 else 1 - count / 4

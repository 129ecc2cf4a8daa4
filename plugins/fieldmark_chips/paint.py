"""Painting over the background, or over the animal.

A network sees every pixel, so a mask that is only carried changes nothing for it: `hide:
background` takes the background away. `hide: animal` leaves the background alone: whatever a
pipeline still identifies then, it identifies by the place and not by the coat. It is the control
that belongs beside every result.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Chip, Floats, Mask, Pixels
from fieldmark_chips.places import Grid
from fieldmark_chips.settings import PaintOptions

Fill: TypeAlias = Callable[[Pixels, Floats], Floats]
"""Makes what is painted from H×W×C pixels and from how much of each stays, H×W in 0–1."""

_TRACE = 0.1
"""What a mask weighs at least this much counts as the animal when the animal is hidden."""
_GREY = 128.0
_BLURRED = 0.08
"""Sigma of the blur, as a share of the longer side: of a flank's stripes nothing is left."""


class Paint:
    """Hides the background or the animal. Without a mask, the box is the animal."""

    def __init__(self, options: PaintOptions) -> None:
        self._options = options

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with a part painted over.

        When the animal is hidden, the mask is turned round: it says where the background is, so
        that keypoints are looked for there, and none on the painted edge.
        """
        mask = _box(chip) if chip.mask is None else np.clip(chip.mask, 0, 1)
        animal = self._options.hide == "animal"
        stays = self._without(mask) if animal else self._softened(mask)
        filled = _FILLS[self._options.fill](chip.pixels, stays)
        share = stays[:, :, None]
        pixels = np.rint(chip.pixels * share + filled * (1 - share)).clip(0, 255)
        return replace(chip, pixels=pixels.astype(np.uint8), mask=stays if animal else chip.mask)

    def _softened(self, mask: Mask) -> Mask:
        sigma = self._options.soft * max(mask.shape)
        return _blurred(np.ascontiguousarray(mask, np.float32), sigma)

    def _without(self, mask: Mask) -> Mask:
        """Return how much of each pixel stays when nothing of the animal may."""
        animal = _grown((mask >= _TRACE).astype(np.uint8), self._options.grow * max(mask.shape))
        # The edge is softened outside of what must go; that is gone whole.
        wider = _grown(animal, 2 * self._options.soft * max(mask.shape))
        hidden = np.maximum(self._softened(wider.astype(np.float32)), animal)
        return np.asarray(1 - hidden, np.float32)


def _box(chip: Chip) -> Mask:
    return Grid.of(chip.animal, *chip.size).inside(1.0).astype(np.float32)


def _grown(marked: NDArray[np.uint8], reach: float) -> NDArray[np.uint8]:
    """Return what lies within `reach` pixels of a marked one."""
    if reach < 1 or not marked.any():
        return marked
    distance = cv2.distanceTransform(1 - marked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (distance <= reach).astype(np.uint8)


def _blurred(plane: Floats, sigma: float) -> Floats:
    if sigma < 0.3:
        return plane
    blurred = cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32).clip(0, 1)


def _grey(pixels: Pixels, stays: Floats) -> Floats:  # noqa: ARG001 -- one signature for all
    return np.full((1, 1, pixels.shape[2]), _GREY, np.float32)


def _mean(pixels: Pixels, stays: Floats) -> Floats:
    return _moments(pixels, stays)[0]


def _blur(pixels: Pixels, stays: Floats) -> Floats:
    sigma = max(_BLURRED * max(stays.shape), 0.5)
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(pixels, 2, 0)]
    blurred = [cv2.GaussianBlur(plane, (0, 0), sigma) for plane in planes]
    return np.stack(blurred, axis=2).astype(np.float32)


def _noise(pixels: Pixels, stays: Floats) -> Floats:
    """Return noise with the mean and the deviation of what stays.

    The picture itself is the seed: the same photo is painted alike, and no two photos get the same
    noise, which would have keypoints in common.
    """
    mean, deviation = _moments(pixels, stays)
    draw = np.random.default_rng(zlib.crc32(np.ascontiguousarray(pixels).tobytes()))
    return mean + deviation * draw.standard_normal(pixels.shape, np.float32)


def _moments(pixels: Pixels, stays: Floats) -> tuple[Floats, Floats]:
    """Return each channel's mean and deviation over what stays; grey where nothing does."""
    total = float(stays.sum(dtype=np.float64))
    if total < 1:
        shape = 1, 1, pixels.shape[2]
        return np.full(shape, _GREY, np.float32), np.zeros(shape, np.float32)
    flat, weights = pixels.reshape(-1, pixels.shape[2]), stays.ravel() / total
    mean = weights @ flat
    deviation = np.sqrt(weights @ np.square(flat - mean))
    return mean.astype(np.float32)[None, None], deviation.astype(np.float32)[None, None]


_FILLS: Mapping[str, Fill] = {"grey": _grey, "mean": _mean, "blur": _blur, "noise": _noise}

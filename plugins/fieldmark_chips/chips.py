"""Cutting chips out and bringing them to one size."""

from dataclasses import replace

import cv2
import numpy as np

from fieldmark.errors import UserError
from fieldmark.types import RGB, Box, Chip, Mask, Pixels


class Crop:
    """Cuts out the animal's box with a margin.

    Args:
        margin: what to leave at each side, as a fraction of the box's width and height.
    """

    def __init__(self, margin: float) -> None:
        self._margin = margin

    def apply(self, chip: Chip) -> Chip:
        """Return the part of the chip that shows the animal."""
        return cut(chip, chip.animal.grown(self._margin))


class Resize:
    """Brings chips to one size.

    Args:
        long_side: length of the longer side in pixels; the shape of the picture is kept.
        shape: height and width in pixels, instead; the picture is squeezed into it.
    """

    def __init__(self, long_side: int, shape: tuple[int, int] | None) -> None:
        self._long_side = long_side
        self._shape = shape

    def apply(self, chip: Chip) -> Chip:
        """Return the chip in its new size, with its mask."""
        height, width = self._shape or self._kept_shape(chip)
        mask = None if chip.mask is None else scale_mask(chip.mask, height, width)
        return replace(chip, pixels=scale_pixels(chip.pixels, height, width), mask=mask)

    def _kept_shape(self, chip: Chip) -> tuple[int, int]:
        factor = self._long_side / max(chip.size)
        height, width = (max(round(side * factor), 1) for side in chip.size)
        return height, width


def cut(chip: Chip, box: Box) -> Chip:
    """Return the part of a chip inside `box`, given in fractions of the chip."""
    height, width = chip.size
    left, top, right, bottom = box.pixels(width, height)
    part = Box.from_pixels(left, top, right - left, bottom - top, (width, height))
    return replace(
        chip,
        pixels=np.ascontiguousarray(chip.pixels[top:bottom, left:right]),
        mask=None if chip.mask is None else chip.mask[top:bottom, left:right].copy(),
        animal=chip.animal.seen_from(part),
        region=part.placed_in(chip.region),
    )


def colours(chip: Chip, step: str) -> Pixels:
    """Return H×W×3 pixels; grey three times when there is no colour.

    Args:
        chip: any.
        step: the name of the component that asks, for the message.

    Raises:
        UserError: if the chip has neither.
    """
    names = RGB if set(RGB) <= set(chip.channels) else ("grey",) * 3
    if names[0] not in chip.channels:
        raise UserError(
            f"{step} needs the channels red, green, blue or a channel grey,"
            f" got {', '.join(chip.channels)}; put it before the step that makes them"
        )
    return np.ascontiguousarray(chip.pixels[:, :, [chip.channels.index(name) for name in names]])


def scale_pixels(pixels: Pixels, height: int, width: int) -> Pixels:
    """Return H×W×C pixels as height×width×C, each channel on its own."""
    planes = [np.ascontiguousarray(plane) for plane in np.moveaxis(pixels, 2, 0)]
    scaled = [_scale(plane, height, width) for plane in planes]
    return np.stack(scaled, axis=2).astype(np.uint8, copy=False)


def scale_mask(mask: Mask, height: int, width: int) -> Mask:
    """Return an H×W mask as height×width, still within 0–1."""
    scaled = _scale(np.ascontiguousarray(mask), height, width)
    return np.clip(scaled, 0.0, 1.0).astype(np.float32, copy=False)


def _scale(plane: cv2.typing.MatLike, height: int, width: int) -> cv2.typing.MatLike:
    # Averaging keeps a shrunken pattern free of aliases; it would leave blocks when enlarging.
    shrinks = height < plane.shape[0]
    return cv2.resize(
        plane, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )

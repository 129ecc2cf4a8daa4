"""Chips as the hand-made features want them."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import RGB, Chip, Mask, Pixels

Grey: TypeAlias = NDArray[np.uint8]
"""H×W, uint8."""


def colours(chip: Chip) -> Pixels:
    """Return red, green and blue, or grey three times: (H, W, 3), side by side in memory.

    Raises:
        UserError: if the chip has neither.
    """
    names = RGB if set(RGB) <= set(chip.channels) else ("grey",) * 3
    if not set(names) <= set(chip.channels):
        raise UserError(
            f"expected a chip with red, green and blue, or with grey, got"
            f" {', '.join(chip.channels)}; leave out the preprocessor that changes the channels"
        )
    places = [chip.channels.index(name) for name in names]
    return np.ascontiguousarray(chip.pixels[:, :, places])


def greys(chip: Chip) -> Grey:
    """Return brightness, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601): (H, W) uint8."""
    return np.asarray(cv2.cvtColor(colours(chip), cv2.COLOR_RGB2GRAY), np.uint8)


def resized(picture: Grey, height: int, width: int) -> Grey:
    """Return a picture of another size; shrunk by averaging areas, enlarged linearly."""
    shrinks = height <= picture.shape[0] and width <= picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def resized_mask(mask: Mask, height: int, width: int) -> Mask:
    """Return a mask of another size."""
    fitted = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fitted, np.float32)

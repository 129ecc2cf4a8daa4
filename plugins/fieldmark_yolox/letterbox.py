"""A photo as YOLOX networks take it: shrunk into a corner of a grey picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from fieldmark.types import Floats, Pixels

GREY = 114
"""Of what is left of the picture, as in the training of YOLOX."""


@dataclass(frozen=True)
class Letter:
    """A photo in a picture of the network's size.

    Attributes:
        blob: (1, 3, height, width) float32, 0–255; blue, green, red.
        height: of the photo in the picture, from the top, in pixels.
        width: of the photo in the picture, from the left.
    """

    blob: Floats
    height: int
    width: int

    def fractions(self, found: Floats) -> Floats:
        """Return boxes, given in the picture's pixels, as fractions of the photo, clipped to it.

        Args:
            found: (n, 4) left, top, right, bottom.
        """
        sides = np.array([self.width, self.height] * 2, np.float32)
        inside: Floats = np.clip(found / sides, 0, 1)
        return inside


def letter(photo: Pixels, size: tuple[int, int]) -> Letter:
    """Shrink or enlarge a photo (H×W×3, RGB) to fit a picture of (height, width) pixels."""
    scale = min(size[0] / photo.shape[0], size[1] / photo.shape[1])
    height, width = (
        min(max(round(side * scale), 1), most)
        for side, most in zip(photo.shape[:2], size, strict=True)
    )
    picture = np.full((*size, 3), GREY, np.uint8)
    whole = np.ascontiguousarray(photo)
    picture[:height, :width] = cv2.resize(whole, (width, height), interpolation=cv2.INTER_LINEAR)
    blob = picture[:, :, ::-1].transpose(2, 0, 1)[None]
    return Letter(np.ascontiguousarray(blob, np.float32), height, width)

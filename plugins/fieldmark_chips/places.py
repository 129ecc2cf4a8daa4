"""Where the pixels of a picture lie in the animal's box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Box, Mask


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


def extent(mask: Mask) -> Box | None:
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

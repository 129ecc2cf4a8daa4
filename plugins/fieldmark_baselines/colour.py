"""How much of each colour a chip has, wherever it is: what light and background give away."""

from collections.abc import Sequence

import cv2
import numpy as np

from fieldmark.types import Chip, Floats, Vector
from fieldmark_baselines.pictures import colours

_RANGES = ((0.0, 100.0), (-110.0, 110.0), (-110.0, 110.0))
"""Of L*, a* and b*: sRGB fills L* 0–100, a* −86–98, b* −108–94."""


class ColourHistogram:
    """A histogram in CIE Lab, ready for the cosine.

    The shares of the bins, which sum to 1, enter as their square roots. The vector then has length
    1, and the cosine of two is the Bhattacharyya coefficient Σ √(pᵢ qᵢ) of their histograms
    (Bhattacharyya, Bulletin of the Calcutta Mathematical Society 35, 1943), a Hellinger kernel.

    Args:
        bins: of L*, a* and b*.
    """

    def __init__(self, bins: tuple[int, int, int]) -> None:
        self._bins = bins

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (product of the bins,) per chip; pixels count by the chip's mask.

        Raises:
            UserError: if a chip has neither colours nor grey.
        """
        return [Vector(np.sqrt(self._shares(chip))) for chip in chips]

    def _shares(self, chip: Chip) -> Floats:
        weight = np.ones(chip.size, np.float32) if chip.mask is None else chip.mask
        if weight.sum() <= 0:  # nobody said where the animal is after all
            weight = np.ones(chip.size, np.float32)
        cells = np.ravel_multi_index(tuple(self._cells(chip)), self._bins)
        total = np.bincount(cells.ravel(), weight.ravel(), int(np.prod(self._bins)))
        return np.asarray(total / total.sum(), np.float32)

    def _cells(self, chip: Chip) -> list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
        """Return the bin of each pixel on each of the three axes."""
        unit = colours(chip).astype(np.float32) / np.float32(255)
        lab = cv2.cvtColor(unit, cv2.COLOR_RGB2LAB)
        found = []
        for axis, (count, (low, high)) in enumerate(zip(self._bins, _RANGES, strict=True)):
            place = (lab[:, :, axis] - low) / (high - low) * count
            found.append(np.clip(np.floor(place), 0, count - 1).astype(np.int64))
        return found

"""ORB, SIFT and BRISK, summed up into one vector for each chip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Chip, Floats, Vector
from fieldmark_baselines.pictures import Grey, greys, resized, resized_mask

LENGTH = 2 * (32 + 128 + 64) + 3
"""Numbers of a vector: 451."""
_FULL = 500
"""Keypoints at which the count reaches 1; ORB and SIFT give no more."""
_NARROWEST = 16
"""Pixels that the shorter side keeps, because OpenCV fails on slivers."""


class Finder(Protocol):
    """One of OpenCV's detectors with descriptors."""

    def detectAndCompute(  # noqa: N802 -- OpenCV's name
        self,
        image: Grey,
        mask: NDArray[np.uint8] | None,
    ) -> tuple[Sequence[Any], NDArray[Any] | None]:
        """Return keypoints, and their descriptors (n, d); None for none."""
        ...


@dataclass(frozen=True)
class _Kind:
    finder: Finder
    length: int


class OrbSiftBrisk:
    """The mean and the spread of three kinds of descriptors over a chip.

    Layout, for ORB (d = 32), SIFT (d = 128) and BRISK (d = 64) in turn: d means, d standard
    deviations, and the count. Descriptors are taken as bytes and divided by 255; so a byte of the
    binary ones, eight yes-or-no comparisons, is taken for a number: crude, as a floor may be. The
    count is log(1 + n) / log(1 + 500), at most 1. A kind without keypoints is all zeros.

    ORB: Rublee et al., ICCV 2011. SIFT: Lowe, IJCV 60(2), 2004. BRISK: Leutenegger et al., ICCV
    2011. All with OpenCV's defaults, but for at most 500 keypoints of ORB and SIFT.

    Args:
        long_side: pixels of the longer side of the picture described.
    """

    def __init__(self, long_side: int) -> None:
        self._long_side = long_side
        makers: Any = cv2  # its type hints lack some of what it has
        # OpenCV 5 moved BRISK into its contributed modules.
        home = makers if hasattr(makers, "BRISK_create") else makers.xfeatures2d
        self._kinds = (
            _Kind(makers.ORB_create(_FULL), 32),
            _Kind(makers.SIFT_create(_FULL), 128),
            _Kind(home.BRISK_create(), 64),
        )

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (451,) per chip; keypoints off the chip's mask are left out.

        Raises:
            UserError: if a chip has neither colours nor grey.
        """
        return [Vector(self.values(chip)) for chip in chips]

    def values(self, chip: Chip) -> Floats:
        """Return the numbers of one chip: (451,) float32."""
        scale = self._long_side / max(chip.size)
        height, width = (max(round(side * scale), _NARROWEST) for side in chip.size)
        picture = resized(greys(chip), height, width)
        mask = None
        if chip.mask is not None:
            inside = resized_mask(chip.mask, height, width) > 0.5
            mask = inside.astype(np.uint8) * np.uint8(255)
        return np.concatenate([_summed_up(kind, picture, mask) for kind in self._kinds])


def _summed_up(kind: _Kind, picture: Grey, mask: NDArray[np.uint8] | None) -> Floats:
    _, found = kind.finder.detectAndCompute(picture, mask)
    if found is None or not len(found):
        return np.zeros(2 * kind.length + 1, np.float32)
    unit = found.astype(np.float64) / 255
    count = min(np.log1p(len(unit)) / np.log1p(_FULL), 1.0)
    return np.concatenate([unit.mean(axis=0), unit.std(axis=0), [count]]).astype(np.float32)

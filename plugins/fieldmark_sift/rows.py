"""The gallery's keypoints as columns: one row for each keypoint, in the order they were added."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids, Keypoints
from fieldmark_sift.verify import Places


@dataclass(frozen=True)
class Rows:
    """Keypoints of many annotations, without their descriptors: 28 bytes each.

    Attributes:
        owner: (n,) int64, the annotation.
        photo: (n, 2), places as fractions of the photo.
        scale: (n,), in diagonals of the animal's box.
        angle: (n,), radians.
        weight: (n,) 0–1, how surely the keypoint lies on the animal.
    """

    owner: Ids
    photo: Floats
    scale: Floats
    angle: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.owner)

    @classmethod
    def empty(cls) -> Self:
        """Return no rows."""
        none = np.empty(0, np.float32)
        return cls(np.empty(0, np.int64), np.empty((0, 2), np.float32), none, none, none)

    @classmethod
    def of(cls, annotation: int, points: Keypoints) -> Self:
        """Return the rows of one annotation."""
        return cls(
            np.full(len(points), annotation, np.int64),
            points.in_photo(),
            points.scale / np.float32(diagonal(points)),
            points.angle,
            points.weight,
        )

    @classmethod
    def join(cls, parts: list["Rows"]) -> Self:
        """Return all rows of several, in order."""
        names = [f.name for f in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def at(self, chosen: Ids | NDArray[np.bool_]) -> Self:
        """Return some of the rows."""
        return type(self)(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def places(self, chosen: Ids, steps: Floats) -> Places:
        """Return where some rows lie.

        Args:
            chosen: the rows.
            steps: of each, or of all: how many diagonals the photo's width and height are.
        """
        return Places(self.photo[chosen] * steps, self.scale[chosen], self.angle[chosen])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the rows that `to_arrays` gave.

        Raises:
            KeyError: if a column is missing.
        """
        return cls(*(arrays[f.name] for f in fields(cls)))


def diagonal(points: Keypoints) -> float:
    """Return the diagonal of the animal's box in pixels of the chip, at least 1."""
    height, width = points.size
    return max(float(np.hypot(points.animal.h * height, points.animal.w * width)), 1.0)


def step(points: Keypoints) -> Floats:
    """Return how many diagonals of the animal's box the photo's width and height are: (2,)."""
    height, width = points.size
    photo = np.array([width / points.region.w, height / points.region.h], np.float32)
    return photo / np.float32(diagonal(points))

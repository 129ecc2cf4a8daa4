"""How much of what makes two photos alike lies outside the animal."""

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import WHOLE, Box, Chip, Explanation, Floats, Heat, Mask

Evidence: TypeAlias = Explanation | tuple[Heat, Heat]
"""Matched points, or a map of each of the two photos: of the query, and of the candidate."""
Yes: TypeAlias = NDArray[np.bool_]
ON = 0.5
"""Value of a mask from which on a pixel counts as the animal: more likely so than not."""


@dataclass(frozen=True)
class Whereabouts:
    """Where the animal is in a photo.

    Attributes:
        box: in fractions of the photo.
        mask: H×W, 0 (background) to 1 (animal); None: only the box is known.
        region: which part of the photo was looked at, and the mask covers.
    """

    box: Box
    mask: Mask | None = None
    region: Box = WHOLE

    @classmethod
    def of(cls, chip: Chip) -> Self:
        """Return what a chip knows of its animal."""
        return cls(chip.animal.placed_in(chip.region), chip.mask, chip.region)

    @property
    def outside(self) -> float:
        """The share of the region's area that is not the animal: 0–1."""
        if self.mask is not None:
            return float((self.mask < ON).mean())
        try:
            seen = self.box.seen_from(self.region)
        except ValueError:  # the two do not overlap
            return 1.0
        return 1 - seen.w * seen.h

    def holds(self, xy: Floats) -> Yes:
        """Return which points (n, 2), fractions of the photo, lie on the animal: (n,).

        On the animal is what the mask says where there is a mask, and else what the box encloses.
        """
        if self.mask is None:
            return _inside(xy, self.box)
        height, width = self.mask.shape
        column = np.floor((xy[:, 0] - self.region.x) / self.region.w * width).astype(np.int64)
        row = np.floor((xy[:, 1] - self.region.y) / self.region.h * height).astype(np.int64)
        known = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found = self.mask[row.clip(0, height - 1), column.clip(0, width - 1)]
        return np.asarray(known & (found >= ON))


def background_share(
    evidence: Evidence, query: Whereabouts, candidate: Whereabouts
) -> float | None:
    """Return the share of the evidence's weight that lies outside the animals: 0–1.

    The mean over the two photos, each of which has half of the evidence. None where there is no
    evidence at all.
    """
    if isinstance(evidence, Explanation):
        ends = (evidence.query_xy, evidence.candidate_xy)
        shares = [
            _outside(xy, evidence.weights, where)
            for xy, where in zip(ends, (query, candidate), strict=True)
        ]
    else:
        shares = [
            _outside(centres(each), each.values.ravel(), where)
            for each, where in zip(evidence, (query, candidate), strict=True)
        ]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def even_share(query: Whereabouts, candidate: Whereabouts) -> float:
    """Return what `background_share` would be of evidence spread evenly over both regions: 0–1."""
    return (query.outside + candidate.outside) / 2


def centres(heat: Heat) -> Floats:
    """Return the middles of a map's pixels as fractions of the photo: (h · w, 2), row by row."""
    height, width = heat.values.shape
    x = heat.region.x + (np.arange(width) + 0.5) / width * heat.region.w
    y = heat.region.y + (np.arange(height) + 0.5) / height * heat.region.h
    across, down = np.meshgrid(x, y)
    return np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)


def within(explanation: Explanation, query: Box, candidate: Box) -> Explanation:
    """Return the matched points of which both ends lie in the animals' boxes: what is drawn."""
    kept = _inside(explanation.query_xy, query) & _inside(explanation.candidate_xy, candidate)
    return Explanation(
        explanation.query_xy[kept], explanation.candidate_xy[kept], explanation.weights[kept]
    )


def _outside(xy: Floats, weights: Floats, where: Whereabouts) -> float | None:
    whole = float(weights.sum(dtype=np.float64))
    if whole <= 0:
        return None
    return float(weights[~where.holds(xy)].sum(dtype=np.float64)) / whole


def _inside(xy: Floats, box: Box) -> Yes:
    x, y = xy[:, 0], xy[:, 1]
    across = (x >= box.x) & (x <= box.x + box.w)
    down = (y >= box.y) & (y <= box.y + box.h)
    return np.asarray(across & down)

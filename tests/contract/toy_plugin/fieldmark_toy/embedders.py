"""An embedder of each kind."""

from collections.abc import Sequence

import numpy as np

from fieldmark.errors import UserError
from fieldmark.types import RGB, Chip, Floats, Keypoints, Pixels, Vector


def rgb(chip: Chip) -> Pixels:
    """Return the pixels of a picture in red, green, blue; others are refused."""
    if chip.channels != RGB:
        raise UserError(f"expected a picture in red, green, blue, got {', '.join(chip.channels)}")
    return chip.pixels


def grid(pixels: Pixels, cells: int) -> Floats:
    """Return the mean colour of each cell: (cells, cells, 3) float32 in 0–1."""
    height, width = pixels.shape[:2]
    rows = np.linspace(0, height, cells + 1).astype(int)
    columns = np.linspace(0, width, cells + 1).astype(int)
    parts = [
        [pixels[_part(rows, r, height), _part(columns, c, width)] for c in range(cells)]
        for r in range(cells)
    ]
    means = [[part.mean(axis=(0, 1)) for part in row] for row in parts]
    return (np.array(means) / 255).astype(np.float32)


def _part(edges: np.ndarray, i: int, size: int) -> slice:
    start = min(int(edges[i]), size - 1)
    return slice(start, max(int(edges[i + 1]), start + 1))


class MeanColour:
    """Mean colours on a grid, as one vector."""

    def __init__(self, cells: int) -> None:
        self.cells = cells

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector per chip: (3 · cells²,) float32."""
        return [Vector(self.values(chip)) for chip in chips]

    def values(self, chip: Chip) -> Floats:
        """Return the numbers for one chip."""
        return grid(rgb(chip), self.cells).reshape(-1)


class Corners:
    """One keypoint per cell of a grid; the descriptor is what is around it."""

    def __init__(self, cells: int) -> None:
        self.cells = cells

    def embed(self, chips: Sequence[Chip]) -> list[Keypoints]:
        """Return cells² keypoints per chip, with descriptors (cells², 3) float32."""
        return [self.points(chip) for chip in chips]

    def points(self, chip: Chip) -> Keypoints:
        """Return the keypoints of one chip."""
        height, width = chip.size
        middles = (np.arange(self.cells) + 0.5) / self.cells
        x, y = np.meshgrid(middles * width, middles * height)
        count = self.cells**2
        return Keypoints(
            xy=np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32),
            scale=np.full(count, max(width / self.cells, 1), np.float32),
            angle=np.zeros(count, np.float32),
            weight=np.ones(count, np.float32),
            descriptors=grid(rgb(chip), self.cells).reshape(count, 3),
            size=chip.size,
            animal=chip.animal,
            region=chip.region,
        )

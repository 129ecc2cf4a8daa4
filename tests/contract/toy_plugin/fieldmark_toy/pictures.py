"""A detector and a preprocessor."""

from collections.abc import Sequence

import numpy as np

from fieldmark.types import Box, Chip, Detection, Pixels


class Contrast:
    """Finds the part of a photo that differs from its middle brightness."""

    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        """Return at most one animal per photo."""
        return [self.find(photo) for photo in photos]

    def find(self, photo: Pixels) -> list[Detection]:
        """Return the box around everything bright."""
        grey = photo.mean(axis=2)
        rows, columns = np.nonzero(grey > np.median(grey) + 40)
        if not len(rows):
            return []
        left, top = int(columns.min()), int(rows.min())
        width, height = int(columns.max()) + 1 - left, int(rows.max()) + 1 - top
        size = (photo.shape[1], photo.shape[0])
        return [Detection(Box.from_pixels(left, top, width, height, size), "animal", 0.9)]


class Trim:
    """Cuts out the animal's box, with a margin."""

    def __init__(self, margin: float) -> None:
        self.margin = margin

    def apply(self, chip: Chip) -> Chip:
        """Return the part of the chip that shows the animal."""
        height, width = chip.size
        left, top, right, bottom = chip.animal.grown(self.margin).pixels(width, height)
        cut = Box.from_pixels(left, top, right - left, bottom - top, (width, height))
        mask = None if chip.mask is None else chip.mask[top:bottom, left:right].copy()
        pixels = chip.pixels[top:bottom, left:right].copy()
        region, animal = cut.placed_in(chip.region), chip.animal.seen_from(cut)
        return Chip(pixels, chip.channels, animal, region, mask, chip.side)

"""Finding the animal in its chip, so that the background does not count.

Pixels are never painted over: an artificial edge has keypoints of its own. What is found goes into
the chip's mask as weights, which the embedder reads; the step `paint` hides what it is told to.
"""

from dataclasses import replace
from typing import Protocol

from fieldmark.types import Chip, Mask, Pixels
from fieldmark_chips.chips import colours, cut, scale_mask, scale_pixels
from fieldmark_chips.places import Grid, extent


class Finder(Protocol):
    """A way of finding the animal.

    Attributes:
        size: long side in pixels of the copy that it looks at.
    """

    size: int

    def find(self, picture: Pixels, grid: Grid) -> Mask | None:
        """Return 0 to 1 for each pixel of an H×W×3 picture; None when nothing plausible is found.

        Args:
            picture: red, green, blue.
            grid: where its pixels lie in the animal's box.
        """
        ...


class Background:
    """Weighs every pixel by how surely it shows the animal.

    The mask that comes with the annotation is taken as it is. Without one the finder is asked, and
    where it finds nothing plausible, or there is no finder, a centre prior stands in: nothing is
    set aside.

    Args:
        finder: what finds the animal; None: the centre prior alone.
        tighten: whether to cut the chip to where the animal was found.
        margin: what to leave around it then, as a fraction of its width and height.
    """

    def __init__(self, finder: Finder | None, *, tighten: bool, margin: float) -> None:
        self._finder = finder
        self._tighten = tighten
        self._margin = margin

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with weights in its mask."""
        mask = self._found(chip) if chip.mask is None else chip.mask
        weighed = replace(chip, mask=mask)
        found = extent(mask) if self._tighten else None
        return weighed if found is None else cut(weighed, found.grown(self._margin))

    def _found(self, chip: Chip) -> Mask:
        height, width = chip.size
        size = 256 if self._finder is None else self._finder.size
        factor = min(size / max(height, width), 1.0)
        small = max(round(height * factor), 1), max(round(width * factor), 1)
        grid = Grid.of(chip.animal, *small)
        found = None
        if self._finder is not None:
            found = self._finder.find(scale_pixels(colours(chip, "background"), *small), grid)
        return scale_mask(grid.centre_prior() if found is None else found, height, width)

"""Evening out light and shade."""

from dataclasses import replace

import cv2
import numpy as np

from fieldmark.types import RGB, Chip, Pixels


class Equalise:
    """Contrast-limited adaptive histogram equalisation (CLAHE) of the brightness.

    After Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV (1994).
    Colours keep their hue; channels that are neither colours nor grey stay as they are.

    Args:
        clip: how far a tile's contrast may be raised, as a multiple of the flat histogram.
        tiles: tiles per side; each is equalised on its own and blended into its neighbours.
    """

    def __init__(self, clip: float, tiles: int) -> None:
        self._clip = clip
        self._tiles = (tiles, tiles)

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with its brightness equalised."""
        pixels = chip.pixels.copy()
        if set(RGB) <= set(chip.channels):
            places = [chip.channels.index(name) for name in RGB]
            pixels[:, :, places] = self._colour(np.ascontiguousarray(pixels[:, :, places]))
        if "grey" in chip.channels:
            place = chip.channels.index("grey")
            pixels[:, :, place] = self._plane(np.ascontiguousarray(pixels[:, :, place]))
        return replace(chip, pixels=pixels)

    def _colour(self, rgb: Pixels) -> cv2.typing.MatLike:
        parts = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
        parts[:, :, 0] = self._plane(np.ascontiguousarray(parts[:, :, 0]))
        return cv2.cvtColor(parts, cv2.COLOR_YCrCb2RGB)

    def _plane(self, plane: cv2.typing.MatLike) -> cv2.typing.MatLike:
        return cv2.createCLAHE(self._clip, self._tiles).apply(plane)

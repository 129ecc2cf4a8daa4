"""The edges of the coat as a channel: what rosettes look like, whatever the light."""

from dataclasses import replace

import cv2
import numpy as np

from fieldmark.errors import UserError
from fieldmark.types import RGB, Chip, Pixels
from fieldmark_leopard.settings import EdgeOptions

EDGE = "edge"
"""The channel's name."""


class EdgeChannel:
    """Appends edges: equalised grey → Gaussian blur → Canny (Imperial College London, 2024)."""

    def __init__(self, options: EdgeOptions) -> None:
        self._options = options

    def apply(self, chip: Chip) -> Chip:
        """Return the chip with one more channel, `edge`: 255 on edges, 0 elsewhere.

        Raises:
            UserError: if the chip has no red, green and blue, or has edges already.
        """
        if not set(RGB) <= set(chip.channels) or EDGE in chip.channels:
            raise UserError(
                f"edge-channel needs a chip with {', '.join(RGB)} and without {EDGE}, and this one"
                f" has {', '.join(chip.channels)}; write edge-channel once, before steps that take"
                " colours away"
            )
        colours = chip.pixels[:, :, [chip.channels.index(name) for name in RGB]]
        found = edges(colours, self._options)
        if self._options.masked and chip.mask is not None:
            found = np.where(chip.mask >= 0.5, found, 0).astype(np.uint8)
        pixels = np.concatenate([chip.pixels, found[:, :, None]], axis=2)
        return replace(chip, pixels=pixels, channels=(*chip.channels, EDGE))


def edges(colours: Pixels, options: EdgeOptions) -> Pixels:
    """Return the edges of an RGB picture (h, w, 3): (h, w) uint8, 255 on edges, 0 elsewhere.

    Canny, "A computational approach to edge detection", PAMI 1986, with Sobel gradients of 3 × 3
    and their L1 length, as OpenCV has it.
    """
    grey = cv2.equalizeHist(cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2GRAY))
    if options.blur > 1:
        grey = cv2.GaussianBlur(grey, (options.blur, options.blur), 0)
    return np.asarray(cv2.Canny(grey, options.low, options.high), np.uint8)

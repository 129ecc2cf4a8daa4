"""Chips → tensors."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from fieldmark.errors import UserError
from fieldmark.types import Chip
from fieldmark_deep.settings import Network


def to_array(chip: Chip, network: Network) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the pixels at the size of the network's input: (c, h, w) uint8.

    Shrinks with antialiasing (bilinear, as Pillow and timm do), because a network that was trained
    on smooth pictures takes the jagged ones for texture.

    Raises:
        UserError: if the chip has other channels than the network takes.
    """
    height, width, channels = chip.pixels.shape
    if channels != network.channels:
        raise UserError(
            f"the network takes {network.channels} channels, but the chip has {channels}"
            f" ({', '.join(chip.channels)}); the preprocessors must be those of the training"
        )
    pixels = torch.from_numpy(np.require(chip.pixels, requirements=["C", "W"])).permute(2, 0, 1)
    if (height, width) != (network.height, network.width):
        size = (network.height, network.width)
        # Channels lie last in memory here, for which torch has the quick kernel.
        pixels = functional.interpolate(
            pixels.unsqueeze(0), size, mode="bilinear", antialias=True, align_corners=False
        )[0]
    return np.ascontiguousarray(pixels.numpy())


def to_batch(chips: Sequence[Chip], network: Network) -> Tensor:
    """Return chips as one uint8 tensor (n, c, h, w); raises as `to_array`."""
    return torch.from_numpy(np.stack([to_array(chip, network) for chip in chips]))

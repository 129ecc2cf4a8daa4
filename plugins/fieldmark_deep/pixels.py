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

    A network takes pictures that were resized in another way than in its training for others: by
    MiewID's own service, OpenCV's and Pillow's bilinear vectors lie about 3° apart, which changes
    who is found first (WildMeOrg/ml-service, app/models/miewid.py). So the network says how. The
    whole chip is stretched; nothing is cut off.

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
        pixels = _resized(pixels.unsqueeze(0), network)[0]
    return np.ascontiguousarray(pixels.numpy())


def _resized(pixels: Tensor, network: Network) -> Tensor:
    """Return pixels (1, c, h, w) uint8 at the size of the input.

    smooth and bicubic differ from Pillow's, plain from OpenCV's INTER_LINEAR by one grey level at
    most.
    """
    size = (network.height, network.width)
    if network.resize == "plain":  # in float32: on whole numbers torch cuts off where OpenCV rounds
        made = functional.interpolate(pixels.float(), size, mode="bilinear", align_corners=False)
        return made.add_(0.5).to(torch.uint8)  # halves go up, as there
    mode = "bicubic" if network.resize == "bicubic" else "bilinear"
    # Channels lie last in memory here, for which torch has the quick kernel.
    return functional.interpolate(pixels, size, mode=mode, antialias=True, align_corners=False)


def to_batch(chips: Sequence[Chip], network: Network) -> Tensor:
    """Return chips as one uint8 tensor (n, c, h, w); raises as `to_array`."""
    return torch.from_numpy(np.stack([to_array(chip, network) for chip in chips]))

"""A perceptual hash of 64 bits, and pictures whose hashes are near.

The hash is that of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions" (Upper Austria University of Applied Sciences, 2010), section 3.2.1: a grey picture of
32 × 32 pixels, its discrete cosine transform, the 8 × 8 lowest frequencies without those that are
constant along an axis, and for each whether it lies above their median.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.types import Pixels

SIZE = 32
NEAR = 4
"""Bits in which two pictures may differ and still count as near-duplicates."""
BITS = 64
_DECIMALS = 6  # rounding errors of a flat picture must not become bits


def _cosines() -> NDArray[np.float64]:
    """Return the DCT-II matrix (32, 32): cos(π/32 · (n + ½) · k) for row k and column n."""
    k, n = np.arange(SIZE)[:, None], np.arange(SIZE)[None, :]
    return np.asarray(np.cos(np.pi / SIZE * (n + 0.5) * k))


_DCT = _cosines()


def perceptual_hash(pixels: Pixels) -> int:
    """Return the hash of a picture (H×W×3 uint8) as an integer of 64 bits."""
    grey = Image.fromarray(pixels).convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)
    values = _DCT @ np.asarray(grey, np.float64) @ _DCT.T
    low = np.round(values[1:9, 1:9], _DECIMALS).ravel()
    bits = low > np.median(low)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_pairs(first: Sequence[int], second: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (i, j) wherever `first[i]` and `second[j]` differ in at most `NEAR` bits, in order.

    Cut into `NEAR` + 1 bands, two such hashes agree in at least one (the pigeonhole principle),
    so only those that do are compared.
    """
    bands = _bands()
    shelves = [_shelf(second, shift, mask) for shift, mask in bands]
    for i, value in enumerate(first):
        near: set[int] = set()
        for (shift, mask), shelf in zip(bands, shelves, strict=True):
            near.update(shelf.get(value >> shift & mask, ()))
        yield from ((i, j) for j in sorted(near) if (value ^ second[j]).bit_count() <= NEAR)


def _bands() -> list[tuple[int, int]]:
    edges = [BITS * band // (NEAR + 1) for band in range(NEAR + 2)]
    return [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]


def _shelf(values: Sequence[int], shift: int, mask: int) -> Mapping[int, list[int]]:
    shelf: dict[int, list[int]] = {}
    for j, value in enumerate(values):
        shelf.setdefault(value >> shift & mask, []).append(j)
    return shelf

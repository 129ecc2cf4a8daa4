"""Seeded randomness and smooth random fields: the raw material of coats, scenes and light.

Everything random in a synthetic survey comes from :func:`generator`, whose keys say what the
numbers are for. Two purposes never share a stream, so that changing how a scene is drawn cannot
change a coat.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]
Colour = tuple[float, float, float]
"""Red, green and blue in 0..1."""


class Stream(IntEnum):
    """What a stream of random numbers is used for; the values are part of every survey's bytes."""

    INDIVIDUAL = 1
    COAT = 2
    POSE = 3
    SCENE = 4
    LIGHT = 5
    SCHEDULE = 6
    FOREGROUND = 7
    CAMERA = 8
    PLACE = 9
    CHIP = 10


def generator(stream: Stream, *keys: int) -> np.random.Generator:
    """Return the random generator for one purpose and the non-negative keys within it."""
    return np.random.default_rng([int(stream), *keys])


def resample(field: FloatArray, shape: tuple[int, int], *, smooth: bool = True) -> FloatArray:
    """Resize a field of shape (h, w), any range, to ``shape`` = (height, width), float32.

    Bicubic when ``smooth`` (may overshoot the range by a little), else bilinear.
    """
    method = Image.Resampling.BICUBIC if smooth else Image.Resampling.BILINEAR
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), method), dtype=np.float32)


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]
) -> FloatArray:
    """Return a smooth random field of shape ``shape``, float32 in 0..1.

    ``cells`` = (rows, columns) says how many independent values lie along each side.
    """
    knots = rng.random((cells[0] + 1, cells[1] + 1), dtype=np.float32)
    return np.clip(resample(knots, shape), 0.0, 1.0)


def fractal_noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 4
) -> FloatArray:
    """Return cloud-like noise of shape ``shape``, float32, mean near 0.5 and range within 0..1.

    Each octave has twice the detail and half the weight of the one before it.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        finer = (cells[0] << octave, cells[1] << octave)
        total += smooth_noise(rng, shape, finer) * np.float32(0.5**octave)
    return total / np.float32(2.0 - 0.5 ** (octaves - 1))


def smoothstep(field: FloatArray, low: float, high: float) -> FloatArray:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``; any shape, float32 in 0..1.

    With ``low`` above ``high`` it falls instead of rising.
    """
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return np.asarray(t * t * (np.float32(3.0) - np.float32(2.0) * t), np.float32)


def mix(first: FloatArray, second: FloatArray, weight: FloatArray | float) -> FloatArray:
    """Blend from ``first`` (weight 0) to ``second`` (weight 1); shapes broadcast, float32."""
    return np.asarray(first + (second - first) * weight, np.float32)


def rgb(colour: Colour) -> FloatArray:
    """Return a colour as an array, (3,) float32 in 0..1."""
    return np.asarray(colour, np.float32)


def to_bytes(values: FloatArray) -> ByteArray:
    """Round values in 0..1 of any shape to 0..255, uint8; what lies outside is clipped."""
    return (np.clip(values, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)

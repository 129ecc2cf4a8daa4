"""The body that wears a coat: a cat-like quadruped at rest, built of tubes.

Coordinates: x runs along the body (the nose points to -x), y upwards from the ground, z towards
the viewer; shoulder height is near 0.8. Every individual has this one body: size and build say
nothing about identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Literal

import numpy as np

from fieldmark.synthetic.noise import FloatArray, smoothstep

Limb = Literal["trunk", "tail", "ear", "front", "hind"]


class Paint(IntEnum):
    """The columns of a part's ``paint``."""

    ALONG = 0  # coat column, in grid cells from the rump
    AROUND = 1  # coat row, in grid cells from the back line
    STRENGTH = 2  # how strongly markings show, 0..1
    PALE = 3  # how far the ground colour gives way to the pale belly colour, 0..1
    SHADE = 4  # light that reaches a hidden place, 0..1
    COVER = 5  # how far this part hides the one under it, 0..1
    REGION = 6  # 0 on a limb, 1 on the trunk, 2 on the head


@dataclass(frozen=True)
class Part:
    """One tube of the body at rest.

    ``vertices`` has shape (rings, sides, 3) and ``paint`` (rings, sides, 7), both float32. ``near``
    is true on the side of the viewer; ``layer`` orders drawing from far to near.
    """

    limb: Limb
    near: bool
    layer: int
    vertices: FloatArray
    paint: FloatArray


# Along the trunk, rump to nose: x, y, half height, half width.
_TRUNK = (
    (0.565, 0.665, 0.020, 0.020),
    (0.545, 0.650, 0.085, 0.070),
    (0.480, 0.630, 0.140, 0.112),
    (0.370, 0.620, 0.168, 0.132),
    (0.180, 0.615, 0.163, 0.132),
    (-0.050, 0.600, 0.178, 0.148),
    (-0.280, 0.595, 0.195, 0.152),
    (-0.430, 0.625, 0.192, 0.138),
    (-0.540, 0.680, 0.172, 0.120),
    (-0.640, 0.740, 0.143, 0.112),
    (-0.720, 0.782, 0.132, 0.118),
    (-0.800, 0.803, 0.134, 0.122),
    (-0.865, 0.792, 0.118, 0.110),
    (-0.915, 0.768, 0.092, 0.088),
    (-0.960, 0.752, 0.076, 0.072),
    (-0.996, 0.746, 0.058, 0.055),
    (-1.010, 0.746, 0.016, 0.016),
)
# Down each leg: x, y, half length, half width.
_FRONT_LEG = (
    (-0.370, 0.730, 0.060, 0.030),
    (-0.385, 0.640, 0.115, 0.072),
    (-0.390, 0.530, 0.105, 0.072),
    (-0.375, 0.420, 0.076, 0.060),
    (-0.370, 0.300, 0.058, 0.050),
    (-0.385, 0.170, 0.046, 0.042),
    (-0.392, 0.080, 0.045, 0.042),
    (-0.410, 0.040, 0.056, 0.048),
    (-0.435, 0.024, 0.050, 0.046),
    (-0.480, 0.020, 0.022, 0.022),
)
_HIND_LEG = (
    (0.400, 0.760, 0.060, 0.030),
    (0.405, 0.660, 0.130, 0.075),
    (0.385, 0.540, 0.140, 0.080),
    (0.345, 0.430, 0.105, 0.068),
    (0.335, 0.350, 0.078, 0.055),
    (0.385, 0.270, 0.056, 0.046),
    (0.440, 0.200, 0.046, 0.040),
    (0.440, 0.110, 0.041, 0.038),
    (0.425, 0.050, 0.050, 0.044),
    (0.390, 0.026, 0.052, 0.046),
    (0.335, 0.020, 0.022, 0.022),
)
_TAIL = (
    (0.520, 0.700, 0.045, 0.045),
    (0.600, 0.665, 0.040, 0.038),
    (0.680, 0.560, 0.034, 0.034),
    (0.740, 0.430, 0.031, 0.031),
    (0.800, 0.310, 0.030, 0.030),
    (0.880, 0.240, 0.030, 0.030),
    (0.960, 0.240, 0.026, 0.026),
    (0.990, 0.250, 0.006, 0.006),
)
_EAR = (
    (-0.772, 0.890, 0.040, 0.030),
    (-0.768, 0.925, 0.046, 0.022),
    (-0.762, 0.958, 0.038, 0.015),
    (-0.760, 0.976, 0.012, 0.006),
)
_LEG_ASIDE = {"front": 0.083, "hind": 0.078}
_EAR_ASIDE = 0.066
_LEG_SIDES = 16

CELLS_ALONG = 118.0
"""Coat cells per unit of body length; a trunk 1.6 long takes the whole grid once."""
CELLS_HALF_GIRTH = 62.0
"""Coat cells from the back line round to the belly line."""
_CELLS_DOWN_LEG = 150.0
_LEG_START = {"front": 20.0, "hind": 110.0}
_CELLS_DOWN_TAIL = 130.0
_HEAD_STARTS = -0.78


@lru_cache(maxsize=1)
def body_at_rest() -> tuple[Part, ...]:
    """Return the parts of the body, far ones first."""
    far = [_leg("front", near=False), _leg("hind", near=False), _ear(near=False)]
    near = [_leg("hind", near=True), _leg("front", near=True), _ear(near=True)]
    return (*far, _tail(), _trunk(), *near)


def _tube(
    knots: Sequence[tuple[float, float, float, float]], rings: int, sides: int, aside: float = 0.0
) -> FloatArray:
    """Sweep an ellipse along the knots; (rings, sides, 3). Side 0 faces the viewer, then up."""
    spine = _through(np.asarray(knots, np.float32), rings)
    tangent = np.gradient(spine[:, :2], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    upward = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    angle = _angles(sides)
    reach = spine[:, 2, None] * np.sin(angle)
    flat = spine[:, None, :2] + reach[..., None] * upward[:, None]
    depth = aside + spine[:, 3, None] * np.cos(angle)
    return np.concatenate([flat, depth[..., None]], axis=2).astype(np.float32)


def _angles(sides: int) -> FloatArray:
    return np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False, dtype=np.float32)


def _through(knots: FloatArray, samples: int) -> FloatArray:
    """Return ``samples`` rows along the Catmull-Rom curve through the rows of ``knots``."""
    at = np.linspace(0.0, len(knots) - 1.0, samples, dtype=np.float32)
    first = np.minimum(at.astype(int), len(knots) - 2)
    t = (at - first)[:, None]
    before, start, end, after = (
        knots[np.clip(first + step, 0, len(knots) - 1)] for step in (-1, 0, 1, 2)
    )
    linear = end - before
    square = 2 * before - 5 * start + 4 * end - after
    cubic = 3 * (start - end) + after - before
    return np.asarray(start + 0.5 * t * (linear + t * (square + t * cubic)), np.float32)


def _from_top(vertices: FloatArray) -> FloatArray:
    """Return how far round from the top (or front) of its ring each vertex is; half a turn is 1.

    It mirrors at the top and the bottom, so that neighbours never jump.
    """
    turn = np.abs(_angles(vertices.shape[1]) / np.float32(np.pi) - np.float32(0.5))
    share = np.where(turn > 1.0, 2.0 - turn, turn)
    return np.broadcast_to(share.astype(np.float32), vertices.shape[:2])


def _paint(shape: tuple[int, ...], **columns: FloatArray | float) -> FloatArray:
    """Stack named columns of ``Paint``; missing ones are full strength, uncovered, not face."""
    paint = np.zeros((*shape, len(Paint)), np.float32)
    paint[..., [Paint.STRENGTH, Paint.SHADE, Paint.COVER]] = 1.0
    for name, values in columns.items():
        paint[..., Paint[name]] = values
    return paint


def _trunk() -> Part:
    vertices = _tube(_TRUNK, rings=64, sides=28)
    x, share = vertices[..., 0], _from_top(vertices)
    belly, face = smoothstep(share, 0.60, 0.82), smoothstep(x, -0.84, -0.90)
    muzzle = smoothstep(x, -0.90, -0.95) * smoothstep(share, 0.3, 0.6)
    cheek = smoothstep(x, -0.79, -0.84) * smoothstep(share, 0.48, 0.62)
    paint = _paint(
        vertices.shape[:2],
        ALONG=(_TRUNK[0][0] - x) * CELLS_ALONG,
        AROUND=share * CELLS_HALF_GIRTH,
        STRENGTH=(1.0 - 0.75 * belly) * (1.0 - 0.7 * face) * (1.0 - 0.8 * muzzle),
        PALE=np.maximum(belly, np.maximum(0.85 * muzzle, 0.7 * cheek)),
        SHADE=1.0 - 0.45 * smoothstep(share, 0.62, 0.95) * smoothstep(x, -0.8, -0.5),
        REGION=np.where(x < _HEAD_STARTS, 2.0, 1.0).astype(np.float32),
    )
    return Part("trunk", near=True, layer=1, vertices=vertices, paint=paint)


def _leg(limb: Literal["front", "hind"], *, near: bool) -> Part:
    knots = _FRONT_LEG if limb == "front" else _HIND_LEG
    side = 1.0 if near else -1.0
    vertices = _tube(knots, rings=26, sides=_LEG_SIDES, aside=side * _LEG_ASIDE[limb])
    y, share = vertices[..., 1], _from_top(vertices)
    inner = smoothstep(np.cos(_angles(_LEG_SIDES)) * np.float32(-side), -0.3, 0.5)
    paw = smoothstep(y, 0.10, 0.04)
    paint = _paint(
        vertices.shape[:2],
        ALONG=_LEG_START[limb] + (knots[0][1] - y) * _CELLS_DOWN_LEG,
        AROUND=30.0 + share * 26.0,
        STRENGTH=(1.0 - 0.6 * inner) * (1.0 - 0.7 * paw),
        PALE=np.maximum(0.45 * inner, 0.35 * paw),
        SHADE=1.0 if near else 0.62 + 0.2 * smoothstep(y, 0.4, 0.1),
        COVER=smoothstep(y, 0.66, 0.45) if near else 1.0,
    )
    return Part(limb, near=near, layer=2 if near else 0, vertices=vertices, paint=paint)


def _tail() -> Part:
    vertices = _tube(_TAIL, rings=30, sides=12)
    down = np.linspace(0.0, 1.0, 30, dtype=np.float32)[:, None]
    paint = _paint(
        vertices.shape[:2],
        ALONG=60.0 + down * 0.75 * _CELLS_DOWN_TAIL,
        AROUND=10.0 + _from_top(vertices) * 14.0,
        PALE=0.3 * smoothstep(_from_top(vertices), 0.5, 0.9),
    )
    return Part("tail", near=True, layer=1, vertices=vertices, paint=paint)


def _ear(*, near: bool) -> Part:
    vertices = _tube(_EAR, rings=8, sides=12, aside=_EAR_ASIDE if near else -_EAR_ASIDE)
    tip = smoothstep(vertices[..., 1], 0.925, 0.97)
    paint = _paint(vertices.shape[:2], STRENGTH=0.0, PALE=0.25, SHADE=0.85 - 0.55 * tip)
    return Part("ear", near=near, layer=2 if near else 0, vertices=vertices, paint=paint)

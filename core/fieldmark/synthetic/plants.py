"""Grass, leaves, bushes, trees, stones and twigs, drawn as many small polygons.

Sizes and places are in photo pixels; colours are red, green and blue in 0..1.
"""

import numpy as np
from numpy.typing import NDArray

from fieldmark.synthetic.canvas import Canvas
from fieldmark.synthetic.noise import Colour, FloatArray, rgb

Points = NDArray[np.floating]

_SLATS = 9
_FACETS = 11
_TWIG = (0.30, 0.24, 0.17)


def draw_grass(
    canvas: Canvas,
    rng: np.random.Generator,
    roots: Points,
    heights: Points,
    colour: Colour,
    nearness: float,
) -> None:
    """Draw one bent blade from each root (n, 2) with its height (n,)."""
    count = len(roots)
    lean = heights * rng.normal(0.0, 0.35, count)
    half = np.maximum(heights * rng.uniform(0.018, 0.035, count), 0.4)
    x, y, top = roots[:, 0], roots[:, 1], roots[:, 1] - heights
    knee_x, knee_y = x + 0.35 * lean, y - 0.6 * heights
    blades = np.stack(
        [
            np.stack([x - half, y], axis=1),
            np.stack([x + half, y], axis=1),
            np.stack([knee_x + 0.7 * half, knee_y], axis=1),
            np.stack([x + lean, top], axis=1),
            np.stack([knee_x - 0.7 * half, knee_y], axis=1),
        ],
        axis=1,
    )
    canvas.polygons(blades.astype(np.float32), _varied(rng, colour, count, 0.22), nearness)


def draw_leaves(
    canvas: Canvas,
    rng: np.random.Generator,
    centres: FloatArray,
    size: float,
    colours: FloatArray,
    nearness: float,
) -> None:
    """Draw one pointed leaf at each centre (n, 2), any way round, in its colour (n, 3)."""
    count = len(centres)
    angle = rng.uniform(0.0, 2.0 * np.pi, count)
    length = size * rng.uniform(0.6, 1.3, count)
    long = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None]
    wide = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * length[:, None] * 0.38
    shapes = np.stack([centres - long, centres + wide, centres + long, centres - wide], axis=1)
    canvas.polygons(shapes.astype(np.float32), colours, nearness)


def draw_bush(
    canvas: Canvas,
    rng: np.random.Generator,
    centre: tuple[float, float],
    reach: tuple[float, float],
    colour: Colour,
    nearness: float,
) -> None:
    """Draw a mound of leaves, light on top; ``reach`` = (half width, half height)."""
    count = int(np.clip(reach[0] * reach[1] / 6.0, 120, 900))
    lumps = rng.uniform(-0.75, 0.75, (9, 2)) * (1.0, 0.6)
    spread = rng.normal(0.0, 0.24, (count, 2)) + lumps[rng.integers(0, 9, count)]
    spread = spread[np.argsort(rng.random(count) - 0.6 * spread[:, 1])]
    light = np.clip(0.62 - 0.42 * spread[:, 1] + rng.normal(0.0, 0.14, count), 0.15, 1.25)
    light *= np.linspace(0.6, 1.0, count)
    colours = _varied(rng, colour, count, 0.08) * light[:, None].astype(np.float32)
    places = np.asarray(centre) + spread * (reach[0], reach[1])
    places[:, 1] = np.minimum(places[:, 1], centre[1] + 0.75 * reach[1])
    size = float(np.clip(0.07 * reach[0], 1.6, 11.0))
    draw_leaves(canvas, rng, places.astype(np.float32), size, colours, nearness)


def draw_trunk(
    canvas: Canvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    size: tuple[float, float],
    colour: Colour,
    nearness: float,
) -> None:
    """Draw a trunk of ``size`` = (width, height) as slats shaded like a round column with bark."""
    levels = 14
    rise = np.linspace(0.0, 1.0, levels)
    wobble = np.cumsum(rng.normal(0.0, 0.035, levels)) * size[0]
    half = size[0] * (0.5 - 0.18 * rise + 0.28 * np.exp(-rise * 22.0))
    across = np.linspace(-1.0, 1.0, _SLATS + 1)
    x = foot[0] + wobble[:, None] + half[:, None] * across
    y = np.broadcast_to((foot[1] - rise * size[1])[:, None], x.shape)
    grid = np.stack([x, y], axis=-1)
    shapes = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2)
    round_light = 0.95 - 0.55 * np.abs(np.linspace(-1.15, 0.75, _SLATS))
    bark = rng.normal(1.0, 0.12, (levels - 1, _SLATS)) * round_light
    colours = np.asarray(colour, np.float32) * bark.reshape(-1, 1).astype(np.float32)
    canvas.polygons(shapes.reshape(-1, 4, 2).astype(np.float32), colours, nearness)


def draw_rock(
    canvas: Canvas,
    rng: np.random.Generator,
    foot: tuple[float, float],
    size: tuple[float, float],
    colour: Colour,
    nearness: float,
) -> None:
    """Draw a stone of ``size`` = (width, height) as facets round a summit, lit from above left."""
    angle = np.sort(rng.uniform(0.0, 2.0 * np.pi, _FACETS))
    radius = rng.uniform(0.8, 1.1, _FACETS)
    rim = np.stack([0.5 * np.cos(angle), 0.5 * np.sin(angle) - 0.45], axis=1) * radius[:, None]
    rim[:, 1] = np.minimum(rim[:, 1], 0.02)
    summit = np.array([rng.uniform(-0.15, 0.1), rng.uniform(-0.75, -0.5)])
    corners = np.stack([np.broadcast_to(summit, rim.shape), rim, np.roll(rim, -1, axis=0)], axis=1)
    middle = corners.mean(axis=1) - summit
    light = 0.78 - 0.55 * middle[:, 0] - 0.85 * middle[:, 1] + rng.normal(0.0, 0.05, _FACETS)
    colours = np.asarray(colour) * np.clip(light, 0.25, 1.2)[:, None]
    places = np.asarray(foot) + corners * size
    canvas.polygons(places.astype(np.float32), colours.astype(np.float32), nearness)


def draw_twig(
    canvas: Canvas,
    rng: np.random.Generator,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: Colour,
    leaf: float,
) -> None:
    """Draw a leafy twig before the lens from ``start`` to ``end``, with leaves of that size."""
    along = np.linspace(0.0, 1.0, 24)[:, None]
    sag = np.array([[0.0, 1.0]]) * (along * (1 - along)) * rng.uniform(-0.5, 0.5) * leaf * 10
    line = np.asarray(start) * (1 - along) + np.asarray(end) * along + sag
    thick = np.array([[0.0, 0.12 * leaf]])
    stems = np.stack([line[:-1] - thick, line[1:] - thick, line[1:] + thick, line[:-1] + thick], 1)
    brown = np.tile(rgb(_TWIG), (len(stems), 1))
    canvas.polygons(stems.astype(np.float32), brown, 1.0)
    places = np.repeat(line[4:], 3, axis=0) + rng.normal(0.0, 0.9 * leaf, (60, 2))
    draw_leaves(
        canvas, rng, places.astype(np.float32), leaf, _varied(rng, colour, 60, 0.15), nearness=1.0
    )


def _varied(rng: np.random.Generator, colour: Colour, count: int, spread: float) -> FloatArray:
    """Return ``count`` shades of a colour, (n, 3), brighter and darker and a little warmer."""
    bright = rng.normal(1.0, spread, (count, 1))
    warm = rng.normal(0.0, spread / 6.0, (count, 1)) * (1.0, 0.2, -0.6)
    return np.clip(np.asarray(colour) * bright + warm, 0.0, 1.0).astype(np.float32)

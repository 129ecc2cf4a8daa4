"""Scenes: what a station's camera sees when no animal is there."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fieldmark.synthetic.canvas import Canvas
from fieldmark.synthetic.habitats import HABITATS, Habitat
from fieldmark.synthetic.noise import (
    ByteArray,
    FloatArray,
    Stream,
    fractal_noise,
    generator,
    mix,
    rgb,
    smooth_noise,
    smoothstep,
    to_bytes,
)
from fieldmark.synthetic.plants import draw_bush, draw_grass, draw_rock, draw_trunk

BORDER = 0.03
"""Share of the picture that a scene is larger on each side, so that a camera may shift a little."""

_TILE = 512
_FAR = 0.12
_CLOUD = (0.95, 0.95, 0.95)


@dataclass(frozen=True)
class Scene:
    """A station's view in plain daylight, larger than a photo by ``BORDER`` on each side.

    Attributes:
        pixels: (h, w, 3) uint8.
        nearness: (h, w) uint8, 255 at the lens, 0 at the sky.
        horizon: Row of the horizon.
        habitat: What grows there.
    """

    pixels: ByteArray
    nearness: ByteArray
    horizon: float
    habitat: Habitat


@lru_cache(maxsize=16)
def station_scene(survey_seed: int, station: int, size: tuple[int, int]) -> Scene:
    """Draw the scene of one station for photos of ``size`` = (width, height); 16 are remembered.

    Neighbouring station numbers get different habitats.
    """
    rng = generator(Stream.SCENE, survey_seed, station)
    habitat = HABITATS[(survey_seed + station) % len(HABITATS)]
    shape = (round(size[1] * (1 + 2 * BORDER)), round(size[0] * (1 + 2 * BORDER)))
    horizon = shape[0] * (habitat.horizon + rng.uniform(-0.04, 0.04))
    canvas = _backdrop(rng, habitat, shape, horizon)
    _plant(canvas, rng, habitat, horizon)
    grain = 0.86 + 0.28 * fractal_noise(rng, shape, (48, 64), octaves=3)
    pixels = canvas.picture()[..., :3] * grain[..., None]
    return Scene(to_bytes(pixels), to_bytes(canvas.nearness()), horizon, habitat)


def nearness_at(row: float, horizon: float, height: int) -> float:
    """Return the nearness (0..1) of ground seen at a row of a picture of that height."""
    depth = np.clip((row - horizon) / (height - horizon), 0.0, 1.0)
    return float(_FAR + (0.9 - _FAR) * depth)


def _backdrop(
    rng: np.random.Generator, habitat: Habitat, shape: tuple[int, int], horizon: float
) -> Canvas:
    """Lay the sky or the depths of the wood, hills and the ground with its path."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    picture = _sky(rng, habitat, shape, horizon)
    nearness = np.zeros(shape, np.float32)
    for ridge in range(habitat.hills):
        crest = _crest(rng, shape[1], horizon, height=(habitat.hills - ridge) * 0.07 * shape[0])
        haze = 0.35 + 0.3 * (habitat.hills - 1 - ridge)
        hill = mix(0.9 * rgb(habitat.leaf), rgb(habitat.sky[1]), haze)
        picture = mix(picture, hill, smoothstep(rows - crest, -1.0, 1.0)[..., None])
    below = smoothstep(rows - horizon, -1.0, 1.0)
    picture = mix(picture, _ground(rng, habitat, shape, horizon), below[..., None])
    depth = np.clip((rows - horizon) / (shape[0] - horizon), 0.0, 1.0)
    nearness += below * (_FAR + (0.9 - _FAR) * depth)
    return Canvas.over(picture, nearness)


def _sky(
    rng: np.random.Generator, habitat: Habitat, shape: tuple[int, int], horizon: float
) -> FloatArray:
    """Return clouds, or the mottled light of a closed wood; (h, w, 3) in 0..1."""
    fall = np.clip(np.arange(shape[0], dtype=np.float32) / horizon, 0.0, 1.0)[:, None, None]
    sky = mix(rgb(habitat.sky[0]), rgb(habitat.sky[1]), fall)
    if habitat.closed:
        leaves = fractal_noise(rng, shape, (24, 32), octaves=4)[..., None]
        return np.asarray(sky * (0.35 + 1.3 * leaves))
    clouds = smoothstep(fractal_noise(rng, shape, (5, 4), octaves=5), 0.48, 0.75)[..., None]
    return mix(np.broadcast_to(sky, (*shape, 3)), rgb(_CLOUD), 0.7 * clouds)


def _crest(rng: np.random.Generator, width: int, horizon: float, height: float) -> FloatArray:
    """Return the row of a ridge's crest for each column, (1, w)."""
    line = fractal_noise(rng, (1, width), (1, 4), octaves=5)
    return np.asarray(np.float32(horizon) - np.float32(height) * (0.4 + line))


def _ground(
    rng: np.random.Generator, habitat: Habitat, shape: tuple[int, int], horizon: float
) -> FloatArray:
    """Return earth and path in perspective, (h, w, 3) in 0..1; rows in the sky are unused."""
    tile = fractal_noise(rng, (_TILE, _TILE), (32, 32), octaves=5)
    drop = np.maximum(np.arange(shape[0], dtype=np.float32) - horizon, 1.0)[:, None]
    away = np.float32(shape[0]) / drop
    across = (np.arange(shape[1], dtype=np.float32) - shape[1] / 2) * away
    broad = tile[_fold(away * 170), _fold(across * 0.5)]
    rough = 0.45 * broad + 0.55 * tile[_fold(away * 700), _fold(across * 1.7)]
    earth = mix(rgb(habitat.earth[0]), rgb(habitat.earth[1]), rough[..., None])
    earth *= 0.55 + 0.9 * rough[..., None]
    middle = horizon + (shape[0] - horizon) * rng.uniform(0.62, 0.78)
    wander = (smooth_noise(rng, (1, shape[1]), (1, 3)) - 0.5) * 0.12 * shape[0]
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    trodden = smoothstep(np.abs(rows - middle - wander), 0.11 * shape[0], 0.05 * shape[0])
    path = np.multiply(rgb(habitat.path), np.float32(0.75) + np.float32(0.5) * rough[..., None])
    return mix(earth, path, 0.8 * trodden[..., None])


def _fold(position: FloatArray) -> NDArray[np.int32]:
    """Turn positions into tile indices that run to and fro, so that no seam shows."""
    return np.abs(np.floor(position).astype(np.int32) % (2 * _TILE - 2) - (_TILE - 1))


def _plant(canvas: Canvas, rng: np.random.Generator, habitat: Habitat, horizon: float) -> None:
    """Draw everything that stands on the ground, from far to near."""
    things = ["bush"] * habitat.bushes + ["tree"] * habitat.trees + ["rock"] * habitat.rocks
    width, height = canvas.size
    depths = np.sort(rng.beta(0.8, 2.2, len(things)) * 0.75)
    rows = horizon + depths * (height - horizon)
    _far_scrub(canvas, rng, habitat, horizon)
    previous = horizon
    for which, row in zip(rng.permutation(len(things)), rows, strict=True):
        _sow(canvas, rng, habitat, horizon, (previous, float(row)))
        foot = (float(rng.uniform(-0.05, 1.05) * width), float(row))
        _stand(canvas, rng, habitat, things[which], foot, horizon)
        previous = float(row)
    _sow(canvas, rng, habitat, horizon, (previous, height * 1.02))


def _far_scrub(canvas: Canvas, rng: np.random.Generator, habitat: Habitat, horizon: float) -> None:
    """Line the horizon with distant scrub, greyed by haze unless the wood is closed."""
    width, height = canvas.size
    haze = 0.15 if habitat.closed else 0.45
    tint = mix(rgb(habitat.leaf), rgb(habitat.sky[1]), haze)
    colour = (float(tint[0]), float(tint[1]), float(tint[2]))
    for _ in range(14 if habitat.closed else 9):
        centre = (float(rng.uniform(0, width)), horizon - 0.004 * height)
        reach = (float(rng.uniform(0.04, 0.12) * width), float(rng.uniform(0.02, 0.06) * height))
        draw_bush(canvas, rng, centre, reach, colour, _FAR)


def _stand(
    canvas: Canvas,
    rng: np.random.Generator,
    habitat: Habitat,
    thing: str,
    foot: tuple[float, float],
    horizon: float,
) -> None:
    """Draw one bush, tree or rock on the ground, as large as its distance makes it."""
    height = canvas.size[1]
    near = nearness_at(foot[1], horizon, height)
    unit = height * (0.10 + 0.9 * (foot[1] - horizon) / (height - horizon))
    if thing == "rock":
        size = (unit * rng.uniform(0.12, 0.45), unit * rng.uniform(0.08, 0.30))
        draw_rock(canvas, rng, foot, size, habitat.stone, near)
    elif thing == "tree":
        size = (unit * rng.uniform(0.10, 0.22), height * 1.2 if habitat.closed else 1.5 * unit)
        draw_trunk(canvas, rng, foot, size, habitat.bark, near)
        if not habitat.closed:
            crown = (foot[0], foot[1] - size[1])
            draw_bush(canvas, rng, crown, (1.1 * unit, 0.4 * unit), habitat.leaf, near)
    else:
        reach = (unit * rng.uniform(0.15, 0.35), unit * rng.uniform(0.12, 0.28))
        draw_bush(canvas, rng, (foot[0], foot[1] - reach[1]), reach, habitat.leaf, near)


def _sow(
    canvas: Canvas,
    rng: np.random.Generator,
    habitat: Habitat,
    horizon: float,
    band: tuple[float, float],
) -> None:
    """Sow the grass whose roots lie between two rows, in tufts, far blades first."""
    width, height = canvas.size
    share = (band[1] - band[0]) / (height - horizon)
    tufts = max(1, int(habitat.blades * share / 14))
    centre = np.stack([rng.uniform(0, width, tufts), rng.uniform(*band, tufts)], axis=1)
    centre = np.repeat(centre[np.argsort(centre[:, 1])], 14, axis=0)
    depth = np.clip((centre[:, 1] - horizon) / (height - horizon), 0.02, 1.0)
    roots = centre + rng.normal(0.0, 1.0, centre.shape) * (depth * 0.018 * width)[:, None] * (
        1,
        0.2,
    )
    tall = habitat.sward * height * depth * rng.uniform(0.5, 1.3, len(roots))
    near = nearness_at(sum(band) / 2, horizon, height)
    draw_grass(canvas, rng, roots.astype(np.float32), tall.astype(np.float32), habitat.grass, near)

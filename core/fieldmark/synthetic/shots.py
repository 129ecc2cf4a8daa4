"""Takes one picture of one animal in one scene: the heart of photos and chips alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fieldmark.synthetic.animals import (
    SUPERSAMPLING,
    Box,
    Cutout,
    box_of,
    outline,
    render_animal,
)
from fieldmark.synthetic.foreground import TWIG_NEARNESS, draw_foreground, draw_lens_twig
from fieldmark.synthetic.light import Lens, Light, draw_lens, illuminate, light_at, record, smear
from fieldmark.synthetic.noise import (
    ByteArray,
    FloatArray,
    Stream,
    fractal_noise,
    generator,
    smooth_noise,
)
from fieldmark.synthetic.patterns import Flank, Kind
from fieldmark.synthetic.pose import draw_pose
from fieldmark.synthetic.scenes import Scene, nearness_at, station_scene

BODY_LENGTH = 1.6
"""Nose to rump, in body units."""
STANDING_HEIGHT = 1.0
"""Feet to ears, in body units."""


@dataclass(frozen=True)
class Shot:
    """Everything that decides the pixels of one picture.

    ``seed`` decides pose, place, light and lens; ``individual_seed`` and ``flank`` decide the coat and
    nothing else. ``reach`` is the range of the animal's length as a share of the picture's width.
    """

    kind: Kind
    individual_seed: int
    flank: Flank
    scene_seed: int
    station: int
    hour: float
    seed: int
    size: tuple[int, int]
    reach: tuple[float, float] = (0.42, 0.74)


@dataclass(frozen=True)
class Picture:
    """A finished picture.

    Attributes:
        pixels: (h, w, 3) uint8.
        mask: (h, w) float32 in 0..1, how much of each pixel is the animal, plants before it not counted.
        box: (x, y, width, height) in pixels around the animal inside the frame.
        quality: JPEG quality the camera would use.
    """

    pixels: ByteArray
    mask: FloatArray
    box: Box
    quality: int


@dataclass(frozen=True)
class Place:
    """Where the animal stands: pixels per body unit, the photo pixel of its feet, and its nearness."""

    scale: float
    x: float
    y: float
    nearness: float


def take(shot: Shot) -> Picture:
    """Take the picture; a pure function of the shot, about 0.2 s at 800 x 600."""
    scene, place = _scene(shot), find_place(shot)
    light = light_at(shot.hour, scene.habitat.closed, shot.seed)
    lens = draw_lens(light, shot.seed, shot.size[0])
    cutout = render_animal(
        shot.kind, shot.individual_seed, shot.flank, draw_pose(shot.seed), place.scale, light.lamp
    )
    animal = _settle(_furred(cutout, shot.seed), cutout.feet, place, lens, shot.size)
    layers = _Layers(*_framed(scene, shot))
    layers.darken(_shadow(place, light, shot.size))
    layers.lay(animal, place.nearness)
    hidden = np.zeros(animal.shape[:2], np.float32)
    for plants, near in _in_front(scene, place, shot):
        layers.lay(plants, near)
        hidden = np.maximum(hidden, plants[..., 3])
    lit = illuminate(layers.view, layers.nearness, light, shot.seed)
    box = box_of(animal[..., 3] > 0.5)
    return Picture(record(lit, lens, shot.seed), animal[..., 3] * (1 - hidden), box, lens.quality)


def frame_box(shot: Shot) -> Box:
    """Return the box of ``take(shot)`` without drawing the picture; several times faster."""
    place = find_place(shot)
    light = light_at(shot.hour, _scene(shot).habitat.closed, shot.seed)
    lens = draw_lens(light, shot.seed, shot.size[0])
    mask, feet = outline(draw_pose(shot.seed), place.scale, shot.flank)
    shape = mask.astype(np.float32)[..., None]
    return box_of(_settle(shape, feet, place, lens, shot.size)[..., 0] > 0.5)


class _Layers:
    """The view while it is put together, from far to near."""

    def __init__(self, view: FloatArray, nearness: FloatArray) -> None:
        self.view = view
        self.nearness = nearness

    def darken(self, shadow: FloatArray) -> None:
        """Take light away; shadow is (h, w) in 0..1."""
        self.view = self.view * (1.0 - shadow[..., None])

    def lay(self, picture: FloatArray, near: float) -> None:
        """Lay (h, w, 4) colours, multiplied by their opacity, over the view."""
        opacity = picture[..., 3]
        self.view = self.view * (1.0 - opacity[..., None]) + picture[..., :3]
        self.nearness = self.nearness + (np.float32(near) - self.nearness) * opacity


def _in_front(scene: Scene, place: Place, shot: Shot) -> Iterator[tuple[FloatArray, float]]:
    """Yield the plants before the animal with their nearness."""
    grass = draw_foreground(scene.habitat, shot.seed, shot.size, place.y, place.scale)
    yield grass, place.nearness
    twig = draw_lens_twig(scene.habitat, shot.seed, shot.size)
    if twig is not None:
        yield twig, TWIG_NEARNESS


def _scene(shot: Shot) -> Scene:
    return station_scene(shot.scene_seed, shot.station, shot.size)


def _framed(scene: Scene, shot: Shot) -> tuple[FloatArray, FloatArray]:
    """Cut the photo's frame out of the larger scene; the camera has moved a little since last time."""
    x, y = _nudge(scene, shot)
    window = (slice(y, y + shot.size[1]), slice(x, x + shot.size[0]))
    scale = np.float32(1.0 / 255.0)
    return scene.pixels[window] * scale, scene.nearness[window] * scale


def _nudge(scene: Scene, shot: Shot) -> tuple[int, int]:
    rng = generator(Stream.PLACE, shot.seed, 1)
    rows, columns = scene.nearness.shape
    spare_x, spare_y = columns - shot.size[0], rows - shot.size[1]
    return int(rng.integers(0, spare_x + 1)), int(rng.integers(0, spare_y + 1))


def find_place(shot: Shot) -> Place:
    """Choose where the animal stands: nearer ground is lower in the picture and makes it larger."""
    rng = generator(Stream.PLACE, shot.seed)
    (width, height), (low, high) = shot.size, shot.reach
    share = rng.uniform(low, high)
    scale = min(share * width / BODY_LENGTH, 0.9 * height / STANDING_HEIGHT)
    scene = _scene(shot)
    horizon = scene.horizon - _nudge(scene, shot)[1]
    step = (share / high) * (0.93 * height - horizon) + rng.normal(0.0, 0.015) * height
    y = float(np.clip(horizon + step, STANDING_HEIGHT * scale, 0.97 * height))
    ahead, behind = (0.98, 0.62) if shot.flank == "left" else (0.62, 0.98)
    first, last = ahead * scale, width - behind * scale
    x = rng.uniform(first, last) if first < last else (first + last) / 2
    return Place(scale, float(x), y, nearness_at(y, horizon, height))


def _furred(cutout: Cutout, seed: int) -> FloatArray:
    """Ruffle the coat with streaks that differ in every photo; (h, w, 4), multiplied by opacity."""
    rng = generator(Stream.POSE, seed, 1)
    shape = cutout.mask.shape
    hairs = smooth_noise(rng, shape, (shape[0] // 3, shape[1] // 9)) - np.float32(0.5)
    dust = fractal_noise(rng, shape, (6, 10), octaves=3) - np.float32(0.5)
    ruffled = cutout.rgba[..., :3] * (1.0 + 0.22 * hairs + 0.25 * dust)[..., None]
    alpha = cutout.rgba[..., 3:]
    return np.concatenate([np.clip(ruffled, 0.0, 1.0) * alpha, alpha], axis=2)


def _settle(
    fine: FloatArray, feet: tuple[float, float], place: Place, lens: Lens, size: tuple[int, int]
) -> FloatArray:
    """Reduce a cutout (h, w, c) to photo pixels at its place, smear it by its motion and frame it."""
    left = round(place.x * SUPERSAMPLING - feet[0])
    top = round(place.y * SUPERSAMPLING - feet[1])
    room = lens.motion * SUPERSAMPLING
    before = (top % SUPERSAMPLING, left % SUPERSAMPLING + room)
    after = tuple(-(fine.shape[i] + before[i]) % SUPERSAMPLING + (0, room)[i] for i in (0, 1))
    padded = np.pad(fine, ((before[0], after[0]), (before[1], after[1]), (0, 0)))
    corner = ((left - before[1]) // SUPERSAMPLING, (top - before[0]) // SUPERSAMPLING)
    return _paste(smear(_reduced(padded), lens.motion), corner, size)


def _reduced(fine: FloatArray) -> FloatArray:
    """Average blocks of pixels; (h, w, c) to (h / SUPERSAMPLING, w / SUPERSAMPLING, c)."""
    steps = range(SUPERSAMPLING)
    total = sum(fine[y::SUPERSAMPLING, x::SUPERSAMPLING] for y in steps for x in steps)
    return np.asarray(total / np.float32(SUPERSAMPLING**2), np.float32)


def _paste(patch: FloatArray, corner: tuple[int, int], size: tuple[int, int]) -> FloatArray:
    """Lay a patch (h, w, c) into an empty picture of that size, cutting off what lies outside."""
    out = np.zeros((size[1], size[0], patch.shape[2]), np.float32)
    x, y = max(corner[0], 0), max(corner[1], 0)
    part = patch[y - corner[1] : size[1] - corner[1], x - corner[0] : size[0] - corner[0]]
    out[y : y + part.shape[0], x : x + part.shape[1]] = part
    return out


def _shadow(place: Place, light: Light, size: tuple[int, int]) -> FloatArray:
    """Return the shadow at the animal's feet, (h, w) in 0..1; soft under a cloudy sky."""
    y, x = np.ogrid[: size[1], : size[0]]
    side, up, _ = light.lamp.direction
    offset = -side / max(up, 0.3) * 0.25 * place.scale
    across = (x - place.x - offset) / (0.72 * place.scale)
    away = (y - place.y + 0.01 * place.scale) / (0.085 * place.scale)
    depth = 0.3 if light.flash else 0.75 - 0.4 * light.lamp.sky
    return np.asarray(depth * np.exp(-((across**2 + away**2) ** 1.5)), np.float32)

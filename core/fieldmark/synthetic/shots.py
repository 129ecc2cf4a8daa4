"""Takes one picture of one animal in one scene: the heart of photos and chips alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fieldmark.synthetic.animals import SUPERSAMPLING, Box, outline, render_animal
from fieldmark.synthetic.foreground import TWIG_NEARNESS, draw_lens_twig, draw_sward
from fieldmark.synthetic.layers import Layers, Patch, ruffled, settle
from fieldmark.synthetic.light import Lens, Light, draw_lens, illuminate, light_at, record
from fieldmark.synthetic.noise import ByteArray, FloatArray, Stream, generator
from fieldmark.synthetic.patterns import Flank, Kind
from fieldmark.synthetic.pose import draw_pose
from fieldmark.synthetic.scenes import Scene, nearness_at, station_scene

BODY_LENGTH = 1.6
"""Nose to rump, in body units."""
STANDING_HEIGHT = 1.0
"""Feet to ears with the head level, in body units."""


@dataclass(frozen=True)
class Shot:
    """Everything that decides the pixels of one picture.

    ``seed`` decides pose, place, light and lens; ``individual_seed`` and ``flank`` decide the coat
    and nothing else. ``reach`` is the range of the animal's length, as a share of the width.
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
        mask: (h, w) float32 in 0..1, how much of each pixel shows the animal.
        box: (x, y, width, height) in pixels around the animal inside the frame.
        quality: JPEG quality the camera would use.
    """

    pixels: ByteArray
    mask: FloatArray
    box: Box
    quality: int


@dataclass(frozen=True)
class Place:
    """Where the animal stands: pixels per body unit, the photo pixel of its feet, its nearness."""

    scale: float
    x: float
    y: float
    nearness: float

    def corner(self, feet: tuple[float, float]) -> tuple[float, float]:
        """Return the photo pixel of the top left of a cutout with its feet at that pixel of it."""
        return self.x - feet[0] / SUPERSAMPLING, self.y - feet[1] / SUPERSAMPLING


def take(shot: Shot) -> Picture:
    """Take the picture; a pure function of the shot, about 0.2 s at 800 x 600."""
    place, light, lens = _conditions(shot)
    cutout = render_animal(
        shot.kind, shot.individual_seed, shot.flank, draw_pose(shot.seed), place.scale, light.lamp
    )
    smooth = settle(cutout.rgba, place.corner(cutout.feet), lens.motion, shot.size)
    animal = ruffled(smooth, shot.seed)
    layers = Layers(*_framed(shot))
    layers.view *= 1.0 - _shadow(place, light, shot.size)[..., None]
    layers.lay(animal, place.nearness)
    layers.mask[animal.window] = animal.opacity
    for plants, near in _in_front(shot, place):
        layers.lay(plants, near)
    lit = illuminate(layers.view, layers.nearness, light, shot.seed)
    return Picture(record(lit, lens, shot.seed), layers.mask, animal.box(), lens.quality)


def frame_box(shot: Shot) -> Box:
    """Return the box of ``take(shot)`` without drawing the picture; several times faster."""
    place, _, lens = _conditions(shot)
    mask, feet = outline(draw_pose(shot.seed), place.scale, shot.flank)
    shape = mask.astype(np.float32)[..., None]
    return settle(shape, place.corner(feet), lens.motion, shot.size).box()


def _conditions(shot: Shot) -> tuple[Place, Light, Lens]:
    light = light_at(shot.hour, _scene(shot).habitat.closed, shot.seed)
    return find_place(shot), light, draw_lens(light, shot.seed, shot.size[0])


def _in_front(shot: Shot, place: Place) -> Iterator[tuple[Patch, float]]:
    """Yield the plants before the animal with their nearness."""
    habitat = _scene(shot).habitat
    grass, top = draw_sward(habitat, shot.seed, shot.size, place.y, place.scale)
    yield Patch(grass, 0, top), place.nearness
    twig = draw_lens_twig(habitat, shot.seed, shot.size)
    if twig is not None:
        yield Patch(twig, 0, 0), TWIG_NEARNESS


def _scene(shot: Shot) -> Scene:
    return station_scene(shot.scene_seed, shot.station, shot.size)


def _framed(shot: Shot) -> tuple[FloatArray, FloatArray]:
    """Cut the frame out of the larger scene; the camera has moved a little since the last photo."""
    scene = _scene(shot)
    x, y = _nudge(scene, shot)
    window = (slice(y, y + shot.size[1]), slice(x, x + shot.size[0]))
    full = np.float32(255)
    return np.divide(scene.pixels[window], full), np.divide(scene.nearness[window], full)


def _nudge(scene: Scene, shot: Shot) -> tuple[int, int]:
    """Return the scene's pixel at the top left of the frame."""
    rng = generator(Stream.PLACE, shot.seed, 1)
    rows, columns = scene.nearness.shape
    spare_x, spare_y = columns - shot.size[0], rows - shot.size[1]
    return int(rng.integers(0, spare_x + 1)), int(rng.integers(0, spare_y + 1))


def find_place(shot: Shot) -> Place:
    """Choose where the animal stands: nearer ground is lower in the picture and makes it larger."""
    rng = generator(Stream.PLACE, shot.seed)
    (width, height), (low, high) = shot.size, shot.reach
    share = rng.uniform(low, high)
    scale = min(share * width / BODY_LENGTH, 0.86 * height / STANDING_HEIGHT)
    scene = _scene(shot)
    horizon = scene.horizon - _nudge(scene, shot)[1]
    step = (share / high) * (0.93 * height - horizon) + rng.normal(0.0, 0.015) * height
    y = float(np.clip(horizon + step, STANDING_HEIGHT * scale, 0.97 * height))
    ahead, behind = (0.98, 0.62) if shot.flank == "left" else (0.62, 0.98)
    first, last = ahead * scale, width - behind * scale
    x = rng.uniform(first, last) if first < last else (first + last) / 2
    return Place(scale, float(x), y, nearness_at(y, horizon, height))


def _shadow(place: Place, light: Light, size: tuple[int, int]) -> FloatArray:
    """Return the shadow at the animal's feet, (h, w) in 0..1; soft under a cloudy sky."""
    y, x = np.ogrid[: size[1], : size[0]]
    side, up, _ = light.lamp.direction
    offset = -side / max(up, 0.3) * 0.25 * place.scale
    across = (x - place.x - offset) / (0.72 * place.scale)
    away = (y - place.y + 0.01 * place.scale) / (0.085 * place.scale)
    depth = 0.3 if light.flash else 0.75 - 0.4 * light.lamp.sky
    return np.asarray(depth * np.exp(-((across**2 + away**2) ** 1.5)), np.float32)

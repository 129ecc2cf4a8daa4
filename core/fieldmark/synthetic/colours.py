"""From body coordinates to colour: coat, face and the shading that makes a body look round."""

from dataclasses import dataclass

import numpy as np

from fieldmark.synthetic.body import CELLS_ALONG, CELLS_HALF_GIRTH, Paint
from fieldmark.synthetic.noise import Colour, FloatArray, mix, rgb, smoothstep
from fieldmark.synthetic.patterns import DETAIL, GRID, Coat, Kind


@dataclass(frozen=True)
class Palette:
    """The colours of a species, red, green and blue in 0..1; all its individuals share them."""

    ground: Colour
    pale: Colour
    dark: Colour
    fill: Colour


PALETTES: dict[Kind, Palette] = {
    "stripes": Palette((0.80, 0.50, 0.22), (0.93, 0.87, 0.77), (0.10, 0.08, 0.07), (0.7, 0.4, 0.2)),
    "spots": Palette((0.82, 0.66, 0.42), (0.93, 0.89, 0.80), (0.12, 0.10, 0.08), (0.7, 0.5, 0.3)),
    "rosettes": Palette(
        (0.82, 0.64, 0.37), (0.93, 0.89, 0.81), (0.11, 0.09, 0.07), (0.63, 0.43, 0.21)
    ),
}


@dataclass(frozen=True)
class Lamp:
    """Where light comes from.

    Attributes:
        direction: Unit vector towards the light; x right, y up, z to the viewer.
        sky: Share of the light, 0..1, that comes from all sides.
        eyeshine: How brightly the eyes throw a flash back, 0..1.
    """

    direction: tuple[float, float, float] = (-0.4, 0.8, 0.45)
    sky: float = 0.55
    eyeshine: float = 0.0


_IRIS: Colour = (0.60, 0.46, 0.16)
_BLACK: Colour = (0.05, 0.04, 0.04)
_NOSE: Colour = (0.27, 0.16, 0.15)
_SHINE: Colour = (1.0, 1.0, 0.95)
_EYE_AT = (-0.898, 0.37)
_NOSE_TO_RUMP = 0.565
_EYE_STRETCH = 0.42


def paint_coat(paint: FloatArray, coat: Coat, palette: Palette) -> FloatArray:
    """Return the colours (p, 3), float32 in 0..1, of points with these ``Paint`` columns (p, 7)."""
    row = (paint[:, Paint.AROUND] * DETAIL).astype(np.int32) % (GRID[0] * DETAIL)
    column = (paint[:, Paint.ALONG] * DETAIL).astype(np.int32) % (GRID[1] * DETAIL)
    strength = paint[:, Paint.STRENGTH, None]
    colour = mix(rgb(palette.ground), rgb(palette.pale), paint[:, Paint.PALE, None])
    if coat.fill.any():
        colour = mix(colour, rgb(palette.fill), coat.fill[row, column][:, None] * strength * 0.8)
    return mix(colour, rgb(palette.dark), coat.dark[row, column][:, None] * strength)


def paint_face(colour: FloatArray, paint: FloatArray, lamp: Lamp) -> None:
    """Draw eyes, nose and mouth in place on the points of the head; colour is (p, 3) in 0..1."""
    head = np.flatnonzero(paint[:, Paint.REGION] > 1.5)
    x = _NOSE_TO_RUMP - paint[head, Paint.ALONG] / np.float32(CELLS_ALONG)
    share = paint[head, Paint.AROUND] / np.float32(CELLS_HALF_GIRTH)
    eye = np.hypot(x - _EYE_AT[0], (share - _EYE_AT[1]) * _EYE_STRETCH).astype(np.float32)
    mouth = smoothstep(np.abs(share - 0.70), 0.035, 0.015) * smoothstep(x, -0.925, -0.945)
    nose = smoothstep(x, -0.985, -0.994) * smoothstep(share, 0.66, 0.60)
    face = colour[head]
    for tint, weight in (
        (_BLACK, 0.75 * mouth),
        (_NOSE, nose),
        (_BLACK, smoothstep(eye, 0.022, 0.014)),
        (mix(rgb(_IRIS), rgb(_SHINE), lamp.eyeshine), smoothstep(eye, 0.014, 0.010)),
        (_BLACK, smoothstep(eye, 0.009, 0.006) * np.float32(1.0 - lamp.eyeshine)),
    ):
        face = mix(face, np.asarray(tint, np.float32), weight[:, None])
    colour[head] = face


def shade(normals: FloatArray, lamp: Lamp) -> FloatArray:
    """Return the light on surfaces with these unit normals; (p, 3) to (p, 1), float32, 1 is full.

    Light from the sky falls off towards the belly; the ground throws a little back.
    """
    facing = normals @ np.asarray(lamp.direction, np.float32)
    direct = np.maximum(0.3 + 0.7 * facing, 0.0)
    above = 0.5 + 0.5 * normals[:, 1]
    ambient = 0.45 + 0.55 * above
    edge = 0.72 + 0.28 * np.clip(normals[:, 2], 0.0, 1.0)
    return np.asarray((lamp.sky * ambient + (1.0 - lamp.sky) * 1.35 * direct) * edge)[:, None]

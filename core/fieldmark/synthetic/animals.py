"""Draws one animal: a coat on a posed body, in side view, cut out of its surroundings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.synthetic.body import Paint, Part, body_at_rest
from fieldmark.synthetic.colours import PALETTES, Lamp, paint_coat, paint_face, shade
from fieldmark.synthetic.noise import FloatArray, mix
from fieldmark.synthetic.patterns import Flank, Kind, grow_coat
from fieldmark.synthetic.pose import Pose, posed
from fieldmark.synthetic.raster import (
    Mesh,
    draw_order,
    grid_normals,
    grid_triangles,
    rasterise,
)

SUPERSAMPLING = 2
"""Pixels of a cutout along each side of one pixel of the final photo."""
Box = tuple[int, int, int, int]

_MARGIN = 2


@dataclass(frozen=True)
class Cutout:
    """An animal alone, at ``SUPERSAMPLING`` times the resolution of the photo.

    Attributes:
        rgba: (h, w, 4) float32 in 0..1; alpha is 0 or 1, and colours are 0 where alpha is.
        mask: (h, w) bool, the exact outline.
        box: (x, y, width, height) of the mask in pixels of the cutout.
        coordinates: (h, w, 2) float32, place on the trunk's coat in grid cells (column, row) as in
            ``patterns.GRID``; NaN where no near-side trunk is seen.
        feet: (x, y) in pixels of the cutout of the ground point under the middle of the body.
    """

    rgba: FloatArray
    mask: NDArray[np.bool_]
    box: Box
    coordinates: FloatArray
    feet: tuple[float, float]


@dataclass(frozen=True)
class _Stage:
    """Posed parts in pixels, and the size of the picture that just holds them."""

    points: tuple[FloatArray, ...]
    size: tuple[int, int]
    feet: tuple[float, float]


def render_animal(
    kind: Kind, individual_seed: int, flank: Flank, pose: Pose, scale: float, lamp: Lamp
) -> Cutout:
    """Draw one flank of one individual.

    Args:
        kind: Kind of coat, the same for a whole species.
        individual_seed: Decides the coat and nothing else.
        flank: The side shown; a left flank faces left and a right flank faces right.
        pose: How the body stands and is seen.
        scale: Photo pixels per unit of body length (nose to rump is about 1.6 units).
        lamp: Light on the animal, as seen in the photo.
    """
    coat = grow_coat(kind, individual_seed, flank)
    stage = _set_stage(pose, scale * SUPERSAMPLING)
    canvas = _Canvas(stage.size)
    seen = _as_drawn(lamp, flank)
    for layer in (0, 1, 2):
        pixels, values = _draw_layer(stage, layer)
        colour = paint_coat(values, coat, PALETTES[kind])
        paint_face(colour, values, seen)
        normals = values[:, len(Paint) :]
        normals /= np.sqrt(np.einsum("ij,ij->i", normals, normals))[:, None] + np.float32(1e-6)
        colour *= shade(normals, seen) * values[:, Paint.SHADE, None]
        canvas.add(pixels, colour, values)
    return canvas.cutout(stage.feet, mirrored=flank == "right")


def outline(
    pose: Pose, scale: float, flank: Flank
) -> tuple[NDArray[np.bool_], tuple[float, float]]:
    """Return only the mask and the feet of the cutout that ``render_animal`` would draw."""
    stage = _set_stage(pose, scale * SUPERSAMPLING)
    canvas = _Canvas(stage.size)
    for layer in (0, 1, 2):
        canvas.hit[_draw_layer(stage, layer)[0]] = True
    mask = canvas.hit.reshape(stage.size[::-1])
    feet = stage.feet
    return (mask[:, ::-1], (stage.size[0] - feet[0], feet[1])) if flank == "right" else (mask, feet)


def box_of(mask: NDArray[np.bool_]) -> Box:
    """Return (x, y, width, height) of the smallest box around a mask; zeros for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return (0, 0, 0, 0)
    x, y = int(columns[0]), int(rows[0])
    return (x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)


def _as_drawn(lamp: Lamp, flank: Flank) -> Lamp:
    """A right flank is drawn facing left and mirrored at the end; its light is mirrored first."""
    x, y, z = lamp.direction
    return Lamp((-x, y, z), lamp.sky, lamp.eyeshine) if flank == "right" else lamp


def _set_stage(pose: Pose, scale: float) -> _Stage:
    """Pose every part and move the body into a picture of its own, y downwards."""
    views = [posed(part, pose) * np.float32(scale) for part in body_at_rest()]
    everything = np.concatenate([view.reshape(-1, 3) for view in views])
    left, top = everything[:, 0].min() - _MARGIN, everything[:, 1].max() + _MARGIN
    width = int(np.ceil(everything[:, 0].max() + _MARGIN - left))
    height = int(np.ceil(top - everything[:, 1].min() + _MARGIN))
    moved = tuple(
        np.stack([view[..., 0] - left, top - view[..., 1], view[..., 2]], axis=-1) for view in views
    )
    return _Stage(moved, (width, height), (float(-left), float(top)))


def _draw_layer(stage: _Stage, layer: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Rasterise the parts of a layer; attributes are the paint and then the normal."""
    drawn = [(p, v) for p, v in zip(body_at_rest(), stage.points, strict=True) if p.layer == layer]
    mesh = _join([_part_mesh(part, points) for part, points in drawn])
    return rasterise(mesh, draw_order(mesh, mesh.attributes[:, -1]), stage.size)


def _part_mesh(part: Part, points: FloatArray) -> Mesh:
    upright = points * np.array([1.0, -1.0, 1.0], np.float32)
    attributes = np.concatenate([part.paint, grid_normals(upright)], axis=2)
    triangles = grid_triangles(*points.shape[:2])
    return Mesh(points.reshape(-1, 3), attributes.reshape(-1, attributes.shape[2]), triangles)


def _join(meshes: list[Mesh]) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.points) for mesh in meshes])
    return Mesh(
        np.concatenate([mesh.points for mesh in meshes]),
        np.concatenate([mesh.attributes for mesh in meshes]),
        np.concatenate([m.triangles + start for m, start in zip(meshes, starts, strict=False)]),
    )


class _Canvas:
    """Collects layers from far to near."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.hit = np.zeros(size[0] * size[1], np.bool_)
        self.rgba = np.zeros((size[0] * size[1], 4), np.float32)
        self.place = np.full((size[0] * size[1], 2), np.nan, np.float32)

    def add(self, pixels: NDArray[np.intp], colour: FloatArray, values: FloatArray) -> None:
        """Lay a layer over those before it; half-covering edges let the trunk show through."""
        cover = np.where(self.hit[pixels], np.clip(values[:, Paint.COVER], 0.0, 1.0), 1.0)
        part = np.flatnonzero(cover < 1.0)
        under = self.rgba[pixels[part], :3]
        colour[part] = mix(under, colour[part], cover[part, None].astype(np.float32))
        self.rgba[pixels, :3] = colour
        self.hit[pixels] = True
        shown = cover > 0.5
        place = values[:, [Paint.ALONG, Paint.AROUND]]
        place[values[:, Paint.REGION] < 0.5] = np.nan
        self.place[pixels[shown]] = place[shown]

    def cutout(self, feet: tuple[float, float], *, mirrored: bool) -> Cutout:
        """Return the finished picture, mirrored for an animal that faces right."""
        width, height = self.size
        mask = self.hit.reshape(height, width)
        self.rgba[:, 3] = self.hit
        rgba = np.clip(self.rgba, 0.0, 1.0).reshape(height, width, 4)
        place = self.place.reshape(height, width, 2)
        if mirrored:
            mask, rgba, place = mask[:, ::-1], rgba[:, ::-1], place[:, ::-1]
            feet = (width - feet[0], feet[1])
        return Cutout(rgba, mask, box_of(mask), place, feet)

"""A small rasteriser: Pillow fills triangles with their numbers, numpy interpolates inside them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fieldmark.synthetic.noise import FloatArray


@dataclass(frozen=True)
class Mesh:
    """Vertices with attributes, and the triangles between them.

    ``points`` has shape (n, 3): x to the right, y *downwards* in pixels, z towards the viewer.
    ``attributes`` has shape (n, k), any range; both float32. ``triangles`` has shape (m, 3), int.
    """

    points: FloatArray
    attributes: FloatArray
    triangles: NDArray[np.intp]


def grid_triangles(rings: int, sides: int) -> NDArray[np.intp]:
    """Return the triangles of a tube of ``rings`` x ``sides`` vertices; shape (m, 3)."""
    index = np.arange(rings * sides).reshape(rings, sides)
    here, beside = index[:-1], np.roll(index, -1, axis=1)[:-1]
    below, across = index[1:], np.roll(index, -1, axis=1)[1:]
    lower = np.stack([here, beside, across], axis=-1).reshape(-1, 3)
    upper = np.stack([here, across, below], axis=-1).reshape(-1, 3)
    return np.concatenate([lower, upper])


def grid_normals(points: FloatArray) -> FloatArray:
    """Return outward unit normals of a tube; points and result have shape (rings, sides, 3)."""
    along = np.gradient(points, axis=0)
    around = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
    normals = np.cross(around, along)
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-9), np.float32)


def draw_order(mesh: Mesh, facing: FloatArray) -> NDArray[np.intp]:
    """Return the triangles facing the viewer, far ones first; ``facing`` (n,) is the normals' z."""
    towards = facing[mesh.triangles].max(axis=1) > 0
    visible: NDArray[np.intp] = mesh.triangles[towards]
    far_first = np.argsort(mesh.points[visible, 2].mean(axis=1), kind="stable")
    return np.take(visible, far_first, axis=0)


def rasterise(
    mesh: Mesh, order: NDArray[np.intp], size: tuple[int, int]
) -> tuple[NDArray[np.intp], FloatArray]:
    """Draw triangles in order; return the pixels they cover and the attributes there.

    Args:
        mesh: What to draw.
        order: The triangles to draw, (m, 3); later ones hide earlier ones.
        size: (width, height) of the picture.

    Returns:
        Flat pixel numbers (row * width + column), shape (p,), and attributes, shape (p, k) float32.
    """
    numbers = _draw_numbers(mesh.points, order, size)
    pixels = np.flatnonzero(numbers)
    which = numbers[pixels] - 1
    planes = _planes(mesh, order)
    column = (pixels % size[0] + 0.5).astype(np.float32)
    row = (pixels // size[0] + 0.5).astype(np.float32)
    values = np.take(planes[0], which, axis=0) * column[:, None]
    values += np.take(planes[1], which, axis=0) * row[:, None]
    values += np.take(planes[2], which, axis=0)
    return pixels, values


def _draw_numbers(
    points: FloatArray, order: NDArray[np.intp], size: tuple[int, int]
) -> NDArray[np.int32]:
    """Fill each triangle with its place in the order, counted from 1."""
    image = Image.new("I", size, 0)
    polygon = ImageDraw.Draw(image).polygon
    corners = np.floor(points[:, :2]).astype(int)[order].reshape(-1, 6).tolist()
    for number, triangle in enumerate(corners, start=1):
        polygon(triangle, fill=number)
    return np.asarray(image, dtype=np.int32).ravel()


def _planes(mesh: Mesh, order: NDArray[np.intp]) -> FloatArray:
    """Return the coefficients of x, y and 1 in each triangle of each attribute; (3, m, k)."""
    x, y = mesh.points[order, 0].astype(float), mesh.points[order, 1].astype(float)
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    # A sliver seen edge on has no plane; spreading it keeps its attributes finite.
    area = np.where(np.abs(area) < 0.5, np.copysign(0.5, area), area)[:, None]
    after, before = [1, 2, 0], [2, 0, 1]
    by_x = (y[:, after] - y[:, before]) / area
    by_y = (x[:, before] - x[:, after]) / area
    constant = (x[:, after] * y[:, before] - x[:, before] * y[:, after]) / area
    weights = np.stack([by_x, by_y, constant])[:, :, None]
    return np.asarray((weights @ mesh.attributes[order])[:, :, 0], np.float32)

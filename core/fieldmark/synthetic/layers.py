"""Puts a picture together: cutouts brought to their place, layers from far to near."""

from dataclasses import dataclass

import numpy as np

from fieldmark.synthetic.animals import SUPERSAMPLING, Box, box_of
from fieldmark.synthetic.light import smear
from fieldmark.synthetic.noise import FloatArray, Stream, fractal_noise, generator, smooth_noise


@dataclass(frozen=True)
class Patch:
    """A part of the frame with its top left at (x, y).

    ``picture`` has shape (h, w, c), float32 in 0..1; its last channel is opacity, by which the
    others are already multiplied.
    """

    picture: FloatArray
    x: int
    y: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The pixels of the frame that the patch covers."""
        rows, columns = self.picture.shape[:2]
        return slice(self.y, self.y + rows), slice(self.x, self.x + columns)

    @property
    def opacity(self) -> FloatArray:
        """The last channel, (h, w) float32 in 0..1."""
        return self.picture[..., -1]

    def box(self) -> Box:
        """Return the box, in the frame, of all that is more than half opaque."""
        x, y, width, height = box_of(self.opacity > 0.5)
        return (x + self.x, y + self.y, width, height)


class Layers:
    """The view while it is put together from far to near.

    ``view`` is (h, w, 3), ``nearness`` (h, w); ``mask`` (h, w) is what shows of the animal. All are
    float32 in 0..1.
    """

    def __init__(self, view: FloatArray, nearness: FloatArray) -> None:
        self.view = view
        self.nearness = nearness
        self.mask = np.zeros_like(nearness)

    def lay(self, patch: Patch, near: float) -> None:
        """Lay a patch over the view at its nearness."""
        window, clear = patch.window, 1.0 - patch.opacity
        self.view[window] *= clear[..., None]
        self.view[window] += patch.picture[..., :3]
        self.nearness[window] *= clear
        self.nearness[window] += np.float32(near) * patch.opacity
        self.mask[window] *= clear


def ruffled(patch: Patch, seed: int) -> Patch:
    """Ruffle and dust the coat with streaks that differ in every photo."""
    rng = generator(Stream.POSE, seed, 1)
    rows, columns = patch.opacity.shape
    hairs = smooth_noise(rng, (rows, columns), (rows // 2 + 1, columns // 5 + 1)) - np.float32(0.5)
    dust = fractal_noise(rng, (rows, columns), (6, 10), octaves=3) - np.float32(0.5)
    picture = patch.picture.copy()
    picture[..., :3] *= (1.0 + 0.22 * hairs + 0.25 * dust)[..., None]
    return Patch(np.clip(picture, 0.0, 1.0), patch.x, patch.y)


def settle(
    fine: FloatArray, corner: tuple[float, float], motion: int, size: tuple[int, int]
) -> Patch:
    """Bring a cutout to its place.

    Args:
        fine: (h, w, c) float32, at ``SUPERSAMPLING`` times the resolution of the photo.
        corner: Its top left corner (x, y) in photo pixels, which may lie outside the frame.
        motion: Photo pixels over which it is smeared sideways.
        size: (width, height) of the photo.
    """
    left, top = (round(side * SUPERSAMPLING) for side in corner)
    room = motion * SUPERSAMPLING
    before = (top % SUPERSAMPLING, left % SUPERSAMPLING + room)
    after = tuple(-(fine.shape[i] + before[i]) % SUPERSAMPLING + (0, room)[i] for i in (0, 1))
    padded = np.pad(fine, ((before[0], after[0]), (before[1], after[1]), (0, 0)))
    start = ((left - before[1]) // SUPERSAMPLING, (top - before[0]) // SUPERSAMPLING)
    return _cropped(smear(_reduced(padded), motion), start, size)


def _cropped(picture: FloatArray, corner: tuple[int, int], size: tuple[int, int]) -> Patch:
    """Cut off what lies outside the frame."""
    x, y = max(corner[0], 0), max(corner[1], 0)
    rows = slice(y - corner[1], max(size[1] - corner[1], 0))
    columns = slice(x - corner[0], max(size[0] - corner[0], 0))
    return Patch(picture[rows, columns], x, y)


def _reduced(fine: FloatArray) -> FloatArray:
    """Average blocks of pixels; (h, w, c) to (h / SUPERSAMPLING, w / SUPERSAMPLING, c)."""
    steps = range(SUPERSAMPLING)
    total = sum(fine[y::SUPERSAMPLING, x::SUPERSAMPLING] for y in steps for x in steps)
    return np.asarray(total / np.float32(SUPERSAMPLING**2), np.float32)

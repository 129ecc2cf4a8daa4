"""A picture to draw plants and stones on, which also remembers how near each thing is."""

import numpy as np
from PIL import Image, ImageDraw

from fieldmark.synthetic.noise import FloatArray, to_bytes

_FINE = 2


class Canvas:
    """Polygons drawn at twice the resolution and then reduced, so that their edges are smooth.

    Coordinates are photo pixels; colours and nearness are in 0..1 (nearness 1 is at the lens).
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        fine = (size[0] * _FINE, size[1] * _FINE)
        self._colour = Image.new("RGBA", fine, (0, 0, 0, 0))
        self._nearness = Image.new("L", fine, 0)

    @classmethod
    def over(cls, rgb: FloatArray, nearness: FloatArray) -> "Canvas":
        """Start from a picture (h, w, 3) and its nearness (h, w), float32 in 0..1."""
        canvas = cls((rgb.shape[1], rgb.shape[0]))
        fine = canvas._colour.size
        backdrop = Image.fromarray(to_bytes(rgb)).resize(fine, Image.Resampling.BILINEAR)
        canvas._colour.paste(backdrop.convert("RGBA"))
        canvas._nearness.paste(Image.fromarray(to_bytes(nearness)).resize(fine))
        return canvas

    def polygons(self, shapes: FloatArray, colours: FloatArray, nearness: float) -> None:
        """Fill polygons in order; shapes (n, corners, 2), colours (n, 3)."""
        paint = ImageDraw.Draw(self._colour).polygon
        mark = ImageDraw.Draw(self._nearness).polygon
        level = round(nearness * 255)
        corners = (shapes * _FINE).astype(np.int32).reshape(len(shapes), -1).tolist()
        for outline, colour in zip(corners, to_bytes(colours).tolist(), strict=True):
            paint(outline, fill=(*colour, 255))
            mark(outline, fill=level)

    def picture(self) -> FloatArray:
        """Return colours and opacity, (h, w, 4) float32 in 0..1, colours multiplied by opacity."""
        small = np.asarray(self._colour.convert("RGBa").reduce(_FINE), dtype=np.float32)
        return small / np.float32(255)

    def nearness(self) -> FloatArray:
        """Return how near the thing at each pixel is; (h, w) float32 in 0..1."""
        return np.asarray(self._nearness.reduce(_FINE), dtype=np.float32) / np.float32(255)

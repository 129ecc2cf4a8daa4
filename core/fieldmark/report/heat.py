"""Heat maps over pictures of sightings."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.components import Explaining
from fieldmark.types import Box, Chip, Heat, Mask, Pixels

COLOURS = "inferno"
"""Of matplotlib: perceptually uniform, ordered in lightness, readable with colour blindness."""
STRONGEST = 0.75
"""Opacity of the hottest places: the coat must be seen through them."""
LONGEST = 360
"""Pixels of the longer side of a map in a page: more than any network's map has."""


def over(picture: Image.Image, region: Box, heat: Heat, box: Box) -> Image.Image:
    """Return a picture in grey with a map in colour over it, inside the animal's box alone.

    The photo keeps its light and dark and loses its colours, so that every colour is the map's.

    Args:
        picture: shows `region` of the photo.
        region: in fractions of the photo.
        heat: its values 0–1.
        box: of the animal; nothing is drawn outside it.
    """
    values = _seen_in(heat, box, region, picture.size)
    grey = picture.convert("L").convert("RGBA")
    return Image.alpha_composite(grey, Image.fromarray(coloured(values))).convert("RGB")


def coloured(values: Mask) -> Pixels:
    """Return a map 0–1 as colours: H×W×4 uint8, see-through where there is little."""
    shades = _shades()[np.rint(values.clip(0, 1) * 255).astype(np.intp)]
    opacity = np.rint(255 * STRONGEST * np.sqrt(values.clip(0, 1)))
    return np.dstack([shades, opacity.astype(np.uint8)])


def legend(width: int, height: int) -> Image.Image:
    """Return the colours from nothing (left) to the strongest place (right), over grey."""
    ramp = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    ground = Image.new("RGBA", (width, height), (128, 128, 128, 255))
    return Image.alpha_composite(ground, Image.fromarray(coloured(ramp))).convert("RGB")


def heat_uris(query: Chip, candidate: Chip, embedder: Explaining) -> tuple[str, str]:
    """Return maps of where two chips' likeness comes from, as data URIs of PNG pictures.

    Each covers the animal's box and is see-through where there is little, to be laid over the
    photo, cut to the box and stretched to it.

    Raises:
        UserError: if the network cannot show it.
    """
    one, other = embedder.heat(query, candidate)
    return heat_uri(one, query), heat_uri(other, candidate)


def heat_uri(values: Mask, chip: Chip) -> str:
    """Return one map over a chip's pixels, as `heat_uris` does."""
    box = chip.animal.placed_in(chip.region)
    scale = LONGEST / max(chip.size)
    height, width = (max(round(side * scale), 1) for side in chip.size)
    fitted = _seen_in(Heat(values, chip.region), box, box, (width, height))
    buffer = io.BytesIO()
    Image.fromarray(coloured(fitted)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _seen_in(heat: Heat, box: Box, region: Box, size: tuple[int, int]) -> Mask:
    """Return a map as a picture (width, height) of `region` of the photo shows it: H×W.

    0 outside the box, and where the map says nothing.
    """
    width, height = size
    x = region.x + (np.arange(width) + 0.5) / width * region.w
    y = region.y + (np.arange(height) + 0.5) / height * region.h
    rows, columns = heat.values.shape
    column = _places(x, heat.region.x, heat.region.w, columns)
    row = _places(y, heat.region.y, heat.region.h, rows)
    shown = heat.values[row.clip(0, rows - 1)][:, column.clip(0, columns - 1)]
    inside = _between(y, box.y, box.h) & (row >= 0) & (row < rows)
    across = _between(x, box.x, box.w) & (column >= 0) & (column < columns)
    return np.where(inside[:, None] & across, shown, np.float32(0))


def _places(
    values: NDArray[np.float64], start: float, length: float, count: int
) -> NDArray[np.int64]:
    return np.floor((values - start) / length * count).astype(np.int64)


def _between(values: NDArray[np.float64], start: float, length: float) -> NDArray[np.bool_]:
    return np.asarray((values >= start) & (values <= start + length))


def _shades() -> Pixels:
    from matplotlib import colormaps  # noqa: PLC0415 - half a second that most commands do not need

    shades: Pixels = np.rint(colormaps[COLOURS](np.arange(256))[:, :3] * 255).astype(np.uint8)
    return shades

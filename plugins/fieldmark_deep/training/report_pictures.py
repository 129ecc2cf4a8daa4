"""The pictures of a report: chips as small JPEGs inside the page, without EXIF data."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from fieldmark.training import Sample
from fieldmark_deep.training.chips import Chips

LONGEST = 220
"""Pixels of a picture's longer side: coat patterns can be compared, a page stays at some MB."""
QUALITY = 80


class Pictures:
    """Chips as data URIs; each is made once, however often it is shown."""

    def __init__(self, chips: Chips) -> None:
        self._chips = chips
        self._made: dict[int, str] = {}

    def of(self, place: int) -> str:
        """Return the chip at a place among the chips as a `data:` URI."""
        if place not in self._made:
            pixels = self._chips.batch([place])[0].numpy()
            self._made[place] = data_uri(pixels)
        return self._made[place]


def data_uri(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """Return a chip (c, h, w) as a JPEG data URI: its first three channels, or one as grey."""
    colours = pixels[:3] if len(pixels) >= 3 else np.repeat(pixels[:1], 3, axis=0)
    picture = Image.fromarray(np.ascontiguousarray(colours.transpose(1, 2, 0)))
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def caption(sample: Sample) -> str:
    """Return what is known of a photo: its name, side and encounter."""
    known: Sequence[str] = [
        sample.photo.name,
        f"{sample.side.value} side" if sample.side.value != "unknown" else "",
        f"encounter {sample.encounter}" if sample.encounter else "",
    ]
    return " · ".join(part for part in known if part)

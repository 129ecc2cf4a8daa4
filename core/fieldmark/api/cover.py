"""Making a part of a photo irrecoverable, and writing pictures that tell nothing but themselves.

A blurred or pixelated part is still a function of what was there: networks recognise people in it
(McPherson, Shokri, Shmatikov 2016, Defeating Image Obfuscation with Deep Learning,
arXiv:1609.00408), and mosaics of text are read back (Hill et al. 2016, On the (In)effectiveness
of Mosaicing and Blurring as Tools for Document Redaction, PoPETs 2016(4)). So a covered part
becomes one colour, taken from the picture *around* it: of what was inside, nothing is left.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.files import replacing
from fieldmark.images import DECODER_FAULTS
from fieldmark.types import Box, Pixels

QUALITY = 92
"""Of the JPEG copies: above it files grow, and nothing more is seen."""
BORDER = 0.02
"""Part of the photo's longer side: how far around a covered part its colour is looked for."""
GREY = 128
"""The colour where nothing is around it."""

Area: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


def covered(pixels: Pixels, boxes: Sequence[Box]) -> Pixels:
    """Return the photo with each box filled with one colour; the photo itself is not changed.

    Args:
        pixels: H×W×3 uint8.
        boxes: to be covered entirely, grown already.
    """
    height, width = pixels.shape[:2]
    areas = [_outwards(box, width, height) for box in boxes]
    hidden = np.zeros((height, width), dtype=bool)
    for left, top, right, bottom in areas:
        hidden[top:bottom, left:right] = True
    result = pixels.copy()
    for area in areas:
        left, top, right, bottom = area
        result[top:bottom, left:right] = _colour_around(pixels, hidden, area)
    return result


def _outwards(box: Box, width: int, height: int) -> Area:
    """Return the box in whole pixels, every pixel that it touches included."""
    left, top = int(np.floor(box.x * width)), int(np.floor(box.y * height))
    right = int(np.ceil((box.x + box.w) * width))
    bottom = int(np.ceil((box.y + box.h) * height))
    return left, top, min(right, width), min(bottom, height)


def _colour_around(pixels: Pixels, hidden: NDArray[np.bool_], area: Area) -> Pixels:
    """Return the median colour of what is near the area and itself not hidden."""
    height, width = hidden.shape
    reach = max(round(BORDER * max(height, width)), 1)
    left, top, right, bottom = area
    near = np.s_[
        max(top - reach, 0) : min(bottom + reach, height),
        max(left - reach, 0) : min(right + reach, width),
    ]
    seen = pixels[near][~hidden[near]]
    if not len(seen):
        return np.full(3, GREY, dtype=np.uint8)
    return np.asarray(np.median(seen, axis=0), dtype=np.uint8)


def write_copy(pixels: Pixels, path: Path, comment: str) -> None:
    """Write a JPEG that holds these pixels and the comment; no EXIF, no XMP, no small picture.

    Raises:
        OSError: if it cannot be written; then there is no file, or the one before.
    """
    with replacing(path) as file:
        Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, comment=comment.encode())


def comment_of(path: Path) -> str | None:
    """Return the comment of a JPEG, perhaps cut off; None if there is none, or no such picture."""
    try:
        with Image.open(path, formats=("JPEG",)) as image:
            comment = image.info.get("comment")
        return comment.decode("ascii") if isinstance(comment, bytes) else None
    except DECODER_FAULTS:
        return None


def is_complete(path: Path) -> bool:
    """Say whether the file has the mark that ends a JPEG; one that was cut off has not."""
    with path.open("rb") as file:
        file.seek(-min(2, path.stat().st_size), os.SEEK_END)
        return file.read() == b"\xff\xd9"

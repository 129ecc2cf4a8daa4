"""Small pictures of sightings for reports: re-encoded, so that no EXIF (place, camera) leaves."""

import base64
import io
from dataclasses import dataclass

from PIL import Image

from fieldmark.errors import PhotoError
from fieldmark.images import open_photo
from fieldmark.report.view import Sighting
from fieldmark.types import Box, Floats

MARGIN = 0.08
"""Part of the box shown around it, so that a reader sees where the box was drawn."""
QUALITY = 82
"""JPEG quality: below it, fine stripes start to ring."""


@dataclass(frozen=True)
class Crop:
    """A picture of one sighting.

    Attributes:
        picture: RGB.
        region: the part of the photo it shows.
    """

    picture: Image.Image
    region: Box

    def place(self, photo_xy: Floats) -> list[tuple[float, float]]:
        """Return points given as fractions of the photo in pixels of this picture."""
        width, height = self.picture.size
        return [
            (
                (float(x) - self.region.x) / self.region.w * width,
                (float(y) - self.region.y) / self.region.h * height,
            )
            for x, y in photo_xy
        ]

    def data_uri(self) -> str:
        """Return the picture as a JPEG data URI."""
        buffer = io.BytesIO()
        self.picture.save(buffer, "JPEG", quality=QUALITY, optimize=True)
        return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def crop(sighting: Sighting, width: int, height: int) -> Crop:
    """Return the sighting's box with a margin, fitted into width × height pixels.

    A photo that cannot be opened any more gives a grey picture, because a report must not fail
    for one missing file.
    """
    region = sighting.box.grown(MARGIN)
    try:
        if sighting.path is None:
            return _missing(region, width, height)
        pixels = open_photo(sighting.path)
    except (PhotoError, OSError):
        return _missing(region, width, height)
    left, top, right, bottom = region.pixels(pixels.shape[1], pixels.shape[0])
    picture = Image.fromarray(pixels[top:bottom, left:right])
    scale = min(width / picture.width, height / picture.height)
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    return Crop(picture.resize(size, Image.Resampling.LANCZOS), region)


def _missing(region: Box, width: int, height: int) -> Crop:
    return Crop(Image.new("RGB", (width, height), (128, 128, 128)), region)

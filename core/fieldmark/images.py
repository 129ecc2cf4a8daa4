"""Safe opening of photos: one gate, through Pillow, for every picture that enters fieldmark.

The core never lets another library decode a file first: OpenCV returns a picture for a file that
is cut off, and spends gigabytes on a tiny file that claims 900 million pixels. Here every problem
becomes a `PhotoError` whose message is the reason, in words for the person who put the memory
card into the reader. What can be read is read: CMYK, 16-bit and palette pictures are converted,
and a note says so.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from fieldmark.errors import PhotoError
from fieldmark.types import Pixels

MAX_PIXELS = 89_478_485
"""The largest photo that is opened, in pixels; Pillow's own limit, which it only warns about."""

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")
"""What is read. An MPO, a JPEG with a second picture behind it, is read as JPEG."""

# For the whole process, because `warnings.catch_warnings` is not safe in threads. Between one and
# two times its limit Pillow only warns, which protects nobody; what it says of damaged EXIF, on
# the other hand, is said here in a note.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# What Pillow's readers raise on damaged bytes, found by feeding them damaged bytes.
DECODER_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,
    MemoryError,
    Warning,  # where the program runs with warnings as errors
    struct.error,
    zlib.error,
)

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """What `probe` found out.

    Attributes:
        format: `JPEG`, `PNG`, `TIFF`, `WEBP` or `BMP`.
        width: pixels, after the EXIF rotation.
        height: pixels, after the EXIF rotation.
        mode: Pillow's word for the stored pixels, e.g. `RGB`, `CMYK`, `I;16`.
        orientation: the EXIF orientation, 1 (upright) to 8.
        notes: what had to be converted or could not be read, in words; usually empty.
    """

    format: str
    width: int
    height: int
    mode: str
    orientation: int
    notes: tuple[str, ...]


def open_photo(path: str | PathLike[str], longest: int | None = None) -> Pixels:
    """Decode a photo, upright, as H×W×3 uint8 RGB.

    Args:
        path: the file.
        longest: make the longest side at most this many pixels, which lets a JPEG be decoded
            at an eighth of the work; a smaller photo is never enlarged.

    Raises:
        PhotoError: if the file cannot be used, with the reason.
    """
    if longest is not None and longest < 1:
        raise ValueError(f"expected longest ≥ 1 pixel, got {longest}")
    with _opened(Path(path)) as image:
        if longest is not None:
            image.draft(None, _fitted(image.size, longest))
        image.load()
        upright = _turned(_rgb(image), _orientation(image)[0])
        if longest is not None and max(upright.size) > longest:
            upright = upright.resize(_fitted(upright.size, longest), Image.Resampling.LANCZOS)
        return np.asarray(upright, dtype=np.uint8)


def probe(path: str | PathLike[str]) -> PhotoInfo:
    """Decode a photo once, as small as its format allows, and say what it is.

    Raises:
        PhotoError: if the file cannot be used, with the reason.
    """
    with _opened(Path(path)) as image:
        width, height = image.size
        mode, notes = image.mode, [*_notes(image)]
        image.draft(None, (1, 1))
        image.load()
        _rgb(image)
        orientation, readable = _orientation(image)
    if not readable:
        notes.append("the EXIF data are damaged and were not used")
    if orientation >= 5:
        width, height = height, width
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return PhotoInfo(name, width, height, mode, orientation, tuple(notes))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a photo; whatever goes wrong in here and in the caller's block is a `PhotoError`."""
    # Some libraries switch this on for the whole process, and cut-off files would pass for photos.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        _refuse_non_files(path)
        with Image.open(path, formats=FORMATS) as image:
            _refuse_unusable(image)
            yield image
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(_too_large("more than 89 million")) from error
    except DECODER_FAULTS as error:
        raise PhotoError(_reason(error)) from error


def _refuse_non_files(path: Path) -> None:
    if path.is_dir():
        raise PhotoError("this is a folder, not a photo; give its photos one by one or import it")
    if path.stat().st_size == 0:
        raise PhotoError("the file is empty (0 bytes); copy it again from the memory card")


def _refuse_unusable(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PhotoError(_too_large(f"{width} × {height} = {width * height / 1e6:.0f} million"))
    if getattr(image, "is_animated", False) and image.format not in {"MPO", "TIFF"}:
        raise PhotoError("this is an animation, not a photo; save the frames you need as JPEG")
    if image.mode == "F":
        raise PhotoError(
            "the pixels are floating-point numbers, whose brightness range nobody states;"
            " save the picture with 8 or 16 bits and import that"
        )


def _too_large(pixels: str) -> str:
    return (
        f"the photo has {pixels} pixels and the limit is {MAX_PIXELS // 10**6} million;"
        " save a smaller copy and import that"
    )


def _reason(error: BaseException) -> str:
    """Put a decoder's or the system's complaint into words."""
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return reason
    if "truncated" in str(error):
        return _CUT_OFF
    if isinstance(error, OSError) and error.errno is not None:
        return f"the file cannot be read ({error.strerror}); check the disk or card it lies on"
    return f"the picture is damaged and cannot be decoded ({error}); copy it again from the card"


_CUT_OFF = "the file is cut off: part of the picture is missing; copy it again from the card"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (
        UnidentifiedImageError,
        "this is not a photo that can be read (JPEG, PNG, TIFF, WebP or BMP)",
    ),
    (FileNotFoundError, "there is no such file; check the path"),
    (PermissionError, "the file may not be read; give yourself read permission for it"),
    (MemoryError, "there is not enough memory to open the photo; save a smaller copy"),
    (EOFError, _CUT_OFF),
)


def _notes(image: Image.Image) -> Iterator[str]:
    """Say what opening will change; the image must not be loaded yet."""
    if image.mode in {"CMYK", "LAB", "YCbCr", "HSV"}:
        yield f"converted from {image.mode}"
    if image.mode.startswith("I") or ";16" in str(getattr(image, "tile", "")):
        yield "16-bit scaled to 8-bit"
    if image.mode in {"LA", "PA", "RGBA", "RGBa", "La"} or "transparency" in image.info:
        yield "transparent parts shown as black"
    if image.format == "TIFF" and getattr(image, "n_frames", 1) > 1:
        yield f"only the first of {getattr(image, 'n_frames', 1)} pages is used"


def _rgb(image: Image.Image) -> Image.Image:
    """Convert to RGB: 16 bits by the full range, transparency over black."""
    if image.mode.startswith("I"):
        return _from_16_bits(image).convert("RGB")
    if "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info:
        shown = image.convert("RGBA")
        black = Image.new("RGBA", shown.size, "black")
        return Image.alpha_composite(black, shown).convert("RGB")
    return image.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise PhotoError(
            "the pixels have 32 bits, whose brightness range nobody states;"
            " save the picture with 8 or 16 bits and import that"
        )
    return Image.fromarray((values >> 8).astype(np.uint8))


def _orientation(image: Image.Image) -> tuple[int, bool]:
    """Return the EXIF orientation (1 where absent or senseless) and whether EXIF was readable.

    The image must be loaded: PNG may carry EXIF behind the pixels, and Pillow itself turns TIFF.
    """
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODER_FAULTS:
        return 1, False
    return (value, True) if value in _UPRIGHT else (1, True)


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return `size` shrunk to `longest`, at least one pixel each way."""
    scale = min(longest / max(size), 1.0)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)

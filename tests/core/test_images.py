"""Opening photos: every problem is one sentence, and nothing that can be read is lost."""

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from fieldmark.errors import PhotoError
from fieldmark.images import MAX_PIXELS, open_photo, probe

DATA = Path(os.environ.get("FIELDMARK_DATA", Path(__file__).parents[3] / "shared" / "data"))
ROBUSTNESS = DATA / "CameraTrapSamples" / "robustness"
needs_samples = pytest.mark.skipif(not ROBUSTNESS.is_dir(), reason=f"no photos in {ROBUSTNESS}")

TURNS: dict[
    int, Callable[[Any], Any]
] = {  # how a viewer undoes each EXIF orientation, in numpy's words
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


def picture(height: int = 24, width: int = 40, seed: int = 0) -> Image.Image:
    """Return a picture of coloured blocks, which JPEG hardly changes."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return Image.fromarray(blocks.repeat(8, axis=0).repeat(8, axis=1))


def save(path: Path, **options: Any) -> None:
    """Save a picture so that its colours survive."""
    best: dict[str, dict[str, Any]] = {
        ".jpg": {"quality": 95, "subsampling": 0},
        ".webp": {"lossless": True},
    }
    picture().save(path, **best.get(path.suffix, {}), **options)


def refusal(path: Path) -> str:
    """Return why a file is refused; the two functions must agree."""
    with pytest.raises(PhotoError) as opened:
        open_photo(path)
    with pytest.raises(PhotoError) as probed:
        probe(path)
    assert str(opened.value) == str(probed.value)
    return str(opened.value)


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "bmp"])
def test_a_photo_opens_as_height_width_rgb(tmp_path: Path, ending: str) -> None:
    """The five formats open as H×W×3 uint8, and `probe` tells the same size."""
    path = tmp_path / f"a.{ending}"
    save(path)
    pixels, info = open_photo(path), probe(path)
    assert pixels.shape == (24, 40, 3)
    assert pixels.dtype == np.uint8
    assert (info.height, info.width, info.orientation, info.notes) == (24, 40, 1, ())
    assert abs(pixels.astype(int) - np.asarray(picture())).mean() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, ending: str) -> None:
    """A photo comes upright for each of the eight orientations, and so does its size."""
    path, exif = tmp_path / f"a.{ending}", Image.Exif()
    exif[274] = orientation
    save(path, exif=exif)
    wanted = TURNS[orientation](np.asarray(picture()))
    pixels, info = open_photo(path), probe(path)
    assert pixels.shape == wanted.shape == (info.height, info.width, 3)
    assert abs(pixels.astype(int) - wanted).mean() < 6


@pytest.mark.parametrize("longest", [1, 7, 100, 400])
def test_longest_shrinks_and_never_enlarges(tmp_path: Path, longest: int) -> None:
    """The longest side is at most `longest`, the shape is kept, a small photo stays as it is."""
    picture(160, 320).save(tmp_path / "a.jpg")
    height, width, _ = open_photo(tmp_path / "a.jpg", longest=longest).shape
    assert width == min(longest, 320)
    assert height == max(round(width / 2), 1)


def test_longest_must_be_a_pixel(tmp_path: Path) -> None:
    """A size without a pixel is the programmer's mistake."""
    with pytest.raises(ValueError, match="longest"):
        open_photo(tmp_path / "a.jpg", longest=0)


@needs_samples
def test_the_sample_with_orientation_opens_upright() -> None:
    """The real camera-trap photo with EXIF orientation opens, its sides exchanged."""
    path = ROBUSTNESS / "african_elephants_with_exif_orientation.jpg"
    info = probe(path)
    with Image.open(path) as image:
        assert (info.height, info.width) == image.size
    assert open_photo(path, longest=64).shape[0] == 64 * info.height // max(info.width, info.height)


@needs_samples
@pytest.mark.parametrize(
    ("name", "reason"),
    [("african_elephants_truncated_file.jpg", "cut off"), ("animl_error_img.JPG", "empty")],
)
def test_the_damaged_samples_are_refused(name: str, reason: str) -> None:
    """The real damaged files are refused in words."""
    assert reason in refusal(ROBUSTNESS / name)


def test_a_cut_off_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JPEG or PNG without its second half is refused, whatever another library asked Pillow."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    for ending in ("jpg", "png"):
        path = tmp_path / f"a.{ending}"
        picture(160, 320).save(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert "cut off" in refusal(path) or "damaged" in refusal(path)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    """Nothing on the card is told from damage."""
    (tmp_path / "a.jpg").touch()
    assert "empty" in refusal(tmp_path / "a.jpg")


def test_text_named_jpg_is_refused(tmp_path: Path) -> None:
    """The content decides, not the name."""
    (tmp_path / "a.jpg").write_text("BM not a photo")
    assert "not a photo" in refusal(tmp_path / "a.jpg")


def test_a_folder_named_jpg_is_refused(tmp_path: Path) -> None:
    """A folder is called a folder."""
    (tmp_path / "x.jpg").mkdir()
    assert "folder" in refusal(tmp_path / "x.jpg")


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is called that."""
    assert "no such file" in refusal(tmp_path / "x.jpg")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    """The reason says what to give oneself."""
    picture().save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").chmod(0)
    assert "permission" in refusal(tmp_path / "a.jpg")


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 12_000), (9_460, 9_460)])
def test_a_decompression_bomb_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    """A photo over the limit is refused before a pixel is decoded, also where Pillow only warns."""
    assert size[0] * size[1] > MAX_PIXELS
    Image.new("1", size).save(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size < 1 << 20
    assert "limit is 89 million" in refusal(tmp_path / "a.png")


def test_an_animation_is_refused(tmp_path: Path) -> None:
    """Of several frames none is chosen silently."""
    for ending in ("png", "webp", "gif"):
        path = tmp_path / f"a.{ending}"
        picture().save(path, save_all=True, append_images=[picture(seed=1)])
    assert "animation" in refusal(tmp_path / "a.png")
    assert "animation" in refusal(tmp_path / "a.webp")
    assert "not a photo that can be read" in refusal(tmp_path / "a.gif")


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    """Nobody says how bright 0.5 is, so nothing is guessed."""
    Image.fromarray(np.zeros((4, 5), np.float32)).save(tmp_path / "a.tif")
    Image.fromarray(np.full((4, 5), 1 << 20, np.int32)).save(tmp_path / "b.tif")
    assert "floating-point" in refusal(tmp_path / "a.tif")
    assert "32 bits" in refusal(tmp_path / "b.tif")


def test_cmyk_is_converted_and_said(tmp_path: Path) -> None:
    """A CMYK JPEG keeps its colours, and a note says that it was converted."""
    picture().convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert probe(tmp_path / "a.jpg").notes == ("converted from CMYK",)
    assert abs(open_photo(tmp_path / "a.jpg").astype(int) - np.asarray(picture())).mean() < 8


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_are_scaled_and_said(tmp_path: Path, ending: str) -> None:
    """16-bit grey keeps its brightness order over the full range, and a note says so."""
    values = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / f"a.{ending}")
    assert probe(tmp_path / f"a.{ending}").notes == ("16-bit scaled to 8-bit",)
    assert (open_photo(tmp_path / f"a.{ending}")[..., 1] == values >> 8).all()


def test_transparency_becomes_black_and_is_said(tmp_path: Path) -> None:
    """What cannot be seen is black, whatever colour it hides."""
    image = picture().convert("RGBA")
    image.putalpha(0)
    image.save(tmp_path / "a.png")
    assert probe(tmp_path / "a.png").notes == ("transparent parts shown as black",)
    assert not open_photo(tmp_path / "a.png").any()


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA"])
def test_few_colours_are_read(tmp_path: Path, mode: str) -> None:
    """Black and white, grey and palette pictures open as RGB."""
    picture().convert(mode).save(tmp_path / "a.png")
    assert open_photo(tmp_path / "a.png").shape == (24, 40, 3)


def test_pages_are_counted(tmp_path: Path) -> None:
    """Of a TIFF with pages the first is used, and a note says so."""
    picture().save(tmp_path / "a.tif", save_all=True, append_images=[picture(seed=1)])
    assert probe(tmp_path / "a.tif").notes == ("only the first of 2 pages is used",)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")
def test_broken_exif_does_not_prevent_opening(tmp_path: Path) -> None:
    """A photo whose EXIF is nonsense opens as it lies."""
    for number, junk in enumerate([b"Exif\0\0junk", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"]):
        path = tmp_path / f"{number}.jpg"
        picture().save(path, exif=junk)
        assert open_photo(path).shape == (24, 40, 3)
        assert probe(path).orientation == 1


def test_a_senseless_orientation_is_upright(tmp_path: Path) -> None:
    """Only 1 to 8 mean something."""
    exif = Image.Exif()
    exif[274] = 99
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert probe(tmp_path / "a.jpg").orientation == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ending=st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP", "BMP"]),
    changes=st.lists(
        st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=8)), max_size=6
    ),
    length=st.integers(0, 4000),
)
def test_damaged_bytes_give_a_photo_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory,
    ending: str,
    changes: list[tuple[int, bytes]],
    length: int,
) -> None:
    """Whatever bytes are in a file, it opens or is refused; no other error comes out."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[274], exif[306] = 6, "2020:01:02 03:04:05"
    picture().save(buffer, ending, exif=exif)
    damaged = bytearray(buffer.getvalue())
    for place, junk in changes:
        damaged[place % len(damaged) : place % len(damaged) + len(junk)] = junk
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    path.write_bytes(damaged[: max(length, 1)])
    with contextlib.suppress(PhotoError):
        assert open_photo(path).shape[2] == 3
    with contextlib.suppress(PhotoError):
        assert probe(path).width > 0

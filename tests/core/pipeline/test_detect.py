"""Photos are looked at in order, and nothing bad stops the good."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.errors import UserError
from fieldmark.jobs import Failed
from fieldmark.pipeline.detect import BATCH, Frame, Stopwatch, look
from fieldmark.types import Box, Detection, Pixels


@dataclass
class Bright:
    """Sees an animal wherever a photo is bright; a real detector, if not a clever one."""

    longest: int | None = None
    refused: tuple[int, int] | None = None
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        """Return one box around the bright pixels of each photo."""
        if self.refused in [photo.shape[:2] for photo in photos]:
            raise UserError("this photo is too strange")
        self.sizes += [photo.shape[:2] for photo in photos]
        return [_bright(photo) for photo in photos]


def _bright(photo: Pixels) -> list[Detection]:
    rows, columns = np.nonzero(photo.mean(axis=2) > 128)
    if not len(rows):
        return []
    height, width = photo.shape[:2]
    left, top = int(columns.min()), int(rows.min())
    size = float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1
    box = Box.from_pixels(left, top, *size, (width, height))
    return [Detection(box, "animal", 0.9)]


def write(folder: Path, number: int, size: tuple[int, int] = (40, 30)) -> Path:
    """Write a dark photo whose bright square lies at x = its number."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[5:15, number % 30 : number % 30 + 10] = 255
    path = folder / f"{number}.png"
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def frames(tmp_path: Path) -> list[Frame]:
    """Return more photos than one batch holds."""
    return [Frame(n, write(tmp_path, n)) for n in range(BATCH + 9)]


def seen(frames: Sequence[Frame], detector: Bright, threads: int = 2) -> dict[int, object]:
    """Return what is seen in each photo, by its number, in the order of the answers."""
    batches = look(frames, detector, threads, Stopwatch())
    return {frame.photo: what for batch in batches for frame, what in batch}


def test_every_photo_is_answered_in_order(frames: list[Frame]) -> None:
    """Each photo gives its own boxes, however many batches and threads there are."""
    found = seen(frames, Bright(), threads=3)
    assert list(found) == [frame.photo for frame in frames]
    for number, detections in found.items():
        assert isinstance(detections, tuple)
        assert detections[0].box.x == pytest.approx((number % 30) / 40)


def test_a_corrupt_photo_stops_no_other(frames: list[Frame], tmp_path: Path) -> None:
    """A photo that is cut off, and one that is gone, are given back with the reason."""
    whole = write(tmp_path, 1).read_bytes()
    write(tmp_path, 1).write_bytes(whole[: len(whole) // 2])
    frames[2] = Frame(2, None)
    found = seen(frames, Bright())
    assert {n for n, what in found.items() if isinstance(what, Failed)} == {1, 2}
    assert found[2] == Failed("the photo is not where it was; import its folder again")


def test_a_photo_that_the_detector_refuses_stops_no_other(
    frames: list[Frame], tmp_path: Path
) -> None:
    """The batch is worked without it, and it carries the detector's own words."""
    frames[7] = Frame(7, write(tmp_path, 7, (44, 31)))
    found = seen(frames, Bright(refused=(31, 44)))
    assert found[7] == Failed("this photo is too strange")
    assert sum(isinstance(what, tuple) for what in found.values()) == len(frames) - 1


def test_photos_are_decoded_as_small_as_the_detector_works(tmp_path: Path) -> None:
    """A detector that works on 20 pixels is given no more, and boxes stay fractions."""
    detector = Bright(longest=20)
    found = seen([Frame(0, write(tmp_path, 0))], detector)
    assert detector.sizes == [(15, 20)]
    assert isinstance(found[0], tuple)


def test_the_time_of_each_stage_is_counted(frames: list[Frame]) -> None:
    """Decoding and detecting both take time, and it is told."""
    times = Stopwatch()
    list(look(frames, Bright(), 2, times))
    assert times.decode > 0
    assert times.detect > 0

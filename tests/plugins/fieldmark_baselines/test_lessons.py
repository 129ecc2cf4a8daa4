"""Photos that cannot be used are left out, and said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import PhotoError, UserError
from fieldmark.training import Sample, TrainingContext
from fieldmark.types import Chip, Floats, SetAside
from fieldmark_baselines.lessons import peak_bytes, prepared

SAMPLES = [Sample(Path(f"{i}.jpg"), "a/1", "a") for i in range(30)]


def load(sample: Sample) -> Chip | SetAside:
    """Return a chip that holds the photo's number; photos 3 and 7 cannot be used."""
    if sample.photo.stem == "3":
        raise PhotoError("it is cut off")
    if sample.photo.stem == "7":
        return SetAside("no tiger")
    return Chip(np.full((1, 1, 3), int(sample.photo.stem), np.uint8))


def number(chip: Chip) -> Floats:
    """Return the number that a chip holds."""
    return chip.pixels[0, 0, :1].astype(np.float32)


@pytest.mark.parametrize("workers", [1, 4])
def test_order_is_kept_and_bad_photos_are_named(tmp_path: Path, workers: int) -> None:
    """However many threads, the rest is in order, and one sentence says which are left out."""
    said: list[str] = []
    context = TrainingContext(tmp_path, workers=workers, say=said.append)
    lessons = prepared(SAMPLES, load, number, context)
    wanted = [i for i in range(30) if i not in (3, 7)]
    assert [int(row[0]) for row in lessons.rows] == wanted
    assert [int(sample.photo.stem) for sample in lessons.samples] == wanted
    assert said == [
        "2 of 30 photos cannot be used and are left out:"
        " 3.jpg (it is cut off); 7.jpg (set aside: no tiger)"
    ]


def test_no_photo_at_all_is_refused(tmp_path: Path) -> None:
    """When nothing is left, the reason is the answer."""
    with pytest.raises(UserError, match=r"none of the 1 photos can be used: 3\.jpg"):
        prepared([replace(SAMPLES[3])], load, number, TrainingContext(tmp_path))


def test_memory_is_measured_in_bytes() -> None:
    """This process has held more than a megabyte."""
    assert peak_bytes() > 1 << 20

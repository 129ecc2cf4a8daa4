"""Photos of drawn animals, small enough to learn from within a second."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.images import open_photo
from fieldmark.training import Holdout, Sample, TrainingData
from fieldmark.types import Chip, SetAside

ANIMALS, PHOTOS, SIDE = 8, 4, 96


def load(sample: Sample) -> Chip | SetAside:
    """Open a photo and return all of it."""
    return Chip(open_photo(sample.photo), side=sample.side)


def draw(folder: Path, animal: int, photo: int) -> Sample:
    """Write a photo of an animal: its own blotches, shifted and noisy."""
    own = np.random.default_rng(animal).integers(0, 200, (12, 12, 3)).repeat(8, 0).repeat(8, 1)
    seen = np.random.default_rng((animal, photo))
    shifted = np.roll(own, seen.integers(-3, 4, 2), axis=(0, 1))
    pixels = np.clip(shifted + seen.normal(0, 8, own.shape) + 25, 0, 255).astype(np.uint8)
    path = folder / f"{animal}-{photo}.png"
    Image.fromarray(pixels).save(path)
    return Sample(path, f"zebra/{animal}", "zebra", encounter=f"{animal}-{photo}")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """Return eight animals to learn from and four that are kept out, four photos of each."""
    folder = tmp_path_factory.mktemp("photos")
    drawn = [[draw(folder, a, p) for p in range(PHOTOS)] for a in range(ANIMALS + 4)]
    train = tuple(sample for photos in drawn[:ANIMALS] for sample in photos)
    strangers = tuple(sample for photos in drawn[ANIMALS:] for sample in photos)
    return TrainingData(train, (Holdout("new individuals", strangers),), load)

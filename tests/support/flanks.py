"""Animals with a head at one end, and a small classifier that learns which way they stand."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.images import open_photo
from fieldmark.training import Holdout, Sample, TrainingContext, TrainingData
from fieldmark.types import Chip, Side
from fieldmark_deep.records import TINY
from fieldmark_sides.settings import SideSettings
from fieldmark_sides.training import run

SETTINGS: dict[str, Any] = {
    "network": {**TINY, "height": 32, "width": 48},
    "backbone_weights": None,
    "optimiser": {"learning_rate": 3e-3},
    "augment": {"rotate": 0, "crop": 0, "colour": 0.1},
    "batch_size": 8,
    "precision": "float32",
    "calibration_least": 8,
    "target": 0.2,
}


def flank(side: Side, animal: int, photo: int) -> NDArray[np.uint8]:
    """Return a noisy picture (32, 48, 3): a body, and a bright head at the end the animal faces."""
    seen = np.random.default_rng((animal, photo, side is Side.LEFT))
    coat = np.random.default_rng(animal).uniform(60, 120, 3)
    pixels = np.full((32, 48, 3), 40.0)
    pixels[10:26, 8:40] = coat
    start = int(seen.integers(2, 5))
    pixels[4:14, start : start + 10] = 230  # facing left: its left side is seen
    if side is Side.RIGHT:
        pixels = pixels[:, ::-1]
    return np.asarray((pixels + seen.normal(0, 8, pixels.shape)).clip(0, 255), np.uint8)


def photo(folder: Path, side: Side, animal: int, number: int) -> Sample:
    """Write a picture and return its label; two photos of an animal are one visit."""
    path = folder / f"{animal}-{number}-{side}.png"
    Image.fromarray(flank(side, animal, number)).save(path)
    return Sample(path, f"drawn/{animal}", "drawn", side=side, encounter=f"{animal}/{number // 2}")


def load(sample: Sample) -> Chip:
    """Open a photo; nothing is prepared."""
    return Chip(open_photo(sample.photo), side=sample.side)


def data(folder: Path, animals: int = 12, photos: int = 4) -> TrainingData:
    """Return photos of both sides of some animals, of which the last two are held out."""
    samples = [
        [photo(folder, side, a, n) for n in range(photos) for side in (Side.LEFT, Side.RIGHT)]
        for a in range(animals)
    ]
    known = tuple(sample for each in samples[:-2] for sample in each)
    held = tuple(sample for each in samples[-2:] for sample in each)
    return TrainingData(known, (Holdout("new individuals", held),), load)


def train(folder: Path, epochs: int = 6) -> Path:
    """Train and calibrate a classifier, and return its weights."""
    settings = SideSettings.model_validate({**SETTINGS, "epochs": epochs})
    context = TrainingContext(folder, {"component": "side", "preprocess": []}, device="cpu")
    return run(settings, data(folder), context).weights


def write_table(folder: Path, visits: int) -> Path:
    """Write photos of visits of nameless animals, and a table that says sides; return it.

    Of the last photo nobody has said the side.
    """
    folder.mkdir()
    lines = ["path,orientation,encounter"]
    for visit in range(visits):
        for side in (Side.LEFT, Side.RIGHT):
            for number in range(2):
                made = photo(folder, side, visit, number)
                lines.append(f"{made.photo.name},{side},v{visit}")
    lines[-1] = lines[-1].replace(",right,", ",,")
    table = folder / "photos.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table

"""A small training, real in all parts: striped animals, a tiny network, a few epochs.

`python -m support.learning FOLDER [KEY=VALUE ...] [resume]` runs one in a process of its own.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from fieldmark.images import open_photo
from fieldmark.training import Holdout, Sample, Trained, TrainingContext, TrainingData
from fieldmark.types import Chip, Side
from fieldmark_deep.settings import Settings
from fieldmark_deep.training import run

NETWORK = {
    "backbone": "mobilenetv3_small_050",
    "height": 32,
    "width": 48,
    "embedding_size": 16,
}
SETTINGS: dict[str, Any] = {
    "network": NETWORK,
    "backbone_weights": None,
    "loss": {"kind": "cosface", "adaptive": True},
    "epochs": 2,
    "batch_size": 8,
    "ema": 0.9,
    "precision": "float32",
    "checkpoint_minutes": 0.0,
    "seed": 3,
}


def animal(number: int, photo: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a picture of stripes (40, 60, 3) whose width and slant are the individual's own."""
    own, shot = np.random.default_rng(number), np.random.default_rng((number, photo))
    y, x = np.mgrid[:40, :60]
    wave = np.sin(own.uniform(0.2, 0.9) * x + own.uniform(-0.5, 0.5) * y + own.uniform(0, 6))
    light = shot.uniform(60, 110)
    grey = 120 + light * wave[..., None] + shot.normal(0, 8, (40, 60, 3))
    return np.asarray(grey.clip(0, 255), np.uint8)


def write_photos(folder: Path, individuals: int = 6, photos: int = 6) -> list[Sample]:
    """Write photos of striped animals, once; return them as samples."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for number in range(individuals):
        for photo in range(photos):
            path = folder / f"{number}-{photo}.png"
            if not path.exists():
                Image.fromarray(animal(number, photo)).save(path)
            side = Side.LEFT if photo % 2 else Side.RIGHT
            samples.append(Sample(path, f"a/{number}", "a", side=side, encounter=f"{path.stem}"))
    return samples


def load(sample: Sample) -> Chip:
    """Open a photo; nothing is prepared."""
    return Chip(open_photo(sample.photo), side=sample.side)


def data_of(samples: list[Sample], held_out: int = 2) -> TrainingData:
    """Hold the last individuals out whole."""
    names = sorted({sample.individual for sample in samples})
    away = set(names[len(names) - held_out :])
    queries = tuple(sample for sample in samples if sample.individual in away)
    train = tuple(sample for sample in samples if sample.individual not in away)
    return TrainingData(train, (Holdout("new individuals", queries),), load)


def settings_of(**changes: object) -> Settings:
    """Return the settings of the small training, with some changed."""
    return Settings.model_validate({**SETTINGS, **changes})


def train(folder: Path, *, resume: bool = False, **changes: Any) -> Trained:
    """Run the small training in a folder; return what it left."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"component": "timm", "preprocess": []}
    context = TrainingContext(folder, record, device="cpu", resume=resume)
    return run(settings_of(**changes), data_of(write_photos(folder.parent / "photos")), context)


if __name__ == "__main__":
    words = sys.argv[2:]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    train(
        Path(sys.argv[1]),
        resume="resume" in words,
        **{key: yaml.safe_load(value) for key, value in given.items()},
    )

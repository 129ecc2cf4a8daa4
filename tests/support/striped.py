"""Striped animals and a gate that learns them: upright stripes are tigers, level ones deer."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.images import open_photo
from fieldmark.training import Holdout, Sample, TrainingContext, TrainingData
from fieldmark.types import Chip
from fieldmark_deep.records import TINY
from fieldmark_deep.training import run
from fieldmark_tiger.settings import ReportGateSettings

COATS = {"deer": (90, 120, 90), "tiger": (190, 120, 60), "zebra": (130, 130, 130)}
"""Red, green and blue of each kind, under its stripes."""
KINDS = tuple(COATS)
SETTINGS: dict[str, Any] = {
    "network": TINY,
    "backbone_weights": None,
    "optimiser": {"learning_rate": 3e-3},
    "batch_size": 8,
    "precision": "float32",
}


def drawn(kind: str, photo: int) -> NDArray[np.uint8]:
    """Return a noisy picture (40, 40, 3) of a coat with level, upright or slanting stripes."""
    seen = np.random.default_rng((KINDS.index(kind), photo))
    y, x = np.mgrid[:40, :40]
    along = {"deer": y, "tiger": x, "zebra": x + y}[kind]
    wave = np.sin(seen.uniform(0.5, 0.9) * along + seen.uniform(0, 6))
    noisy = np.array(COATS[kind]) + 60 * wave[..., None] + seen.normal(0, 10, (40, 40, 3))
    return np.asarray(noisy.clip(0, 255), np.uint8)


def photo(folder: Path, kind: str, number: int) -> Sample:
    """Write a picture and return its label."""
    path = folder / f"{kind}-{number}.png"
    Image.fromarray(drawn(kind, number)).save(path)
    return Sample(path, f"{kind}/{number % 4}", kind, encounter=path.stem)


def load(sample: Sample) -> Chip:
    """Open a photo; nothing is prepared."""
    return Chip(open_photo(sample.photo), side=sample.side)


def data(folder: Path, kinds: tuple[str, ...], photos: int = 24) -> TrainingData:
    """Return photos of some kinds, a quarter of them held out."""
    samples = [[photo(folder, kind, number) for number in range(photos)] for kind in kinds]
    rest = photos * 3 // 4
    known = tuple(sample for each in samples for sample in each[:rest])
    held = tuple(sample for each in samples for sample in each[rest:])
    return TrainingData(known, (Holdout("new encounters", held),), load)


def train(folder: Path, kinds: tuple[str, ...], epochs: int) -> Path:
    """Train a gate and return its weights."""
    settings = ReportGateSettings.model_validate({**SETTINGS, "epochs": epochs})
    context = TrainingContext(folder, {"component": "tiger-gate"}, device="cpu")
    return run(settings, data(folder, kinds), context).weights


def reference(weights: Path) -> str:
    """Return weights as a profile names them."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return f"{weights.as_uri()}#sha256={digest}"

"""Colours, each weighted by how much it differs between animals: the smallest thing that learns."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fieldmark.errors import UserError
from fieldmark.training import Preview, Sample, Trained, TrainingContext, TrainingData
from fieldmark.types import Chip, Floats, Vector
from fieldmark_toy.embedders import grid, rgb

EVEN = (1.0, 1.0, 1.0)
"""The weights of one who has learnt nothing."""


class LearntColour:
    """The mean colour, weighted."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = np.array(weights, np.float32)

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector per chip: (3,) float32."""
        return [Vector(colour(chip) * self.weights) for chip in chips]


def colour(chip: Chip) -> Floats:
    """Return the mean red, green and blue (3,), 0–1."""
    return grid(rgb(chip), 1).reshape(-1)


def run(power: float, data: TrainingData, context: TrainingContext) -> Trained:
    """Weight each colour by its spread, unless a training that is resumed has done it."""
    path = context.folder / "weights.json"
    if not (context.resume and path.exists()):
        spread = learnt(data.train, data) ** power
        path.write_text(json.dumps(spread.tolist()), encoding="utf-8")
    return Trained(path, 1, {})


def preview(data: TrainingData) -> Preview:
    """Learn from a few photos, and reckon."""
    start = time.perf_counter()
    few = data.train[:4]
    learnt(few, data)
    return Preview(1, (time.perf_counter() - start) / len(few) * len(data.train), 0)


def learnt(samples: Sequence[Sample], data: TrainingData) -> Floats:
    """Return for each colour how much it differs: (3,) float32."""
    chips = [data.load(sample) for sample in samples]
    rows = [colour(chip) for chip in chips if isinstance(chip, Chip)]
    if not rows:
        raise UserError("there is no photo to learn from; add some")
    spread: Floats = np.std(rows, axis=0).astype(np.float32)
    return spread


def read(path: Path) -> list[float]:
    """Return the weights of a file, three numbers."""
    weights: list[float] = json.loads(path.read_text(encoding="utf-8"))
    return weights

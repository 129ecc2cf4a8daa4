"""Training the perceptron, and measuring it.

It takes seconds to minutes, so nothing is kept on the way: a training that was killed begins
again, and ends as it would have ended.
"""

import json
import time
from collections.abc import Callable, Sequence

import numpy as np

from fieldmark.files import write_text
from fieldmark.training import Holdout, Preview, Sample, Trained, TrainingContext, TrainingData
from fieldmark.types import Chip, Floats
from fieldmark_baselines.lessons import peak_bytes, prepared
from fieldmark_baselines.mlp import FORMAT, Layers, inputs, write
from fieldmark_baselines.mlp_fitting import chosen, classifier, fitted, labelled
from fieldmark_baselines.settings import MlpOptions, MlpSettings
from fieldmark_deep.training.retrieval import Batch, answer

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
_TRIED = 32
"""Photos that a preview opens."""


def run(
    options: MlpOptions,  # noqa: ARG001 -- nothing in them concerns training
    settings: MlpSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Trained:
    """Train, measure on the holdouts by cosine, and write the weights and `config.json`.

    Raises:
        UserError: if there are fewer than two individuals, or no photo of them can be used.
        ProjectError: if the disk is full.
    """
    lessons = prepared(data.train, data.load, _row, context)
    learnt = labelled(lessons)
    if settings.grid:
        settings = chosen(learnt, settings, context)
    made = fitted(learnt, settings, _told(settings, context))
    best = {"held-out accuracy": made.accuracy, **_measured(made.layers, data, context)}
    write(context.folder / WEIGHTS, made.layers, context.record)
    _describe(settings, best, context)
    return Trained(context.folder / WEIGHTS, made.epochs, best)


def preview(
    options: MlpOptions,  # noqa: ARG001
    settings: MlpSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Preview:
    """Open a few photos, learn from them for one epoch, and reckon."""
    start = time.perf_counter()
    lessons = prepared(data.train[:_TRIED], data.load, _row, context)
    opened = (time.perf_counter() - start) / len(lessons)
    who = np.arange(len(lessons), dtype=np.int64) % 2
    model = classifier(settings)
    start = time.perf_counter()
    model.partial_fit(np.stack(lessons.rows), who, classes=np.arange(2))
    epoch = (time.perf_counter() - start) / len(lessons) * len(data.train)
    fits = len(settings.grid_batch_sizes) * len(settings.grid_learning_rates) * settings.folds
    facts = [f"photos are opened once, in about {opened * len(data.train):.0f} s"]
    facts += [f"the grid trains {fits} networks first"] if settings.grid else []
    batches = -(-len(data.train) // settings.batch_size)
    return Preview(batches, epoch, peak_bytes(), tuple(facts))


def _row(chip: Chip) -> Floats:
    (row,) = inputs([chip])
    return np.asarray(row, np.float32)


def _told(settings: MlpSettings, context: TrainingContext) -> Callable[[int], None]:
    return lambda epoch: context.progress(epoch, settings.epochs, "epochs")


def _measured(layers: Layers, data: TrainingData, context: TrainingContext) -> dict[str, float]:
    """Return how well the embedding finds animals again in each holdout."""
    found: dict[str, float] = {}
    for holdout in data.holdouts:
        queries, gallery = _sides(layers, holdout, data, context)
        answers = answer(queries, gallery, incomparable=holdout.incomparable)
        found |= {f"{holdout.name} {name}": value for name, value in answers.measures().items()}
    return found


def _sides(
    layers: Layers, holdout: Holdout, data: TrainingData, context: TrainingContext
) -> tuple[Batch, Batch | None]:
    def side(samples: Sequence[Sample]) -> Batch:
        lessons = prepared(samples, data.load, _row, context)
        rows = layers.hidden(np.stack(lessons.rows))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
        return Batch(unit, lessons.samples)

    return side(holdout.queries), side(holdout.gallery) if holdout.gallery else None


def _describe(settings: MlpSettings, best: dict[str, float], context: TrainingContext) -> None:
    """Write beside the weights what made them, for people."""
    facts = {
        "architecture": "mlp-grey",
        "settings": settings.model_dump(mode="json"),
        "best": best,
        "fieldmark": {"format": FORMAT, "record": dict(context.record)},
    }
    write_text(context.folder / CONFIG, json.dumps(facts, indent=2) + "\n")

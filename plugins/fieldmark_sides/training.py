"""Training the classifier of sides: a network of the toolbox, and then its calibration."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fieldmark.components import Context
from fieldmark.errors import FieldmarkError, UserError
from fieldmark.training import Preview, Sample, Trained, TrainingContext, TrainingData
from fieldmark.types import Chip
from fieldmark_deep import training
from fieldmark_deep.classifier import Classifier, load_classifier
from fieldmark_deep.settings import Inference
from fieldmark_deep.storage import load, save
from fieldmark_sides.calibration import Calibration, calibrate
from fieldmark_sides.parts import kept_apart
from fieldmark_sides.settings import SideSettings

_BATCH = 32


def run(settings: SideSettings, data: TrainingData, context: TrainingContext) -> Trained:
    """Train, calibrate on photos that were not learnt from, and keep both in one file.

    Raises:
        UserError: if there is too little to learn from, or to calibrate on.
        ProjectError: if the disk is full.
    """
    learnt, apart = kept_apart(data.train, settings)
    trained = training.run(settings, replace(data, train=learnt), context)
    found = _calibrated(trained.weights, apart, data, settings, context)
    network, config = load(trained.weights)
    save(context.folder, network, {**config["record"], "calibration": found.record()})
    context.say(_in_words(found))
    told = {
        "calibration temperature": found.temperature,
        "calibration threshold": found.threshold,
        "calibration told": found.told,
    }
    return replace(trained, best={**trained.best, **told})


def preview(settings: SideSettings, data: TrainingData, context: TrainingContext) -> Preview:
    """Measure a few batches; raises as `run`."""
    learnt, _apart = kept_apart(data.train, settings)
    return training.preview(settings, replace(data, train=learnt), context)


def _calibrated(
    weights: Path,
    apart: Sequence[Sample],
    data: TrainingData,
    settings: SideSettings,
    context: TrainingContext,
) -> Calibration:
    used = Context(device=context.device, weights=lambda: weights)
    classifier = load_classifier(Inference(batch_size=_BATCH), used, "classifier of sides", "side")
    known = [sample for sample in apart if str(sample.side) in classifier.classes]
    samples: list[Sample] = []
    rows = []
    for start in range(0, len(known), _BATCH):
        opened = list(_opened(known[start : start + _BATCH], data, context))
        samples += [sample for sample, _ in opened]
        rows.append(classifier.logits([chip for _, chip in opened]))
        context.progress(min(start + _BATCH, len(known)), len(known), "calibration")
    if not samples:
        raise UserError("none of the photos kept for the calibration can be used; add others")
    visits = len({sample.encounter or str(sample.photo) for sample in samples})
    wanted = _numbers(samples, classifier)
    return calibrate(np.concatenate(rows), wanted, visits, settings.target, settings.floor)


def _numbers(samples: Sequence[Sample], classifier: Classifier) -> NDArray[np.int64]:
    return np.array([classifier.classes.index(str(sample.side)) for sample in samples], np.int64)


def _opened(
    samples: Sequence[Sample], data: TrainingData, context: TrainingContext
) -> Iterator[tuple[Sample, Chip]]:
    for sample in samples:
        try:
            chip = data.load(sample)
        except FieldmarkError as error:
            context.say(f"not used: {sample.photo}: {error}")
            continue
        if isinstance(chip, Chip):
            yield sample, chip


def _in_words(found: Calibration) -> str:
    if found.threshold == 1.0:
        return (
            f"on {found.photos} photos that were not learnt from, no threshold makes fewer than"
            f" {found.target:.1%} of the sides wrong, so it will tell none; train on more photos,"
            " or accept more mistakes with --set train.target=0.05"
        )
    return (
        f"on {found.photos} photos of {found.visits} visits that were not learnt from, it tells"
        f" {found.told:.0%} of the sides, {found.wrong:.1%} of them wrong, at the threshold"
        f" {found.threshold:.3f}"
    )

"""Trainings that break one rule each."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from fieldmark_toy.learning import preview, run
from pydantic import Field

from fieldmark.components import Options
from fieldmark.training import Preview, Trained, Training, TrainingContext, TrainingData


class Settings(Options):
    """Nothing but a default."""

    power: float = Field(1.0, description="Of the differences.")


class _Demanding(Options):
    power: float = Field(description="Of the differences; has no default.")


def _run(options: Any, settings: Any, data: TrainingData, context: TrainingContext) -> Trained:
    return run(settings.power, data, context)


def _preview(options: Any, settings: Any, data: TrainingData, context: TrainingContext) -> Preview:
    return preview(data)


def _writes_nothing(*_arguments: Any) -> Trained:
    return Trained(Path("weights.json"), 1, {})


def _scribbles(options: Any, settings: Any, data: TrainingData, context: TrainingContext) -> Any:
    (context.folder / "cache").mkdir()
    return preview(data)


def _restless(options: Any, settings: Any, data: TrainingData, context: TrainingContext) -> Trained:
    path = context.folder / "weights.json"
    if not context.resume:
        path.write_text(json.dumps([1, 1, uuid.uuid4().int / 2**128]), encoding="utf-8")
    return Trained(path, 1, {})


def _goes_on(options: Any, settings: Any, data: TrainingData, context: TrainingContext) -> Trained:
    made = run(settings.power, data, context)
    return replace(made, epochs=2) if context.resume else made


def _not_numbers(
    options: Any, settings: Any, data: TrainingData, context: TrainingContext
) -> Trained:
    made = run(settings.power, data, context)
    made.weights.write_text("[NaN, NaN, NaN]", encoding="utf-8")
    return made


FAULTS = [
    ("demanding", "training_settings_have_defaults", Training(_Demanding, _run, _preview)),
    ("idle", "training_leaves_weights", Training(Settings, _writes_nothing, _preview)),
    (
        "scribbles",
        "preview_measures_and_writes_nothing",
        Training(Settings, _run, _scribbles),
    ),
    ("learns-otherwise", "training_is_deterministic", Training(Settings, _restless, _preview)),
    ("goes-on", "training_that_is_over_stays_over", Training(Settings, _goes_on, _preview)),
    ("learns-nothing", "trained_weights_can_be_used", Training(Settings, _not_numbers, _preview)),
]

"""Making the records of deep components; imports torch only when one is built or trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from fieldmark.components import Component, Context, Embedder, Preprocessor
from fieldmark.training import Preview, Trained, Training, TrainingContext, TrainingData
from fieldmark.types import FeatureKind
from fieldmark_deep.gate_settings import GateOptions, GateSettings
from fieldmark_deep.settings import Inference, Settings

EXTRA = "fieldmark[deep]"
"""What to install when a library is missing."""
GateRecord: TypeAlias = Component[GateOptions, Preprocessor]
DeepEmbedder: TypeAlias = Component[Inference, Embedder]
TINY = {"backbone": "mobilenetv3_small_050", "height": 32, "width": 32, "embedding_size": 16}
"""A network small enough for contract tests."""
TINY_TRAINING: Mapping[str, object] = {
    "network": {**TINY, "channels": 3},
    "backbone_weights": None,
    "epochs": 1,
    "batch_size": 8,
    "precision": "float32",
}
"""A training short enough for contract tests, whose drawn photos are red, green and blue."""
FINE_TUNE: Mapping[str, object] = {
    "frozen_epochs": 2,
    "frozen_statistics": True,
    "epochs": 12,
    "optimiser": {"kind": "adamw", "learning_rate": 3e-4, "layer_decay": 0.75, "clip": 1.0},
    "schedule": {"kind": "cosine"},
}
"""The head first, then all layers, those near the input more slowly."""


def deep_embedder(
    name: str,
    summary: str,
    settings: type[Settings],
    fine_tune: Mapping[str, object] = FINE_TUNE,
) -> DeepEmbedder:
    """Return the record of an embedder that `fieldmark_deep` builds and trains.

    Args:
        name: of the component.
        summary: one line.
        settings: the pydantic class of its recipes' `train:`.
        fine_tune: what differs when shared weights are fine-tuned.
    """
    return Component(
        name,
        summary,
        Inference,
        _build,
        extra=EXTRA,
        example={"untrained": TINY},
        emits=FeatureKind.VECTOR,
        parallel=False,
        training=Training(
            settings, run, preview, fine_tune=fine_tune, adopt=adopt, example=TINY_TRAINING
        ),
    )


def _build(options: Inference, context: Context) -> Embedder:
    from fieldmark_deep.embedder import load_embedder

    return load_embedder(options, context)


def gate_record(
    name: str,
    summary: str,
    options: type[GateOptions] = GateOptions,
    settings: type[Settings] = GateSettings,
) -> GateRecord:
    """Return the record of a gate, which is trained by the recipe of its own name.

    Args:
        name: of the component.
        summary: one line.
        options: with other defaults, such as the classes to keep.
        settings: the pydantic class of its recipes' `train:`.
    """

    def build(chosen: GateOptions, context: Context) -> Preprocessor:
        from fieldmark_deep.gate import load_gate

        return load_gate(chosen, context, name)

    untrained = {**TINY, "embedding_size": 2, "normalise": False}
    return Component(
        name,
        summary,
        options,
        build,
        extra=EXTRA,
        example={"keep": ["animal"], "untrained": untrained, "threshold": 0.0},
        parallel=False,
        training=Training(
            settings, run, preview, label="species", fine_tune=FINE_TUNE, example=TINY_TRAINING
        ),
    )


def run(
    _options: object, settings: Settings, data: TrainingData, context: TrainingContext
) -> Trained:
    """Train a deep network; the `run` of a `Training`."""
    from fieldmark_deep import training

    return training.run(settings, data, context)


def adopt(weights: Path) -> Mapping[str, object]:
    """Return the shape of the network that weights of others belong to, as settings.

    Raises:
        UserError: if the `config.json` beside them does not say it.
    """
    from fieldmark_deep.storage import read_config

    return {"network": read_config(weights)["network"], "backbone_weights": None}


def preview(
    _options: object, settings: Settings, data: TrainingData, context: TrainingContext
) -> Preview:
    """Measure a few batches of a deep network; the `preview` of a `Training`."""
    from fieldmark_deep import training

    return training.preview(settings, data, context)

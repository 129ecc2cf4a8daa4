"""Which side of the animal is seen: a small classifier that says `unknown` where it is not sure."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark.training import Preview, Trained, Training, TrainingContext, TrainingData
from fieldmark_deep.records import EXTRA, FINE_TUNE, TINY, TINY_TRAINING
from fieldmark_sides.settings import SideOptions, SideSettings


def _build(options: SideOptions, context: Context) -> Preprocessor:
    from fieldmark_sides.classifier import load_sides

    return load_sides(options, context)


def _run(
    _options: object, settings: SideSettings, data: TrainingData, context: TrainingContext
) -> Trained:
    from fieldmark_sides.training import run

    return run(settings, data, context)


def _preview(
    _options: object, settings: SideSettings, data: TrainingData, context: TrainingContext
) -> Preview:
    from fieldmark_sides.training import preview

    return preview(settings, data, context)


SIDE = Component(
    "side",
    "Tells which side of the animal is seen, where nobody has said",
    SideOptions,
    _build,
    extra=EXTRA,
    example={"untrained": {**TINY, "embedding_size": 2, "normalise": False}},
    parallel=False,
    training=Training(
        SideSettings,
        _run,
        _preview,
        label="side",
        fine_tune=FINE_TUNE,
        example={**TINY_TRAINING, "calibration_least": 2, "calibration": 0.5},
    ),
)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the classifier."""
    yield SIDE

"""The tiger: a gate that sets other animals aside, and a Siamese network for stripes."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Embedder, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark.training import Training
from fieldmark_deep.records import (
    EXTRA,
    FINE_TUNE,
    TINY,
    TINY_TRAINING,
    deep_embedder,
    preview,
    run,
)
from fieldmark_tiger.settings import GateOptions, GateSettings, SiameseSettings


def _gate(options: GateOptions, context: Context) -> Preprocessor:
    from fieldmark_tiger.gate import load_gate

    return load_gate(options, context)


SIAMESE = deep_embedder(
    "tiger-siamese", "Stripes as 512 numbers, learnt from pairs of photos", SiameseSettings
)
GATE = Component(
    "tiger-gate",
    "Sets aside what is no tiger",
    GateOptions,
    _gate,
    extra=EXTRA,
    example={
        "untrained": {**TINY, "embedding_size": 2, "normalise": False},
        "threshold": 0.0,
    },
    parallel=False,
    training=Training(
        GateSettings, run, preview, label="species", fine_tune=FINE_TUNE, example=TINY_TRAINING
    ),
)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the gate."""
    yield GATE


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the Siamese network."""
    yield SIAMESE

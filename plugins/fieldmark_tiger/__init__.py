"""The tiger: a gate that sets other animals aside, and a Siamese network for stripes."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Embedder, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark_deep.records import deep_embedder, gate_record
from fieldmark_tiger.settings import ReportGateSettings, SiameseSettings, TigerGateOptions

SIAMESE = deep_embedder(
    "tiger-siamese", "Stripes as 512 numbers, learnt from pairs of photos", SiameseSettings
)
GATE = gate_record(
    "tiger-gate", "Sets aside what is no tiger", TigerGateOptions, ReportGateSettings
)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the gate."""
    yield GATE


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the Siamese network."""
    yield SIAMESE

"""The torch toolbox of the deep plugins, an embedder for any network of timm, and a gate."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Embedder, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark_deep.records import deep_embedder, gate_record
from fieldmark_deep.settings import Settings

TIMM = deep_embedder("timm", "Any network that timm knows, with its weights or yours", Settings)
SPECIES_GATE = gate_record("species-gate", "Sets aside what is not of the species to keep")


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the gate."""
    yield SPECIES_GATE


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the plain embedder."""
    yield TIMM

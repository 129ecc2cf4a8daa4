"""One network for many species: individuals of all of them in one space of labels."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Embedder
from fieldmark.hookspecs import hookimpl
from fieldmark_deep.records import deep_embedder
from fieldmark_multispecies.settings import FINE_TUNE, MultispeciesSettings

MULTISPECIES = deep_embedder(
    "multispecies-arcface",
    "Individuals of many species, learnt together (sub-center ArcFace)",
    MultispeciesSettings,
    FINE_TUNE,
)


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the network for many species."""
    yield MULTISPECIES

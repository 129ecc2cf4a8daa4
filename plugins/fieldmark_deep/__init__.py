"""The torch toolbox of the deep plugins, and an embedder for any network that timm knows."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Embedder
from fieldmark.hookspecs import hookimpl
from fieldmark_deep.records import deep_embedder
from fieldmark_deep.settings import Settings

TIMM = deep_embedder("timm", "Any network that timm knows, with its weights or yours", Settings)


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the plain embedder."""
    yield TIMM

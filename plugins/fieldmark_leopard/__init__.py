"""The leopard: edges of the coat as a fourth channel, and a network with adaptive margins."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Embedder, Preprocessor
from fieldmark.hookspecs import hookimpl
from fieldmark_deep.records import deep_embedder
from fieldmark_leopard.settings import EdgeOptions, LeopardSettings


def _edges(options: EdgeOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    import cv2

    from fieldmark_leopard.edges import EdgeChannel

    # The core runs one worker for each processor core; threads inside would only compete.
    cv2.setNumThreads(1)
    return EdgeChannel(options)


EDGE_CHANNEL = Component(
    "edge-channel", "Adds the edges of the coat as a channel of its own", EdgeOptions, _edges
)
COSFACE = deep_embedder(
    "leopard-cosface",
    "Rosettes and their edges as 1,024 numbers (CosFace, adaptive margin)",
    LeopardSettings,
)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the edge channel."""
    yield EDGE_CHANNEL


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the network for colours and edges."""
    yield COSFACE

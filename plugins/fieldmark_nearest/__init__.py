"""The plainest matcher of vectors: every query against the whole gallery, exactly."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from fieldmark.components import Component, Context, Matcher, Options
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind


class NearestOptions(Options):
    """Options of `nearest`."""

    metric: Literal["cosine", "euclidean"] = Field(
        "cosine",
        description=(
            "How alike two vectors are, 0–1. cosine: (1 + cos) / 2. euclidean: 1 / (1 + distance)."
        ),
    )
    top: int = Field(
        1, ge=1, le=100, description="An individual's score is the mean of its best so many photos."
    )


def _nearest(options: NearestOptions, context: Context) -> Matcher:  # noqa: ARG001
    from fieldmark_nearest.index import Nearest

    return Nearest(options)


NEAREST = Component(
    "nearest",
    "The nearest vectors of the gallery, found exactly",
    NearestOptions,
    _nearest,
    takes=FeatureKind.VECTOR,
)


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer the matcher."""
    yield NEAREST

"""A small component of every role: records only, so that listing it costs nothing."""

# ruff: noqa: PLC0415 -- the imports belong inside the build functions

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from fieldmark.components import (
    Component,
    Context,
    Detector,
    Embedder,
    Matcher,
    NoOptions,
    Options,
    Preprocessor,
)
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind


class TrimOptions(Options):
    """Options of `trim`."""

    margin: float = Field(0.0, ge=0, le=1, description="How much to leave around the animal.")


class GridOptions(Options):
    """Options of `mean-colour` and `corners`."""

    cells: int = Field(4, ge=1, le=32, description="Cells per side of the grid on the picture.")


def _contrast(options: NoOptions, context: Context) -> Detector:
    from fieldmark_toy.pictures import Contrast

    return Contrast()


def _trim(options: TrimOptions, context: Context) -> Preprocessor:
    from fieldmark_toy.pictures import Trim

    return Trim(options.margin)


def _mean_colour(options: GridOptions, context: Context) -> Embedder:
    from fieldmark_toy.embedders import MeanColour

    return MeanColour(options.cells)


def _corners(options: GridOptions, context: Context) -> Embedder:
    from fieldmark_toy.embedders import Corners

    return Corners(options.cells)


def _cosine(options: NoOptions, context: Context) -> Matcher:
    from fieldmark_toy.matchers import Cosine

    return Cosine()


def _mutual(options: NoOptions, context: Context) -> Matcher:
    from fieldmark_toy.matchers import Mutual

    return Mutual()


VECTOR, KEYPOINTS = FeatureKind.VECTOR, FeatureKind.KEYPOINTS
CONTRAST = Component("contrast", "Finds what differs from the background", NoOptions, _contrast)
TRIM = Component("trim", "Cuts out the animal", TrimOptions, _trim, example={"margin": 0.1})
MEAN_COLOUR = Component("mean-colour", "Colours on a grid", GridOptions, _mean_colour, emits=VECTOR)
CORNERS = Component("corners", "Patches on a grid", GridOptions, _corners, emits=KEYPOINTS)
COSINE = Component("cosine", "Angle between two vectors", NoOptions, _cosine, takes=VECTOR)
MUTUAL = Component("mutual", "Patches that prefer each other", NoOptions, _mutual, takes=KEYPOINTS)


@hookimpl
def fieldmark_detectors() -> Iterator[Component[Any, Detector]]:
    """Offer the detector."""
    yield CONTRAST


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the preprocessor."""
    yield TRIM


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer an embedder of each kind."""
    yield MEAN_COLOUR
    yield CORNERS


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer a matcher of each kind."""
    yield COSINE
    yield MUTUAL

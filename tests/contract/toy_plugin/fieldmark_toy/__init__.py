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
from fieldmark.training import Preview, Trained, Training, TrainingContext, TrainingData
from fieldmark.types import FeatureKind


class TrimOptions(Options):
    """Options of `trim`."""

    margin: float = Field(0.0, ge=0, le=1, description="How much to leave around the animal.")


class GridOptions(Options):
    """Options of `mean-colour` and `corners`."""

    cells: int = Field(4, ge=1, le=32, description="Cells per side of the grid on the picture.")


class LearntOptions(Options):
    """Options of `learnt-colour`."""

    untrained: bool = Field(False, description="All colours count the same.")


class LearntSettings(Options):
    """How `learnt-colour` is trained."""

    power: float = Field(1.0, gt=0, description="Of the differences between photos.")


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


def _learnt_colour(options: LearntOptions, context: Context) -> Embedder:
    from fieldmark_toy.learning import EVEN, LearntColour, read

    return LearntColour(EVEN if options.untrained else read(context.weights()))


def _run(
    options: LearntOptions, settings: LearntSettings, data: TrainingData, context: TrainingContext
) -> Trained:
    from fieldmark_toy.learning import run

    return run(settings.power, data, context)


def _preview(
    options: LearntOptions, settings: LearntSettings, data: TrainingData, context: TrainingContext
) -> Preview:
    from fieldmark_toy.learning import preview

    return preview(data)


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
LEARNT_COLOUR = Component(
    "learnt-colour",
    "The mean colour, weighted by what differs",
    LearntOptions,
    _learnt_colour,
    example={"untrained": True},
    emits=VECTOR,
    training=Training(LearntSettings, _run, _preview, fine_tune={"power": 0.5}),
)
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
    """Offer an embedder of each kind, and one that learns."""
    yield MEAN_COLOUR
    yield CORNERS
    yield LEARNT_COLOUR


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer a matcher of each kind."""
    yield COSINE
    yield MUTUAL

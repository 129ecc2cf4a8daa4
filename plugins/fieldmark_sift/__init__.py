"""Local features: SIFT keypoints, the preprocessors they need, and two matchers for them."""

from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fieldmark.components import (
    Component,
    Context,
    Embedder,
    Matcher,
    Options,
    Preprocessor,
)
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind


class CropOptions(Options):
    """Options of `crop`."""

    margin: float = Field(
        0.05, ge=0, le=1, description="What to leave around the box, as a share of its size."
    )


class ResizeOptions(Options):
    """Options of `resize`."""

    long_side: int = Field(
        256, ge=16, le=4096, description="Pixels of the longer side; the shape is kept."
    )
    height: int | None = Field(
        None, ge=1, le=4096, description="Pixels, together with width; the shape is not kept."
    )
    width: int | None = Field(None, ge=1, le=4096, description="Pixels, together with height.")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.height is None) != (self.width is None):
            raise ValueError("give both height and width, or long_side alone")
        return self


class EqualiseOptions(Options):
    """Options of `equalise`."""

    clip: float = Field(2.0, gt=0, le=100, description="How far contrast may be raised.")
    tiles: int = Field(8, ge=1, le=64, description="Tiles per side, each equalised on its own.")


class ForegroundOptions(Options):
    """Options of `foreground`."""

    method: Literal["grabcut", "centre"] = Field(
        "grabcut", description="How the animal is found when the annotation has no mask."
    )
    size: int = Field(256, ge=32, le=1024, description="Pixels of the copy GrabCut works on.")
    tighten: bool = Field(True, description="Cut the chip to where the animal was found.")
    margin: float = Field(0.06, ge=0, le=1, description="What to leave around it then.")


class SiftOptions(Options):
    """Options of `sift`."""

    max_keypoints: int = Field(800, ge=1, le=20000, description="Keypoints kept for each photo.")
    upright: bool = Field(True, description="Ignore the keypoints' own orientation.")
    contrast: float = Field(
        0.01, ge=0, le=1, description="Details with less contrast are no keypoints."
    )
    edge: float = Field(10.0, ge=1, le=100, description="Higher: keypoints on edges, too.")
    magnify: float = Field(
        1.0, ge=0.25, le=4, description="How much more of its surroundings a keypoint describes."
    )
    min_weight: float = Field(
        0.3, ge=0, le=1, description="Places where the mask is below this have no keypoints."
    )


class LnbnnOptions(Options):
    """Options of `lnbnn`."""

    k: int = Field(4, ge=1, le=100, description="Individuals a keypoint may vote for.")
    neighbours: int = Field(
        20, ge=2, le=1000, description="Neighbours fetched to find those and the normaliser."
    )
    votes: Literal["individual", "annotation"] = Field(
        "individual", description="Sum over an individual's photos, or its best photo alone."
    )
    shortlist: int = Field(200, ge=1, le=10000, description="Photos verified for each query.")
    verify: Literal["off", "similarity", "affine", "homography"] = Field(
        "similarity", description="The map that matches must agree on."
    )
    tolerance: float = Field(
        0.05, gt=0, le=1, description="How far matches may be off, in diagonals of the animal."
    )
    scale_ratio: float = Field(1.5, ge=1, le=10, description="How far sizes may be off.")
    turn: float = Field(45.0, ge=0, le=180, description="How far orientations may be off, degrees.")
    min_matches: int = Field(3, ge=1, le=100, description="Fewer matches agree on nothing.")
    exact_up_to: int = Field(
        200_000, ge=0, description="Descriptors up to which all are looked at for every query."
    )
    probes: int = Field(32, ge=1, le=4096, description="Lists looked at above that.")
    pq_bytes: Literal[8, 16, 32, 64] | None = Field(
        None, description="Bytes for each descriptor above that; none: 128, nothing lost."
    )


class RatioOptions(Options):
    """Options of `ratio`."""

    ratio: float = Field(0.85, gt=0, le=1, description="Nearest over second-nearest distance.")
    verify: bool = Field(True, description="Whether matches must agree on a homography.")
    tolerance: float = Field(
        0.06, gt=0, le=1, description="How far matches may be off, in diagonals of the animal."
    )


def _crop(options: CropOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_sift.chips import Crop

    return Crop(options.margin)


def _resize(options: ResizeOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_sift.chips import Resize

    if options.height is None or options.width is None:
        return Resize(options.long_side, None)
    return Resize(options.long_side, (options.height, options.width))


def _equalise(options: EqualiseOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_sift.light import Equalise

    return Equalise(options.clip, options.tiles)


def _foreground(options: ForegroundOptions, context: Context) -> Preprocessor:  # noqa: ARG001
    from fieldmark_sift.foreground import Foreground

    return Foreground(options.method, options.size, tighten=options.tighten, margin=options.margin)


def _sift(options: SiftOptions, context: Context) -> Embedder:  # noqa: ARG001
    import cv2

    from fieldmark_sift.sift import Settings, Sift

    # The core runs one worker for each processor core; threads inside would only compete.
    cv2.setNumThreads(1)
    return Sift(Settings(**options.model_dump()))


def _lnbnn(options: LnbnnOptions, context: Context) -> Matcher:  # noqa: ARG001
    from fieldmark_sift.lnbnn import Lnbnn, settings

    return Lnbnn(settings(options))


def _ratio(options: RatioOptions, context: Context) -> Matcher:  # noqa: ARG001
    from fieldmark_sift.pairs import Rule
    from fieldmark_sift.ratio import Ratio

    return Ratio(Rule(options.ratio, options.tolerance if options.verify else None))


CROP = Component("crop", "Cuts out the animal, with a margin", CropOptions, _crop)
RESIZE = Component("resize", "Brings all chips to one size", ResizeOptions, _resize)
EQUALISE = Component("equalise", "Evens out light and shade (CLAHE)", EqualiseOptions, _equalise)
FOREGROUND = Component(
    "foreground", "Weighs pixels by how surely they show the animal", ForegroundOptions, _foreground
)
SIFT = Component(
    "sift", "RootSIFT keypoints of the coat", SiftOptions, _sift, emits=FeatureKind.KEYPOINTS
)
LNBNN = Component(
    "lnbnn",
    "Keypoints against the whole gallery at once (HotSpotter)",
    LnbnnOptions,
    _lnbnn,
    takes=FeatureKind.KEYPOINTS,
)
RATIO = Component(
    "ratio",
    "Keypoints against each photo in turn; slow",
    RatioOptions,
    _ratio,
    takes=FeatureKind.KEYPOINTS,
)


@hookimpl
def fieldmark_preprocessors() -> Iterator[Component[Any, Preprocessor]]:
    """Offer the steps before SIFT."""
    yield CROP
    yield RESIZE
    yield EQUALISE
    yield FOREGROUND


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer SIFT."""
    yield SIFT


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer one-vs-many and one-vs-one matching."""
    yield LNBNN
    yield RATIO

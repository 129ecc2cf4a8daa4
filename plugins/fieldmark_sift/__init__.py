"""Local features: SIFT keypoints, and two matchers for them."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from fieldmark.components import (
    Component,
    Context,
    Embedder,
    Matcher,
    Options,
)
from fieldmark.hookspecs import hookimpl
from fieldmark.types import FeatureKind


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
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer SIFT."""
    yield SIFT


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer one-vs-many and one-vs-one matching."""
    yield LNBNN
    yield RATIO

"""The floors: what guessing, colours, hand-made features and plain networks reach.

A method is worth its trouble only as far as it is above these, measured on the same photos. After
the student report of 2024 whose lesson was to print a floor beside every result: there an untrained
perceptron reached 29 %, because the photos give it away.
"""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Embedder, Matcher
from fieldmark.hookspecs import hookimpl
from fieldmark.training import Preview, Trained, Training, TrainingContext, TrainingData
from fieldmark.types import FeatureKind
from fieldmark_baselines.settings import (
    DescriptorOptions,
    HistogramOptions,
    MlpOptions,
    MlpSettings,
    PairOptions,
    PairSettings,
    RandomOptions,
    TripletSettings,
)
from fieldmark_deep.records import FINE_TUNE, TINY_TRAINING
from fieldmark_deep.settings import Inference

DEEP = "fieldmark[deep]"
TINY = {"backbone": "resnetv2_18", "height": 64, "width": 64, "embedding_size": 16}
"""A network small enough for contract tests."""


def _random(options: RandomOptions, context: Context) -> Embedder:  # noqa: ARG001
    from fieldmark_baselines.chance import Random

    return Random(options.size, options.seed)


def _histogram(options: HistogramOptions, context: Context) -> Embedder:  # noqa: ARG001
    from fieldmark_baselines.colour import ColourHistogram

    return ColourHistogram(options.bins)


def _mlp(options: MlpOptions, context: Context) -> Embedder:
    from fieldmark_baselines.mlp import SIDE, Layers, MlpGrey, read

    if options.untrained:
        return MlpGrey(Layers.drawn((SIDE * SIDE, *MlpSettings().hidden, 1), options.seed))
    return MlpGrey(read(context.weights()))


def _train_mlp(
    options: MlpOptions, settings: MlpSettings, data: TrainingData, context: TrainingContext
) -> Trained:
    from fieldmark_baselines.mlp_training import run

    return run(options, settings, data, context)


def _preview_mlp(
    options: MlpOptions, settings: MlpSettings, data: TrainingData, context: TrainingContext
) -> Preview:
    from fieldmark_baselines.mlp_training import preview

    return preview(options, settings, data, context)


def _resnet(options: Inference, context: Context) -> Embedder:
    from fieldmark_deep.embedder import load_embedder

    return load_embedder(options, context)


def _train_resnet(
    options: Inference,  # noqa: ARG001 -- how a network is run does not concern its training
    settings: TripletSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Trained:
    from fieldmark_deep.training import run

    return run(settings, data, context)


def _preview_resnet(
    options: Inference,  # noqa: ARG001
    settings: TripletSettings,
    data: TrainingData,
    context: TrainingContext,
) -> Preview:
    from fieldmark_deep.training import preview

    return preview(settings, data, context)


def _descriptors(options: DescriptorOptions, context: Context) -> Embedder:  # noqa: ARG001
    import cv2

    from fieldmark_baselines.descriptors import OrbSiftBrisk

    # The core runs one worker for each processor core; threads inside would only compete.
    cv2.setNumThreads(1)
    return OrbSiftBrisk(options.long_side)


def _pairs(options: PairOptions, context: Context) -> Matcher:
    from fieldmark_baselines.pairs import Classifier, PairMatcher, cosine

    if options.untrained:
        return PairMatcher(cosine)
    return PairMatcher(Classifier(context.weights(), options.threads))


def _train_pairs(
    options: PairOptions, settings: PairSettings, data: TrainingData, context: TrainingContext
) -> Trained:
    from fieldmark_baselines.pair_training import run

    return run(options, settings, data, context)


def _preview_pairs(
    options: PairOptions, settings: PairSettings, data: TrainingData, context: TrainingContext
) -> Preview:
    from fieldmark_baselines.pair_training import preview

    return preview(options, settings, data, context)


VECTOR = FeatureKind.VECTOR
RANDOM = Component(
    "random", "Chance: numbers drawn at random", RandomOptions, _random, emits=VECTOR
)
HISTOGRAM = Component(
    "colour-histogram",
    "How much of each colour there is, wherever it is",
    HistogramOptions,
    _histogram,
    emits=VECTOR,
)
MLP = Component(
    "mlp-grey",
    "A perceptron on 64×64 greys",
    MlpOptions,
    _mlp,
    extra=DEEP,
    example={"untrained": True},
    emits=VECTOR,
    training=Training(
        MlpSettings, _train_mlp, _preview_mlp, example={"hidden": [8], "epochs": 2, "batch_size": 8}
    ),
)
RESNET = Component(
    "triplet-resnet",
    "ResNet50V2 trained on semi-hard triplets",
    Inference,
    _resnet,
    extra=DEEP,
    example={"untrained": TINY},
    emits=VECTOR,
    parallel=False,
    training=Training(
        TripletSettings,
        _train_resnet,
        _preview_resnet,
        fine_tune=FINE_TUNE,
        example={**TINY_TRAINING, "network": TINY},
    ),
)
DESCRIPTORS = Component(
    "orb-sift-brisk",
    "ORB, SIFT and BRISK descriptors, summed up for each photo",
    DescriptorOptions,
    _descriptors,
    emits=VECTOR,
)
PAIRS = Component(
    "pair-lightgbm",
    "LightGBM's word on each pair of orb-sift-brisk vectors",
    PairOptions,
    _pairs,
    extra=DEEP,
    example={"untrained": True},
    takes=VECTOR,
    training=Training(
        PairSettings, _train_pairs, _preview_pairs, example={"rounds": 4, "min_leaf": 2}
    ),
)


@hookimpl
def fieldmark_embedders() -> Iterator[Component[Any, Embedder]]:
    """Offer the floors that make vectors."""
    yield RANDOM
    yield HISTOGRAM
    yield MLP
    yield RESNET
    yield DESCRIPTORS


@hookimpl
def fieldmark_matchers() -> Iterator[Component[Any, Matcher]]:
    """Offer the floor that compares pairs."""
    yield PAIRS

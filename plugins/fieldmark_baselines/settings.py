"""What can be set in a recipe for a floor; needs no heavy library, so that profiles read quickly.

The defaults are those of the student report of 2024 that trained an MLP, a ResNet50V2 and a pair
classifier on cattle and lions, where it says what they were.
"""

from typing import Literal

from pydantic import Field

from fieldmark.components import Options
from fieldmark_deep.settings import Network, Sampling, Settings, Triplet


class RandomOptions(Options):
    """Options of `random`."""

    size: int = Field(64, ge=1, le=8192, description="Numbers for each chip.")
    seed: int = Field(0, ge=0, description="Another seed gives other numbers.")


class HistogramOptions(Options):
    """Options of `colour-histogram`."""

    bins: tuple[int, int, int] = Field(
        (4, 8, 8), description="Bins of lightness, of green–red and of blue–yellow (CIE Lab)."
    )


class MlpOptions(Options):
    """Options of `mlp-grey`."""

    untrained: bool = Field(
        False, description="Random weights in place of trained ones: a floor of its own."
    )
    seed: int = Field(0, ge=0, description="Of the random weights, when untrained.")


class MlpSettings(Options):
    """How `mlp-grey` is trained; scikit-learn's MLPClassifier with Adam."""

    hidden: tuple[int, ...] = Field(
        (64,),
        min_length=1,
        max_length=8,
        description="Units of each hidden layer; the last is the embedding.",
    )
    batch_size: int = Field(32, ge=1, le=4096, description="Photos of one step.")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Of Adam.")
    epochs: int = Field(200, ge=1, le=10_000, description="At most.")
    patience: int = Field(
        5, ge=1, le=1000, description="Stop after so many epochs without a better one."
    )
    held_out: float = Field(
        0.1, gt=0, le=0.5, description="Share of the training photos on which that is measured."
    )
    grid: bool = Field(
        False,
        description="Choose batch size and learning rate by cross-validation, in their place.",
    )
    grid_batch_sizes: tuple[int, ...] = Field((16, 32, 64), description="To choose from.")
    grid_learning_rates: tuple[float, ...] = Field((1e-2, 1e-3, 1e-4), description="Likewise.")
    folds: int = Field(5, ge=2, le=20, description="Of the cross-validation.")
    seed: int = Field(0, ge=0, description="Of the first weights, the order and the shares.")


class DescriptorOptions(Options):
    """Options of `orb-sift-brisk`."""

    long_side: int = Field(
        256, ge=32, le=2048, description="Pixels of the longer side of the picture described."
    )


class PairOptions(Options):
    """Options of `pair-lightgbm`."""

    untrained: bool = Field(
        False, description="No model: (1 + cosine) / 2 of the two vectors, a floor of its own."
    )
    threads: int = Field(1, ge=1, le=256, description="Threads of LightGBM.")


class PairSettings(Options):
    """How `pair-lightgbm` is trained."""

    descriptors: DescriptorOptions = Field(
        DescriptorOptions(), description="Of orb-sift-brisk, whose vectors it learns from."
    )
    pairs: int = Field(
        20_000, ge=2, description="Pairs of each kind, same and different animal, at most."
    )
    rounds: int = Field(500, ge=1, le=100_000, description="Trees, at most.")
    patience: int = Field(
        20, ge=1, description="Stop after so many trees without a better one, on held-out animals."
    )
    held_out: float = Field(
        0.2, gt=0, lt=1, description="Share of the individuals whose pairs are not learnt from."
    )
    learning_rate: float = Field(0.05, gt=0, le=1, description="What each tree counts.")
    leaves: int = Field(31, ge=2, le=1024, description="Of each tree.")
    min_leaf: int = Field(20, ge=1, description="Pairs in a leaf, at least.")
    threads: int = Field(1, ge=1, le=256, description="Of LightGBM; the result stays the same.")
    seed: int = Field(0, ge=0, description="Of the pairs, the shares and the trees.")


class TripletNetwork(Network):
    """ResNet50V2 → 128 numbers; pixels in [−1, 1]."""

    backbone: str = Field("resnetv2_50", description="Any name that timm knows.")
    embedding_size: int | None = Field(
        128, ge=2, le=8192, description="Outputs of the linear head; none: no head."
    )
    mean: tuple[float, ...] = Field((0.5, 0.5, 0.5), description="With std: pixels in [−1, 1].")
    std: tuple[float, ...] = Field((0.5, 0.5, 0.5), description="With mean: pixels in [−1, 1].")


class SoftTriplet(Triplet):
    """Semi-hard triplets under the soft margin log(1 + e^x)."""

    soft: bool = Field(True, description="log(1 + e^x) in place of the hinge at the margin.")


class FourEach(Sampling):
    """Batches in which every animal has a positive."""

    kind: Literal["shuffle", "m-per-class", "individuals"] = Field(
        "m-per-class", description="As in fieldmark_deep; the default gives every animal four."
    )


class TripletSettings(Settings):
    """How `triplet-resnet` is trained."""

    # The narrowed classes, so that a recipe that sets one key keeps the other defaults.
    network: TripletNetwork = TripletNetwork()
    loss: SoftTriplet = SoftTriplet()
    sampling: FourEach = FourEach()
    batch_size: int = Field(32, ge=2, le=4096)

"""What can be set in a recipe for a deep network; needs no torch, so that profiles read quickly.

The defaults here are plain ones; each plugin narrows them to those of the system it reproduces.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from fieldmark.components import Options
from fieldmark.training import Label

Resize: TypeAlias = Literal["smooth", "plain", "bicubic"]
Argument: TypeAlias = bool | int | float | str | None
_NOT_ARGUMENTS = frozenset(
    {"pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "pretrained_model_args"}
    | {"pretrained_strict", "checkpoint_path", "cache_dir", "features_only", "feature_cfg"}
    | {"scriptable", "exportable", "no_jit", "device", "dtype"}
    | {"num_classes", "in_chans", "img_size"}
)
"""Of timm's `create_model`: would fetch weights or open files, or have a key of their own here."""


class Network(Options):
    """The shape of an embedding network: backbone → pooling → neck → head → unit length."""

    backbone: str = Field("resnet50", description="Any name that timm knows.")
    height: int = Field(224, ge=16, le=2048, description="Pixels of the input.")
    width: int = Field(224, ge=16, le=2048, description="Pixels of the input.")
    channels: int = Field(3, ge=1, le=16, description="Channels of a chip; 4: RGB and edges.")
    pooling: Literal["avg", "gem"] = Field("avg", description="How places are summed up.")
    neck: bool = Field(False, description="Batch normalisation after pooling.")
    embedding_size: int | None = Field(
        512, ge=2, le=8192, description="Outputs of the linear head; none: no head."
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Before the head.")
    normalise: bool = Field(True, description="Embeddings of length 1; not for classifiers.")
    same_padding: bool = Field(
        False, description="TensorFlow's padding, for weights that were trained with it."
    )
    mean: tuple[float, ...] = Field(
        (0.485, 0.456, 0.406), description="Of R, G, B, 0–1; further channels take 0."
    )
    std: tuple[float, ...] = Field(
        (0.229, 0.224, 0.225), description="Of R, G, B, 0–1; further channels take 1."
    )
    resize: Resize = Field(
        "smooth",
        description=(
            "How chips reach the input's size. smooth: bilinear, averaged where they shrink, as"
            " Pillow. plain: bilinear between four pixels, as OpenCV. bicubic: as Pillow."
        ),
    )
    arguments: dict[str, Argument | list[Argument]] = Field(
        {}, description="More for timm's function of the backbone, for weights that need it."
    )

    @field_validator("arguments")
    @classmethod
    def _of_the_shape_alone(
        cls, given: dict[str, Argument | list[Argument]]
    ) -> dict[str, Argument | list[Argument]]:
        if refused := sorted(given.keys() & _NOT_ARGUMENTS):
            raise ValueError(f"{', '.join(refused)} cannot be given to timm here; leave it out")
        return given


MIEWID_SHAPE = Network(
    backbone="efficientnetv2_rw_m",
    height=440,
    width=440,
    pooling="gem",
    neck=True,
    embedding_size=None,
)
"""EfficientNetV2 → GeM → batch normalisation → 2,152 numbers: MiewID (2024, arXiv 2412.05602)."""


class Inference(Options):
    """How a trained network is run; does not change which network it is."""

    batch_size: int = Field(32, ge=1, le=1024, description="Chips given to the network at once.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "float32",
        description=(
            "float32: the same vectors on every machine. auto: bfloat16 where the processor or"
            " graphics card is built for it; faster, and a little different."
        ),
    )
    engine: Literal["torch", "compile", "onnx"] = Field(
        "torch", description="compile: torch.compile; onnx: ONNX Runtime, on the processor."
    )
    untrained: Network | None = Field(
        None, description="Random weights in a network of this shape, as a floor to compare with."
    )
    resize: Resize | None = Field(
        None, description="In place of what the weights say; see `network.resize` of a recipe."
    )
    mean: tuple[float, ...] | None = Field(
        None,
        min_length=3,
        description="Of R, G, B, 0–1, where the weights say another than they were trained with.",
    )
    std: tuple[float, ...] | None = Field(
        None, min_length=3, description="Of R, G, B, 0–1; as `mean`."
    )


class Contrastive(Options):
    """Pairs: same animals near, others at least a margin apart.

    The sum of d over pairs of one animal and of max(0, margin − d) over the others: the linear
    form of pytorch-metric-learning; Hadsell et al. (2006) square both.
    """

    kind: Literal["contrastive"] = "contrastive"
    margin: float = Field(1.0, gt=0, description="Euclidean, between vectors of length 1.")


class Triplet(Options):
    """Triplets: the same animal nearer than another one by a margin (Schroff et al. 2015)."""

    kind: Literal["triplet"] = "triplet"
    margin: float = Field(0.2, gt=0, description="Euclidean; in the units of `length`.")
    length: float = Field(1.0, gt=0, description="To which the vectors are scaled before.")
    mining: Literal["all", "semi-hard", "weighted-semi-hard"] = Field(
        "semi-hard",
        description=(
            "weighted-semi-hard: for each anchor and positive one semi-hard negative, drawn with"
            " inverse-distance weights; a random one where there is none."
        ),
    )
    mining_from: int = Field(
        1, ge=1, description="Weighted mining: the first epoch that mines; random before."
    )
    soft: bool = Field(False, description="log(1 + e^x) in place of the hinge at the margin.")


class CosFace(Options):
    """A margin on the cosine to the own class (Wang et al. 2018)."""

    kind: Literal["cosface"] = "cosface"
    margin: float = Field(0.28, ge=0, lt=1)
    scale: float = Field(64.0, gt=0)
    adaptive: bool = Field(False, description="The margin scaled by h(θ): small when θ is small.")


class ArcFace(Options):
    """A margin on the angle to the own class, with sub-centers (Deng et al. 2019, 2020)."""

    kind: Literal["arcface"] = "arcface"
    centers: int = Field(1, ge=1, le=16, description="Sub-centers for each individual.")
    scale: float = Field(64.0, gt=0)
    margin: float = Field(0.5, ge=0, le=1.5, description="Radians; the largest, when dynamic.")
    margin_min: float | None = Field(
        None,
        ge=0,
        le=1.5,
        description="Radians; dynamic margins: the commonest individual has this, the rarest all.",
    )


class CrossEntropy(Options):
    """Classification, as of a gate that tells species apart."""

    kind: Literal["cross-entropy"] = "cross-entropy"
    smoothing: float = Field(0.0, ge=0, lt=1, description="Label smoothing.")
    balance: float = Field(
        0.0,
        ge=0,
        le=1,
        description="0: all photos weigh alike; 1: all classes do, however few photos they have.",
    )


AnyLoss: TypeAlias = Contrastive | Triplet | CosFace | ArcFace | CrossEntropy
Loss: TypeAlias = Annotated[AnyLoss, Field(discriminator="kind")]


class Sampling(Options):
    """Which photos meet in one batch."""

    kind: Literal["shuffle", "m-per-class", "individuals"] = Field(
        "shuffle",
        description=(
            "shuffle: every photo once an epoch. m-per-class: as pytorch-metric-learning does it."
            " individuals: individuals in random order, `per_individual` photos of each, from both"
            " flanks where there are both; every individual once an epoch."
        ),
    )
    per_individual: int = Field(4, ge=1, le=64, description="Photos of one individual in a batch.")
    singles: Literal["drop", "keep"] = Field(
        "keep", description="Individuals with one photo: left out, or kept as others' negatives."
    )
    balance_species: float = Field(
        0.0, ge=0, le=1, description="0: species as often as they come; 1: all equally often."
    )


class Augment(Options):
    """Random changes in training; geometric ones move all channels together."""

    rotate: float = Field(10.0, ge=0, le=180, description="Degrees, at most, to either side.")
    crop: float = Field(0.1, ge=0, lt=0.5, description="Cut from each side, at most, of the size.")
    flip: float = Field(
        0.0, ge=0, le=1, description="Mirroring; never for animals whose flanks differ."
    )
    colour: float = Field(
        0.1, ge=0, le=1, description="Brightness, contrast, saturation; on RGB alone."
    )
    grey: float = Field(0.0, ge=0, le=1, description="How often colour is taken away.")
    erase: float = Field(0.0, ge=0, le=1, description="How often a rectangle is painted over.")


class Optimiser(Options):
    """How the weights move."""

    kind: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(1e-3, gt=0, le=10)
    loss_learning_rate: float | None = Field(
        None, gt=0, le=10, description="Of the class centres of the loss; none: as the network."
    )
    weight_decay: float = Field(0.0, ge=0, le=1)
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="Each stage nearer the input learns this much slower."
    )
    clip: float | None = Field(None, gt=0, description="Largest length of the gradient.")


class Schedule(Options):
    """How the learning rate moves from epoch to epoch."""

    kind: Literal["constant", "step", "cosine", "exponential"] = "constant"
    warmup_epochs: int = Field(0, ge=0, le=1000, description="Linear rise to the full rate.")
    warmup_start: float = Field(0.05, gt=0, le=1, description="Share of the rate to begin with.")
    step_epochs: int = Field(10, ge=1, le=1000, description="step: epochs between two falls.")
    gamma: float = Field(0.5, gt=0, le=1, description="step, exponential: factor of a fall.")
    floor: float = Field(0.0, ge=0, le=1, description="cosine, exponential: share never undercut.")


def _whole(default: object, given: object) -> object:
    """Return a part of the settings with what its default says of the keys that are left out."""
    if not (isinstance(default, Options) and isinstance(given, Mapping)):
        return given
    known = default.model_dump()
    if isinstance(default, AnyLoss) and given.get("kind", known["kind"]) != known["kind"]:
        return given
    return {**known, **given}


class Settings(Options):
    """Everything of a training but the data."""

    classes: ClassVar[Label] = "species"
    """What a classifier tells apart; every other loss tells individuals apart."""

    network: Network = Network()
    backbone_weights: str | None = Field(
        "timm",
        description=(
            "timm: those that timm pulls from the hub; a safetensors file: its backbone;"
            " none: random."
        ),
    )
    loss: Loss = Contrastive()
    sampling: Sampling = Sampling()
    augment: Augment = Augment()
    optimiser: Optimiser = Optimiser()
    schedule: Schedule = Schedule()
    epochs: int = Field(30, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=4096)
    frozen_epochs: int = Field(0, ge=0, description="First epochs that train the head alone.")
    frozen_statistics: bool = Field(
        False, description="Batch normalisation keeps the statistics it has; for few photos."
    )
    ema: float | None = Field(
        None, gt=0, lt=1, description="Decay of the running mean of the weights; none: no mean."
    )
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = Field(0, ge=0)
    processes: int = Field(
        1, ge=1, le=64, description="Graphics cards, or processes, that share every batch."
    )
    patience: int | None = Field(
        None, ge=1, description="Stop after so many epochs without a better validation."
    )
    validate_every: int = Field(1, ge=1, description="Epochs between two validations.")
    checkpoint_minutes: float = Field(5.0, ge=0, description="At most, between two checkpoints.")
    prepared_gb: float = Field(
        8.0, ge=0, description="Prepared chips are kept on disk while training, up to this size."
    )

    @property
    def label(self) -> Label:
        """What the network learns to tell apart."""
        return self.classes if self.loss.kind == "cross-entropy" else "individual"

    @model_validator(mode="before")
    @classmethod
    def _over_defaults(cls, given: object) -> object:
        """Keep, in a part that is given in part, what this class says of the rest of it.

        Otherwise `network: {backbone: resnet18}` would silently bring back three channels to a
        network of four. A loss of another kind has nothing to keep.
        """
        if not isinstance(given, Mapping):
            return given
        parts = {
            name: _whole(field.default, given.get(name))
            for name, field in cls.model_fields.items()
            if name in given
        }
        return {**given, **parts}

    @model_validator(mode="after")
    def _batches_fit(self) -> Self:
        if self.sampling.kind != "shuffle" and self.batch_size % self.sampling.per_individual:
            raise ValueError(
                f"batch_size ({self.batch_size}) must be a multiple of"
                f" sampling.per_individual ({self.sampling.per_individual})"
            )
        return self

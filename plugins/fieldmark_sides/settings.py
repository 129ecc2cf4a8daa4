"""What can be set for the classifier of sides and its training; needs no torch."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from fieldmark.components import Options
from fieldmark.training import Label
from fieldmark_deep.settings import (
    Augment,
    CrossEntropy,
    Inference,
    Network,
    Optimiser,
    Schedule,
    Settings,
)


class SideSettings(Settings):
    """A small network on wide pictures, as animals seen from the side are."""

    classes: ClassVar[Label] = "side"
    network: Network = Network(backbone="mobilenetv2_100", height=128, width=192)
    loss: CrossEntropy = CrossEntropy(balance=0.5)
    augment: Augment = Augment(rotate=10, crop=0.15, flip=0.0, colour=0.2, grey=0.1)
    optimiser: Optimiser = Optimiser(kind="adamw", learning_rate=5e-4, weight_decay=0.01)
    schedule: Schedule = Schedule(kind="cosine")
    epochs: int = Field(8, ge=1, le=10_000)
    calibration: float = Field(
        0.2,
        gt=0,
        le=0.5,
        description=(
            "Share of the training photos, in whole individuals and visits, that are not learnt"
            " from: they say how sure the classifier may be."
        ),
    )
    calibration_least: int = Field(
        30, ge=2, le=10_000, description="With fewer photos to calibrate on nothing is trained."
    )
    target: float = Field(
        0.02,
        gt=0,
        lt=0.5,
        description="The share of wrong sides, among those that are told, that is aimed at.",
    )

    floor: float = Field(
        0.9,
        ge=0,
        le=1,
        description=(
            "Below this probability no side is told, however seldom the classifier errs on photos"
            " like those of its training: on others it errs more often, and is less sure."
        ),
    )

    @model_validator(mode="after")
    def _never_mirrored(self) -> Self:
        if self.augment.flip:
            raise ValueError(
                f"augment.flip must be 0 (got {self.augment.flip:g}): a mirrored left side looks"
                " like a right one, and would be learnt as left"
            )
        return self


class SideOptions(Options):
    """Options of `side`."""

    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description=(
            "The least probability with which a side is told; below, it stays unknown. None: the"
            " one that was found when the weights were calibrated."
        ),
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "float32", description="auto: bfloat16 where the hardware is built for it."
    )
    untrained: Network | None = Field(
        None, description="Random weights in a network of this shape, for tests."
    )

    def inference(self) -> Inference:
        """Return how its network is run: chip by chip."""
        return Inference(batch_size=1, precision=self.precision, untrained=self.untrained)

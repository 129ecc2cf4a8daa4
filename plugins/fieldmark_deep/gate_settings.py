"""What can be set for a gate and its training; needs no torch."""

from typing import Literal

from pydantic import Field

from fieldmark.components import Options
from fieldmark_deep.settings import (
    Augment,
    CrossEntropy,
    Inference,
    Loss,
    Network,
    Optimiser,
    Schedule,
    Settings,
)


class GateSettings(Settings):
    """ResNet-50 that tells species apart; a mirrored animal is still of its species."""

    network: Network = Network(backbone="resnet50", height=224, width=224)
    loss: Loss = CrossEntropy(balance=0.5)
    augment: Augment = Augment(rotate=10, crop=0.1, flip=0.5, colour=0.1)
    optimiser: Optimiser = Optimiser(kind="adamw", learning_rate=3e-4, weight_decay=0.01)
    schedule: Schedule = Schedule(kind="cosine")
    epochs: int = Field(12, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=4096)


class GateOptions(Options):
    """Options of a gate."""

    keep: tuple[str, ...] = Field(
        (), description="Classes that go on; what else is seen is set aside. Must be named."
    )
    threshold: float = Field(
        0.5, ge=0, le=1, description="The least probability of those classes together."
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

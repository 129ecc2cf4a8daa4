"""The settings of the leopard recipes: Imperial College London, 2024."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fieldmark.components import Options
from fieldmark_deep.settings import (
    Augment,
    CosFace,
    Loss,
    Network,
    Optimiser,
    Sampling,
    Schedule,
    Settings,
)


class EdgeOptions(Options):
    """Options of `edge-channel`.

    The paper names neither the thresholds nor the size of the blur; docs/benchmarks/edge-channel.md
    says how these were found.
    """

    blur: Literal[1, 3, 5, 7, 9] = Field(
        5, description="Pixels of the Gaussian before; 1: no blur."
    )
    low: float = Field(
        80.0, ge=0, le=10_000, description="Gradient from which an edge goes on (Canny)."
    )
    high: float = Field(
        200.0, ge=0, le=10_000, description="Gradient from which an edge begins (Canny)."
    )
    masked: bool = Field(
        False, description="Only edges on the animal, where a step before has found it."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")
        return self


class LeopardSettings(Settings):
    """EfficientNetV2-B2 on colours and edges → 1,024 numbers, CosFace with the margin m·h(θ).

    The paper names the network, 512 × 256 pixels, four channels, s = 64, m = 0.28, h(θ), four
    photos of each individual with both flanks in one batch, leopards with one photo left out,
    rotation by 10°, crops of 10 % per side, slight colour jitter on RGB alone, Adam at 1e-3 and
    batches of 64. It says "with a scheduler", but not which: the cosine is ours, and so are the
    epochs and the 10 % of the colour jitter.
    """

    network: Network = Network(
        backbone="tf_efficientnetv2_b2", height=256, width=512, channels=4, embedding_size=1024
    )
    loss: Loss = CosFace(margin=0.28, scale=64.0, adaptive=True)
    sampling: Sampling = Sampling(kind="individuals", per_individual=4, singles="drop")
    augment: Augment = Augment(rotate=10, crop=0.1, flip=0.0, colour=0.1)
    optimiser: Optimiser = Optimiser(kind="adam", learning_rate=1e-3)
    schedule: Schedule = Schedule(kind="cosine")
    epochs: int = Field(30, ge=1, le=10_000)
    batch_size: int = Field(64, ge=2, le=4096)

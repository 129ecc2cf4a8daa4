"""The settings of the multi-species recipe: MiewID (2024, arXiv 2412.05602) and its code."""

from collections.abc import Mapping

from pydantic import Field

from fieldmark_deep.settings import (
    MIEWID_SHAPE,
    ArcFace,
    Augment,
    Loss,
    Network,
    Optimiser,
    Sampling,
    Schedule,
    Settings,
)

PEAK = 8.97e-4
"""MiewID's highest learning rate; it starts at 4.73e-5 and ends at 1.4e-6."""


class MultispeciesSettings(Settings):
    """EfficientNetV2 → GeM (p = 3, learnable) → batch normalisation → 2,152 numbers.

    Sub-center ArcFace with three centers, scale 51.96, and margins between 0.2 (the commonest
    individual) and 0.3284 (the rarest). The rate rises for 15 epochs and then falls by 0.8 each
    epoch; MiewID's own code ran that schedule twice as fast, because its scheduler counted every
    epoch twice.
    """

    network: Network = MIEWID_SHAPE
    loss: Loss = ArcFace(centers=3, scale=51.96, margin=0.3284, margin_min=0.2)
    sampling: Sampling = Sampling(kind="shuffle", balance_species=0.5)
    augment: Augment = Augment(rotate=15, crop=0.1, flip=0.0, colour=0.1, grey=0.1, erase=0.2)
    optimiser: Optimiser = Optimiser(kind="adam", learning_rate=PEAK)
    schedule: Schedule = Schedule(
        kind="exponential",
        warmup_epochs=15,
        warmup_start=4.73e-5 / PEAK,
        gamma=0.8,
        floor=1.4e-6 / PEAK,
    )
    epochs: int = Field(30, ge=1, le=10_000)
    batch_size: int = Field(16, ge=2, le=4096)


FINE_TUNE: Mapping[str, object] = {
    "frozen_epochs": 3,
    "frozen_statistics": True,
    "epochs": 12,
    "optimiser": {"kind": "adamw", "learning_rate": 3e-4, "layer_decay": 0.75, "clip": 1.0},
    "schedule": {"kind": "cosine"},
}
"""Three epochs of the head alone, then all layers, as MiewID fine-tunes."""

"""The settings of the tiger recipes: a 2024 project report on PyTorch-Wildlife and ATRW."""

from pydantic import Field

from fieldmark_deep.gate_settings import GateOptions
from fieldmark_deep.settings import (
    Augment,
    Contrastive,
    CrossEntropy,
    Loss,
    Network,
    Optimiser,
    Sampling,
    Schedule,
    Settings,
)


class SiameseSettings(Settings):
    """ResNet-50 → 512 numbers, contrastive loss on pairs, Euclidean, margin 1.0.

    The report names the loss, the size, Adam at 1e-3, a fall by half every 10 epochs and 55
    epochs. It is silent about the size of the pictures, the batches and the augmentation: those
    here are ours.
    """

    network: Network = Network(backbone="resnet50", height=256, width=256, embedding_size=512)
    loss: Loss = Contrastive(margin=1.0)
    sampling: Sampling = Sampling(kind="individuals", per_individual=4, singles="keep")
    augment: Augment = Augment(rotate=10, crop=0.1, flip=0.0, colour=0.1)
    optimiser: Optimiser = Optimiser(kind="adam", learning_rate=1e-3)
    schedule: Schedule = Schedule(kind="step", step_epochs=10, gamma=0.5)
    epochs: int = Field(55, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=4096)


class ReportGateSettings(Settings):
    """ResNet-50 (or resnet18), tiger or not, flips, batches of 32, 30 epochs."""

    network: Network = Network(backbone="resnet50", height=224, width=224)
    loss: Loss = CrossEntropy()
    augment: Augment = Augment(rotate=0, crop=0.0, flip=0.5, colour=0.0)
    optimiser: Optimiser = Optimiser(kind="adam", learning_rate=1e-4)
    epochs: int = Field(30, ge=1, le=10_000)
    batch_size: int = Field(32, ge=2, le=4096)


class TigerGateOptions(GateOptions):
    """Options of `tiger-gate`."""

    keep: tuple[str, ...] = Field(
        ("tiger",), min_length=1, description="Classes that go on; what else is seen is set aside."
    )

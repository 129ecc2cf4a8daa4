"""The multi-species settings are MiewID's (arXiv 2412.05602), its schedule as it is written."""

import pytest

from fieldmark.training import merged
from fieldmark_deep.settings import ArcFace
from fieldmark_deep.training.schedule import factor
from fieldmark_multispecies import MULTISPECIES
from fieldmark_multispecies.settings import MultispeciesSettings


def rate(epoch: float) -> float:
    """Return the learning rate when so many epochs have passed."""
    given = MultispeciesSettings()
    return given.optimiser.learning_rate * factor(given.schedule, epoch, given.epochs)


def test_the_network_is_miewids() -> None:
    """EfficientNetV2-M at 440 pixels, GeM, a batch norm and no head."""
    network = MultispeciesSettings().network
    assert (network.backbone, network.height, network.width) == ("efficientnetv2_rw_m", 440, 440)
    assert (network.pooling, network.neck, network.embedding_size) == ("gem", True, None)


def test_the_loss_is_miewids() -> None:
    """Sub-center ArcFace: three centers, scale 51.96, margins from 0.2 to 0.3284."""
    wanted = ArcFace(centers=3, scale=51.96, margin=0.3284, margin_min=0.2)
    assert MultispeciesSettings().loss == wanted


def test_length_and_batches_are_miewids() -> None:
    """Adam, 30 epochs, batches of 16."""
    given = MultispeciesSettings()
    assert (given.optimiser.kind, given.epochs, given.batch_size) == ("adam", 30, 16)


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (0, 4.73e-5),
        (7.5, (4.73e-5 + 8.97e-4) / 2),
        (15, 8.97e-4),
        (16, 8.97e-4 * 0.8),
        (29, 8.97e-4 * 0.8**14),
    ],
)
def test_the_rate_by_hand(epoch: float, expected: float) -> None:
    """A straight rise from 4.73e-5 to 8.97e-4 over 15 epochs, then a fall by 0.8 each epoch."""
    assert rate(epoch) == pytest.approx(expected, rel=1e-9)


def test_the_rate_never_falls_below_the_lowest() -> None:
    """However long the training, the rate stays at 1.4e-6 or above."""
    assert rate(300) == pytest.approx(1.4e-6, rel=1e-9)


def test_fine_tuning_begins_with_the_head() -> None:
    """Three epochs of the head alone, then all layers, those near the input more slowly."""
    training = MULTISPECIES.training
    assert training is not None
    laid = merged(MultispeciesSettings().model_dump(mode="json"), training.fine_tune)
    given = MultispeciesSettings.model_validate(laid)
    assert given.frozen_epochs == 3 < given.epochs
    assert given.optimiser.layer_decay < 1
    assert given.network == MultispeciesSettings().network

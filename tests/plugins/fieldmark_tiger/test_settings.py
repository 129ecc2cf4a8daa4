"""The tiger's settings are those of the 2024 project report."""

import pytest
from pydantic import ValidationError

from fieldmark_deep.settings import Contrastive, CrossEntropy
from fieldmark_deep.training.schedule import factor
from fieldmark_tiger import GATE, SIAMESE
from fieldmark_tiger.settings import ReportGateSettings, SiameseSettings, TigerGateOptions


def test_the_siamese_network_is_the_reports() -> None:
    """ResNet-50 to 512 numbers of length 1, so that distances are Euclidean on a sphere."""
    network = SiameseSettings().network
    assert (network.backbone, network.embedding_size) == ("resnet50", 512)
    assert (network.channels, network.normalise) == (3, True)


def test_the_siamese_loss_is_the_reports() -> None:
    """Contrastive loss on pairs with margin 1.0; every batch holds pairs of one animal."""
    given = SiameseSettings()
    assert given.loss == Contrastive(margin=1.0)
    assert given.sampling.per_individual >= 2
    assert given.sampling.kind == "individuals"


@pytest.mark.parametrize(
    ("epoch", "expected"), [(0, 1e-3), (9.9, 1e-3), (10, 5e-4), (20, 2.5e-4), (54, 1e-3 / 32)]
)
def test_the_siamese_rate_by_hand(epoch: float, expected: float) -> None:
    """Adam at 1e-3, halved every 10 epochs, over 55 epochs."""
    given = SiameseSettings()
    assert (given.optimiser.kind, given.epochs) == ("adam", 55)
    rate = given.optimiser.learning_rate * factor(given.schedule, epoch, given.epochs)
    assert rate == pytest.approx(expected)


def test_tigers_are_never_mirrored_to_tell_them_apart() -> None:
    """The flanks of a tiger differ, so that a mirrored one is another animal; a gate may flip."""
    assert SiameseSettings().augment.flip == 0
    assert ReportGateSettings().augment.flip == 0.5


def test_the_gate_is_the_reports() -> None:
    """ResNet-50 that tells species apart, in batches of 32, for 30 epochs; or ResNet-18."""
    given = ReportGateSettings()
    assert (given.network.backbone, given.batch_size, given.epochs) == ("resnet50", 32, 30)
    assert given.loss == CrossEntropy()
    smaller = ReportGateSettings.model_validate({"network": {"backbone": "resnet18"}})
    assert smaller.network.backbone == "resnet18"
    assert GATE.training is not None
    assert GATE.training.label == "species"
    assert SIAMESE.training is not None
    assert SIAMESE.training.label == "individual"


def test_the_gate_keeps_tigers() -> None:
    """Without options it lets through what is a tiger rather than anything else."""
    assert (TigerGateOptions().keep, TigerGateOptions().threshold) == (("tiger",), 0.5)


@pytest.mark.parametrize("wrong", [{"keep": []}, {"threshold": 1.1}, {"threshold": -0.1}])
def test_gates_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    """A gate keeps at least one class, and its threshold is a probability."""
    with pytest.raises(ValidationError):
        TigerGateOptions.model_validate(wrong)


def test_the_gate_is_asked_chip_by_chip_in_full_precision() -> None:
    """No chip's fate depends on rounding or on its neighbours in a batch."""
    inference = TigerGateOptions().inference()
    assert (inference.batch_size, inference.precision) == (1, "float32")

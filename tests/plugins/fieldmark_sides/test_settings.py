"""What may be set for the classifier of sides."""

import pytest
from pydantic import ValidationError

from fieldmark_sides import SIDE
from fieldmark_sides.settings import SideOptions, SideSettings


def test_it_learns_sides_and_never_mirrors() -> None:
    """Its classes are sides, and nothing in its defaults mirrors."""
    settings = SideSettings()
    assert settings.label == "side"
    assert settings.augment.flip == 0
    assert SIDE.training is not None
    assert SIDE.training.label == "side"
    assert not SIDE.parallel


@pytest.mark.parametrize("flip", [0.01, 0.5, 1.0])
def test_mirroring_is_refused(flip: float) -> None:
    """A mirrored left side would be learnt as left, so any mirroring is a mistake."""
    with pytest.raises(ValidationError, match=r"augment\.flip must be 0 .*: a mirrored left side"):
        SideSettings.model_validate({"augment": {"flip": flip}})


def test_other_losses_are_refused() -> None:
    """Sides are classes; nothing else can be learnt here."""
    with pytest.raises(ValidationError, match="cross-entropy"):
        SideSettings.model_validate({"loss": {"kind": "triplet"}})


def test_parts_keep_the_defaults_of_the_rest() -> None:
    """A recipe that sets one key of a part keeps the others."""
    made = SideSettings.model_validate({"augment": {"rotate": 3}, "network": {"height": 96}})
    assert (made.augment.crop, made.network.backbone) == (0.15, "mobilenetv2_100")


def test_the_threshold_is_that_of_the_weights_unless_one_is_given() -> None:
    """No option is needed; one that is given is a probability."""
    assert SideOptions().threshold is None
    with pytest.raises(ValidationError):
        SideOptions(threshold=1.2)

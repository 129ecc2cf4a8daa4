"""What can be set for a gate."""

import pytest
from pydantic import ValidationError

from fieldmark_deep import SPECIES_GATE
from fieldmark_deep.gate_settings import GateOptions, GateSettings


def test_a_gate_tells_species_apart_and_may_mirror() -> None:
    """A mirrored lion is a lion, so mirroring teaches what does not matter."""
    assert GateSettings().label == "species"
    assert GateSettings().augment.flip == 0.5
    assert SPECIES_GATE.training is not None
    assert SPECIES_GATE.training.label == "species"
    assert not SPECIES_GATE.parallel


def test_a_gate_runs_chip_by_chip_in_full_precision() -> None:
    """No chip's fate depends on rounding or on its neighbours in a batch."""
    inference = GateOptions(keep=("lion",)).inference()
    assert (inference.batch_size, inference.precision) == (1, "float32")


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_the_threshold_is_a_probability(threshold: float) -> None:
    """Anything else is refused."""
    with pytest.raises(ValidationError):
        GateOptions(keep=("lion",), threshold=threshold)

"""What can be set in a recipe."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from fieldmark_deep.settings import ArcFace, Network, Settings


def test_the_loss_is_told_by_its_kind() -> None:
    """`kind` says which loss it is, and so which keys are allowed."""
    made = Settings.model_validate({"loss": {"kind": "arcface", "centers": 3}})
    assert made.loss == ArcFace(centers=3)
    with pytest.raises(ValidationError, match="centers"):
        Settings.model_validate({"loss": {"kind": "contrastive", "centers": 3}})
    with pytest.raises(ValidationError, match="kind"):
        Settings.model_validate({"loss": {"kind": "softmax"}})


def test_unknown_keys_are_refused() -> None:
    """A key that is not there is a mistake, not a remark."""
    with pytest.raises(ValidationError, match="learning_rate"):
        Settings.model_validate({"learning_rate": 0.1})


def test_batches_hold_whole_individuals() -> None:
    """Batches of individuals must be a multiple of the photos of each."""
    sampling = {"kind": "m-per-class", "per_individual": 4}
    with pytest.raises(ValidationError, match=r"batch_size \(30\) must be a multiple"):
        Settings.model_validate({"batch_size": 30, "sampling": sampling})
    assert Settings.model_validate({"batch_size": 32, "sampling": sampling}).batch_size == 32
    assert Settings.model_validate({"batch_size": 30}).batch_size == 30


@pytest.mark.parametrize(
    ("key", "value"), [("height", 8), ("channels", 0), ("embedding_size", 1), ("pooling", "max")]
)
def test_values_out_of_range_are_refused(key: str, value: object) -> None:
    """Every number has its range and every word its list."""
    with pytest.raises(ValidationError, match=key):
        Network.model_validate({key: value})


def test_settings_survive_json() -> None:
    """Settings written to JSON and read again are the same."""
    made = Settings.model_validate({"loss": {"kind": "cosface", "adaptive": True}, "ema": 0.99})
    assert Settings.model_validate_json(made.model_dump_json()) == made


def test_reading_settings_needs_no_torch() -> None:
    """Profiles and recipes are read without the heavy libraries."""
    code = "import sys, fieldmark_deep.settings as s; s.Settings(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""The records of deep embedders."""

import subprocess
import sys

from fieldmark.components import Role
from fieldmark.testing import contract
from fieldmark.types import FeatureKind
from fieldmark_deep import TIMM
from fieldmark_deep.records import FINE_TUNE, deep_embedder
from fieldmark_deep.settings import Inference, Settings

test_contract = contract("fieldmark_deep")


def test_a_record_says_everything() -> None:
    """A deep embedder emits vectors, can be trained, and names the extra that it needs."""
    record = deep_embedder("leopard-like", "With edges", Settings)
    record.check(Role.EMBEDDER)
    assert (record.emits, record.extra) == (FeatureKind.VECTOR, "fieldmark[deep]")
    assert record.training is not None
    assert record.training.settings is Settings
    example = Inference.model_validate(record.example)
    assert example.untrained is not None


def test_what_differs_when_fine_tuning_is_valid() -> None:
    """The settings of fine-tuning are settings: the head first, then all, layer by layer."""
    made = Settings.model_validate(FINE_TUNE)
    assert made.frozen_epochs > 0
    assert made.optimiser.layer_decay < 1
    assert TIMM.training is not None
    assert TIMM.training.fine_tune == FINE_TUNE


def test_listing_a_record_needs_no_torch() -> None:
    """The plugin is listed without the heavy libraries."""
    code = "import sys, fieldmark_deep; print({'torch', 'timm', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

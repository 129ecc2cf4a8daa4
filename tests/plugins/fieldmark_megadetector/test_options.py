"""What can be set, and what is refused."""

import sys
from typing import get_args

import pytest
from pydantic import ValidationError

from fieldmark_megadetector.options import PYTHON, MegaDetectorOptions, Version
from fieldmark_megadetector_worker.variants import LABELS, VARIANTS


def test_every_variant_can_be_named() -> None:
    """The profile's words are those that the worker knows, all eleven."""
    assert get_args(Version.__value__ if hasattr(Version, "__value__") else Version) == tuple(
        VARIANTS
    )
    assert len(VARIANTS) == 11


def test_the_default_is_permissive() -> None:
    """Who sets nothing gets weights under the MIT licence."""
    assert VARIANTS[MegaDetectorOptions().version].licence == "MIT"


def test_labels_without_a_threshold_have_the_default() -> None:
    """`confidence` holds for every label that `thresholds` does not name."""
    given = MegaDetectorOptions(confidence=0.3, thresholds={"person": 0.6})
    assert given.least() == {"animal": 0.3, "person": 0.6, "vehicle": 0.3}
    assert tuple(given.least()) == LABELS


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "yolov9c"},
        {"confidence": 1.5},
        {"thresholds": {"tiger": 0.5}},
        {"iou": -0.1},
        {"batch_size": 0},
        {"image_size": 100},
        {"version": "MDV6-apa-rtdetr-c", "image_size": 1280},
        {"model": "x"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    """A version, a label or a number that is not allowed is a mistake in the profile."""
    with pytest.raises(ValidationError):
        MegaDetectorOptions.model_validate(wrong)


def test_the_python_is_the_nearest_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option comes before the environment variable, and that before fieldmark's own Python."""
    monkeypatch.delenv(PYTHON, raising=False)
    assert MegaDetectorOptions().interpreter() == sys.executable
    monkeypatch.setenv(PYTHON, "/other/python")
    assert MegaDetectorOptions().interpreter() == "/other/python"
    assert MegaDetectorOptions(python="/mine").interpreter() == "/mine"

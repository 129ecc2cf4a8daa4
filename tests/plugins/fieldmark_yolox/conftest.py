"""Weights for the tests: a tiny network, and a real one where there is one."""

import os
from pathlib import Path

import pytest

from support.tinyx import written

WEIGHTS = Path(
    os.environ.get("FIELDMARK_WEIGHTS", Path(__file__).parents[4] / "shared" / "weights")
)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return the ONNX file of a tiny YOLOX network."""
    return written(tmp_path)


@pytest.fixture
def real() -> Path:
    """Return the ONNX file of YOLOX-nano."""
    path = WEIGHTS / "yolox_nano" / "yolox_nano.onnx"
    if not path.is_file():
        pytest.skip("no yolox_nano/yolox_nano.onnx in the folder that FIELDMARK_WEIGHTS names")
    return path

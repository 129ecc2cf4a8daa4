"""MegaDetector keeps the contract that every detector must keep."""

import os
from importlib.util import find_spec

import pytest

from fieldmark.testing import contract
from fieldmark_megadetector.options import PYTHON

pytestmark = pytest.mark.skipif(
    not os.environ.get(PYTHON) and find_spec("PytorchWildlife") is None,
    reason=f"PyTorch-Wildlife is not installed; a Python that has it: {PYTHON}=…",
)

test_contract = contract("fieldmark_megadetector")

"""PyTorch-Wildlife and fieldmark side by side in one environment, installed as the docs say."""

import os
import subprocess

import pytest

PYTHON = os.environ.get("FIELDMARK_MEGADETECTOR_PYTHON")
pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="FIELDMARK_MEGADETECTOR_PYTHON names no Python with PyTorch-Wildlife"
)


def said(*arguments: str) -> str:
    """Return what fieldmark says in that environment; it must succeed."""
    command = [str(PYTHON), "-m", "fieldmark", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    if "No module named fieldmark" in done.stderr:
        pytest.skip("fieldmark itself is not installed there, which the worker does not need")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_doctor_finds_nothing_broken() -> None:
    """OpenCV is whole, with its contrib parts, although others ask for smaller wheels."""
    lines = said("doctor").splitlines()
    assert any(line.startswith("ok  OpenCV") for line in lines)
    assert any(line.startswith("ok  extra megadetector: PytorchWildlife") for line in lines)


def test_local_features_keep_their_contract_there() -> None:
    """What the installation of PyTorch-Wildlife brings does not break the SIFT plugin."""
    assert said("plugins", "check", "fieldmark_sift").splitlines()[-1] == "All checks passed."

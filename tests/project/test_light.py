"""What is not imported: the command answers at once, and the SIFT path needs no torch."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pydantic", "cv2", "torch", "faiss", "sqlalchemy", "pluggy", "yaml")


def imported(code: str, *modules: str) -> set[str]:
    """Return which of the modules a fresh interpreter has imported after running the code."""
    report = f"\nimport sys; print('imported:', *({set(modules)!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("imported:")[2].split())


def test_help_imports_nothing_heavy() -> None:
    """`fieldmark --help` is there before numpy, pydantic, cv2 or torch would be."""
    code = """
from fieldmark.cli import main
try:
    main(["--help"])
except SystemExit as end:
    assert not end.code
"""
    assert imported(code, *HEAVY) == set()


def test_module_can_be_run() -> None:
    """`python -m fieldmark --help` is the same command."""
    command = [sys.executable, "-m", "fieldmark", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "identify" in done.stdout


def test_listing_plugins_imports_no_vision_library() -> None:
    """What is installed can be listed before any component is built."""
    code = "from fieldmark.plugins import Plugins; assert Plugins.installed().offers"
    assert imported(code, "cv2", "torch", "faiss", "timm", "sklearn") == set()


@pytest.mark.parametrize("pipeline", ["local", "pairwise"])
def test_sift_path_never_imports_torch(pipeline: str) -> None:
    """From the profile to the candidates, the local pipelines work without torch."""
    code = f"""
import numpy as np
from fieldmark.components import Role
from fieldmark.plugins import Plugins
from fieldmark.profile import find_profile, load_profile
from fieldmark.testing.galleries import OpenRules
from fieldmark.testing.subjects import picture
from fieldmark.types import Chip, Query

plugins = Plugins.installed()
pipeline = load_profile(find_profile("tiger"), plugins).pipeline({pipeline!r})
chip = Chip(picture(1, 300, 420))
for step in pipeline.preprocess:
    chip = plugins.build(Role.PREPROCESSOR, step.use, step.options).apply(chip)
(features,) = plugins.build(Role.EMBEDDER, pipeline.embed.use).embed([chip])
index = plugins.build(Role.MATCHER, pipeline.match.use).index()
index.add([1], [features])
index.search([Query(2, features)], 5, OpenRules())
"""
    loaded = imported(code, "cv2", "torch", "torchvision", "timm", "tensorflow")
    assert loaded == {"cv2"}

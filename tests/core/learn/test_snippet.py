"""The lines of a profile that use what was trained."""

import hashlib
from pathlib import Path

import pytest
import yaml

from fieldmark.learn.recipes import read_recipe
from fieldmark.learn.snippet import snippet
from fieldmark.plugins import Plugins

BEFORE = "preprocess: [{use: crop, options: {margin: 0.2}}]"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a file that stands for weights."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    return path


def lines(recipe: str, weights: Path) -> object:
    """Return the snippet of a recipe, read as YAML."""
    resolved = read_recipe(f"name: own\n{recipe}\n{BEFORE}\n", Plugins.installed())
    return yaml.safe_load(snippet(resolved, weights))


def test_each_kind_of_component_has_its_place(weights: Path) -> None:
    """A gate ends the preparation, an embedder follows it, a classifier of sides stands alone."""
    reference = f"{weights.as_uri()}#sha256={hashlib.sha256(b'weights').hexdigest()}"
    crop = {"use": "crop", "options": {"margin": 0.2}}
    assert lines("preprocessor: {use: side}", weights) == {
        "sides": {"classifier": {"preprocess": [crop], "use": "side", "weights": reference}}
    }
    assert lines("preprocessor: {use: species-gate, options: {keep: [lion]}}", weights) == {
        "preprocess": [
            crop, {"use": "species-gate", "options": {"keep": ["lion"]}, "weights": reference},
        ]
    }  # fmt: skip
    assert lines("embed: {use: timm}", weights) == {
        "preprocess": [crop],
        "embed": {"use": "timm", "weights": reference},
        "match": {"use": "nearest"},
    }

"""The shipped recipes: they load, they agree with the plugins' defaults, and they give reasons."""

import math
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldmark.learn.recipes import Resolved, list_recipes, load_recipe, read_recipe
from fieldmark.plugins import Plugins

FOLDER = Path(__file__).parents[2] / "species" / "recipes"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
CHANGED = {
    "baseline-mlp": {"grid": True},
    "baseline-triplet-resnet": {"optimiser": {"learning_rate": 1e-4}, "patience": 5},
    "leopard-cosface-constant": {"loss": {"adaptive": False}},
    "leopard-triplet": {
        "network": {"embedding_size": 128},
        "loss": None,
        "sampling": {"singles": "keep"},
        "optimiser": {"learning_rate": 8e-4},
        "schedule": {"kind": "constant"},
        "batch_size": 32,
    },
}
"""What a recipe sets otherwise than its plugin does; None: a group of another kind."""


@pytest.fixture(scope="module")
def ours() -> Plugins:
    """Return the built-in plugins alone, whatever else is installed."""
    entries = entry_points(group="fieldmark")
    return Plugins(entry for entry in entries if entry.dist and entry.dist.name == "fieldmark")


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Return a shipped recipe's file."""
    file: Path = request.param
    return file


@pytest.fixture
def resolved(path: Path, ours: Plugins) -> Resolved:
    """Return a shipped recipe, checked against the built-in plugins."""
    return load_recipe(path, ours)


def unlike(wanted: Any, found: Any) -> Any:
    """Return where found differs from wanted, as a tree of what was found; {} for nowhere."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        if wanted.get("kind") != found.get("kind") and wanted.keys() != found.keys():
            return None
        parts = {key: unlike(wanted[key], found[key]) for key in wanted.keys() & found.keys()}
        return {key: part for key, part in parts.items() if part != {}}
    if isinstance(wanted, float) and isinstance(found, float):
        return {} if math.isclose(wanted, found, rel_tol=5e-3) else found  # three digits written
    return {} if wanted == found else found


def test_promised_recipes_are_shipped() -> None:
    """Every system that the project starts from has its recipe, where programs look for them."""
    promised = {
        "tiger-gate",
        "tiger-siamese",
        "leopard-cosface",
        "leopard-triplet",
        "multispecies-arcface",
        "baseline-mlp",
        "baseline-triplet-resnet",
        "baseline-pairs",
    }
    assert promised <= {path.stem for path in SHIPPED}
    assert {path.stem for path in SHIPPED} <= {found.name for found in list_recipes()}


def test_a_recipe_says_what_its_plugin_does(resolved: Resolved) -> None:
    """What a recipe repeats are the defaults, so that leaving it out changes nothing."""
    defaults = resolved.training.settings().model_dump(mode="json")
    found = resolved.settings.model_dump(mode="json")
    assert unlike(defaults, found) == CHANGED.get(resolved.recipe.name, {})


def test_a_resolved_recipe_reads_as_itself(resolved: Resolved, ours: Plugins) -> None:
    """What is written into a training's folder gives the same settings again."""
    again = read_recipe(resolved.text, ours)
    assert again.settings == resolved.settings
    assert again.text == resolved.text


def test_a_recipe_fits_the_chips_that_it_makes(resolved: Resolved) -> None:
    """Where a step sizes the chips, it sizes them as the network takes them."""
    sizes = [step.options for step in resolved.recipe.preprocess if step.use == "resize"]
    network = resolved.recipe.train.get("network")
    for size in sizes:
        assert isinstance(network, dict)
        assert (size["height"], size["width"]) == (network["height"], network["width"])


def test_a_recipe_explains_itself(path: Path) -> None:
    """It has one line for lists, names its source, and marks what is not from there."""
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["summary"]
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert any("Source:" in line for line in head)
    assert all(len(line) <= 110 for line in text.splitlines())

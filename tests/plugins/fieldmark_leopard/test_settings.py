from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldmark_deep.settings import CosFace, Triplet
from fieldmark_leopard import COSFACE, EDGE_CHANNEL
from fieldmark_leopard.settings import EdgeOptions, LeopardSettings

RECIPES = Path(__file__).parents[3] / "species" / "recipes"


def recipe(name: str) -> dict[str, Any]:
    """Return a recipe as it is written."""
    read: dict[str, Any] = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    return read


def settings(name: str) -> LeopardSettings:
    """Return what a recipe sets, with the defaults."""
    return LeopardSettings.model_validate(recipe(name)["train"])


def test_the_recipe_writes_the_defaults_out() -> None:
    """What leopard-cosface.yaml says is what a training without a recipe does."""
    assert settings("leopard-cosface") == LeopardSettings()


def test_the_constant_margin_is_the_only_difference() -> None:
    """leopard-cosface-constant changes the loss alone."""
    plain = CosFace(margin=0.28, scale=64, adaptive=False)
    assert settings("leopard-cosface-constant") == LeopardSettings(loss=plain)


def test_the_triplet_recipe_is_the_papers() -> None:
    """128 numbers, margin 10 at length 64, mining from epoch 4, 8e-4 fixed, batches of 32."""
    found = settings("leopard-triplet")
    assert found.loss == Triplet(
        margin=10, length=64, mining="weighted-semi-hard", mining_from=4, soft=False
    )
    assert found.network == LeopardSettings().network.model_copy(update={"embedding_size": 128})
    assert found.sampling.singles == "keep"
    assert (found.optimiser.learning_rate, found.schedule.kind) == (8e-4, "constant")
    assert found.batch_size == 32


@pytest.mark.parametrize("name", ["leopard-cosface", "leopard-cosface-constant", "leopard-triplet"])
def test_chips_fit_the_network(name: str) -> None:
    """The steps make chips of the network's size, with the edges that its fourth channel needs."""
    steps = {step["use"]: step.get("options", {}) for step in recipe(name)["preprocess"]}
    network = settings(name).network
    assert recipe(name)["embed"]["use"] == COSFACE.name
    assert steps["resize"] == {"height": network.height, "width": network.width}
    assert network.channels == 4
    EdgeOptions.model_validate(steps[EDGE_CHANNEL.name])

"""The defaults are those of the report, also where a recipe changes one of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldmark.components import Component
from fieldmark_baselines import MLP, PAIRS, RESNET
from fieldmark_baselines.settings import MlpSettings, TripletSettings

RECIPES = Path(__file__).parents[3] / "species" / "recipes"


def test_the_triplet_network_is_the_reports() -> None:
    """ResNet50V2, 128 numbers, semi-hard, soft margin, batches of 32, pixels in [−1, 1]."""
    settings = TripletSettings()
    assert (settings.network.backbone, settings.network.embedding_size) == ("resnetv2_50", 128)
    assert (settings.loss.mining, settings.loss.soft, settings.batch_size) == (
        "semi-hard",
        True,
        32,
    )
    darkest, brightest = (
        (value - settings.network.mean[0]) / settings.network.std[0] for value in (0, 1)
    )
    assert (darkest, brightest) == (-1, 1)


def test_one_changed_key_keeps_the_others() -> None:
    """A recipe that asks for 64 numbers still gets the report's network."""
    settings = TripletSettings.model_validate(
        {"network": {"embedding_size": 64}, "loss": {"margin": 0.3}}
    )
    assert (settings.network.backbone, settings.network.embedding_size) == ("resnetv2_50", 64)
    assert (settings.loss.kind, settings.loss.soft) == ("triplet", True)


def test_the_perceptron_is_the_reports() -> None:
    """One hidden layer of 64, and a patience of five epochs."""
    assert (MlpSettings().hidden, MlpSettings().patience) == ((64,), 5)


@pytest.mark.parametrize(
    ("name", "component"),
    [("baseline-mlp", MLP), ("baseline-triplet-resnet", RESNET), ("baseline-pairs", PAIRS)],
)
def test_the_shipped_recipe_is_valid(name: str, component: Component[Any, Any]) -> None:
    """What a recipe says under `train:` is what its component takes; each names its component."""
    recipe = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert recipe["name"] == name
    assert recipe.get("embed", recipe.get("match"))["use"] == component.name
    assert component.training is not None
    component.training.settings.model_validate(recipe["train"])

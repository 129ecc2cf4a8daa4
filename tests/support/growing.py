"""A training-size study, small and real in all parts.

`python -m support.growing TABLE OUT` runs one with a tiny network, in the folder it is called in.
"""

import sys
from pathlib import Path

import yaml

from fieldmark.api.sizes import Asked, study
from fieldmark.api.weights import resolve_weights
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.preparing import Place
from fieldmark.evaluate.reading import read_animals
from fieldmark.jobs import silent
from fieldmark.learn.rows import Data, Reading
from support.learnable import RECIPE

PROFILE = """\
name: painted-cat
scientific_name: Felis picta
sides: {views: [left, right], opposite: incomparable}
pipelines:
  local:
    embed: {use: colour-histogram}
    match: {use: nearest}
default: local
"""
TINY = {
    "network": {
        "backbone": "mobilenetv3_small_050",
        "height": 32,
        "width": 48,
        "embedding_size": 16,
    },
    "backbone_weights": None,
    "loss": {"kind": "cosface"},
    "epochs": 3,
    "batch_size": 8,
    "precision": "float32",
    "checkpoint_minutes": 0.0,
}
"""A network that learns within seconds; here and not in `learning`, which imports torch."""


def prepare_folder() -> None:
    """Write a profile without networks, the small recipe and one of a tiny network."""
    recipes = Path("species/recipes")
    recipes.mkdir(parents=True)
    Path("species/painted-cat.yaml").write_text(PROFILE)
    (recipes / "toy.yaml").write_text(RECIPE)
    tiny = {"name": "tiny", "embed": {"use": "timm"}, "train": TINY}
    (recipes / "tiny.yaml").write_text(yaml.safe_dump(tiny))


def animals_of(asked: Asked) -> Animals:
    """Return the animals, split as the column says."""
    reading = Reading(asked.species, split="dev_split")
    return read_animals(asked.data, reading, None, 1, silent)


def place_of(out: Path, cache: Path | None = None) -> Place:
    """Return where the study works; a cache of another one saves the features of its photos."""
    return Place(cache or out / "cache", out / "cells", resolve_weights, 1, silent)


def heard() -> list[str]:
    """Return a list to say sentences to."""
    return []


def main() -> None:
    """Run a study and write what it found."""
    data, out = (Data(Path(sys.argv[1]), "cat"),), Path(sys.argv[2])
    asked = Asked("painted-cat", data, (2, 4), out, seeds=1, recipe="tiny")
    (found,) = study(asked, animals_of(asked), place_of(out), heard().append)
    (out / "study.json").write_text(found.model_dump_json())


if __name__ == "__main__":
    main()

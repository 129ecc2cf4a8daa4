"""A comparison's ground, small: blots of colour, their features in a cache."""

from pathlib import Path

import pytest

from fieldmark.api.weights import resolve_weights
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.preparing import Place, Prepared, prepare
from fieldmark.evaluate.protocols import draw
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.reading import read_animals
from fieldmark.jobs import silent
from fieldmark.learn.rows import Data, Reading
from fieldmark.pipeline.recipe import Recipe, resolve
from fieldmark.plugins import Plugins
from fieldmark.profile import load_profile
from support.coloured import write_blots, write_profile


@pytest.fixture(scope="session")
def blots(tmp_path_factory: pytest.TempPathFactory) -> Animals:
    """Return twelve animals, three visits each; tests must not change them."""
    table = write_blots(tmp_path_factory.mktemp("blots"))
    return read_animals([Data(table)], Reading(), None, 1, silent)


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Return the pipeline that compares colours."""
    plugins = Plugins.installed()
    profile = load_profile(write_profile(tmp_path_factory.mktemp("profile")), plugins)
    return resolve(profile, "colours", plugins)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return folders to work in."""
    return Place(tmp_path / "cache", tmp_path / "cells", resolve_weights, 1, silent)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("shared")
    return Place(folder / "cache", folder / "cells", resolve_weights, 1, silent)


@pytest.fixture(scope="session")
def prepared(blots: Animals, colours: Recipe, _shared: Place) -> tuple[Prepared, Place]:
    """Return the pipeline with its features, and where these lie."""
    return prepare(colours, blots, _shared), _shared


@pytest.fixture(scope="session")
def question(blots: Animals) -> Question:
    """Return every photo asking all others but those of its own visit."""
    return Question(blots, draw("encounter-disjoint", blots))

"""The shipped profiles: whole, pinned, explained, and they work."""

import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from fieldmark.components import Role
from fieldmark.plugins import Plugins
from fieldmark.profile import (
    Pipeline,
    Profile,
    json_schema,
    list_profiles,
    load_profile,
    new_profile_text,
    read_profile,
    shipped_folder,
)
from fieldmark.testing.galleries import OpenRules
from fieldmark.testing.subjects import picture
from fieldmark.types import Chip, Query

FOLDER = Path(__file__).parents[2] / "species"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def ours() -> Plugins:
    """Return the built-in plugins alone, whatever else is installed."""
    entries = entry_points(group="fieldmark")
    return Plugins(entry for entry in entries if entry.dist and entry.dist.name == "fieldmark")


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Return a shipped profile's file."""
    file: Path = request.param
    return file


@pytest.fixture
def profile(path: Path, ours: Plugins) -> Profile:
    """Return a shipped profile, checked against the built-in plugins."""
    return load_profile(path, ours)


def test_promised_profiles_are_shipped() -> None:
    """The species that the project promises are all there, where programs look for them."""
    promised = {"tiger", "leopard", "snow-leopard", "zebra", "nyala", "any"}
    assert promised <= {path.stem for path in SHIPPED}
    assert shipped_folder() == FOLDER
    assert promised <= {found.name for found in list_profiles()}


def test_profile_is_whole(profile: Profile, path: Path) -> None:
    """It loads, is named like its file, and starts with a pipeline that needs no weights."""
    assert profile.name == path.stem
    assert profile.common_name
    default = profile.pipeline()
    assert isinstance(default, Pipeline)
    assert default.embed.weights is None


def test_only_any_compares_opposite_sides(profile: Profile) -> None:
    """Flanks of patterned animals are incomparable; `any` has no side rule."""
    expected = "comparable" if profile.name == "any" else "incomparable"
    assert profile.sides.opposite == expected


def test_profile_helps_the_person_who_edits_it(path: Path) -> None:
    """Its first line gives editors the schema, and notes explain the rest."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=./schema.json"
    assert sum("#" in line for line in lines) >= 8
    assert max(map(len, lines)) <= 100


def chip(seed: int) -> Chip:
    """Return a picture with structure, large enough for keypoints."""
    return Chip(picture(seed, 300, 420))


def prepared(plugins: Plugins, pipeline: Pipeline, given: Chip) -> Chip:
    """Return the chip after the pipeline's preprocessors."""
    for step in pipeline.preprocess:
        done = plugins.build(Role.PREPROCESSOR, step.use, step.options).apply(given)
        assert isinstance(done, Chip)
        given = done
    return given


@pytest.mark.parametrize("name", ["local", "pairwise"])
def test_local_pipelines_identify(profile: Profile, ours: Plugins, name: str) -> None:
    """The pipelines that need no weights find a picture again among others."""
    pipeline = profile.pipeline(name)
    assert isinstance(pipeline, Pipeline)
    embedder = ours.build(Role.EMBEDDER, pipeline.embed.use, pipeline.embed.options)
    index = ours.build(Role.MATCHER, pipeline.match.use, pipeline.match.options).index()
    shown = [prepared(ours, pipeline, chip(seed)) for seed in (1, 2, 3)]
    index.add([10, 20, 30], embedder.embed(shown))
    (again,) = embedder.embed([prepared(ours, pipeline, chip(2))])

    ((best, *_),) = index.search([Query(99, again)], 3, OpenRules())

    assert best.annotations[0] == 20


def test_new_profile_passes_the_full_check(ours: Plugins) -> None:
    """What `species new` writes names only components that are there, with their kinds."""
    assert read_profile(new_profile_text("okapi", "Okapia johnstoni"), ours).default == "local"


def stored_schema() -> Any:
    """Return the schema that is shipped beside the profiles."""
    return json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))


def test_schema_is_in_step(ours: Plugins) -> None:
    """The shipped schema is that of the profiles' models and the built-in plugins."""
    hint = "run: fieldmark species schema > species/schema.json (with no other plugin installed)"
    assert stored_schema() == json_schema(ours), hint


def test_schema_accepts_the_profile(path: Path) -> None:
    """An editor has no complaint about a shipped profile."""
    validator = Draft202012Validator(stored_schema())
    assert list(validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))) == []


def test_readme_names_every_profile() -> None:
    """The folder's README lists every profile by name."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in SHIPPED:
        assert f"`{path.stem}`" in text

"""The shipped profiles: whole, pinned, explained, and they work."""

import contextlib
import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fieldmark.components import Role
from fieldmark.errors import ProfileError, UserError
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


def prepared(plugins: Plugins, pipeline: Pipeline, seed: int) -> Chip:
    """Return a picture with structure after the pipeline's preprocessors."""
    chip = Chip(picture(seed, 200, 280))
    for step in pipeline.preprocess:
        done = plugins.build(Role.PREPROCESSOR, step.use, step.options).apply(chip)
        assert isinstance(done, Chip)
        chip = done
    return chip


def identifies(plugins: Plugins, pipeline: Pipeline) -> bool:
    """Return whether a pipeline finds a picture again beside another."""
    embedder = plugins.build(Role.EMBEDDER, pipeline.embed.use, pipeline.embed.options)
    index = plugins.build(Role.MATCHER, pipeline.match.use, pipeline.match.options).index()
    first, second = embedder.embed([prepared(plugins, pipeline, seed) for seed in (1, 2)])
    index.add([10, 20], [first, second])
    ((best, *_),) = index.search([Query(99, second)], 3, OpenRules())
    return best.annotations[0] == 20


@pytest.mark.parametrize("name", ["local", "pairwise"])
def test_local_pipelines_identify(ours: Plugins, name: str) -> None:
    """Every profile's pipelines without weights work; those that are equal are tried once."""
    profiles = [load_profile(path, ours) for path in SHIPPED]
    pipelines = {each.pipeline(name).model_dump_json(): each.pipeline(name) for each in profiles}
    for pipeline in pipelines.values():
        assert isinstance(pipeline, Pipeline)
        assert identifies(ours, pipeline)


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


def test_readme_shows_real_mistakes(ours: Plugins) -> None:
    """The mistakes that the README shows are those of a new profile with two typing errors."""
    text = new_profile_text("okapi", "Okapia johnstoni")
    wrong = text.replace("opposite: incomparable", "opposite: never").replace("sift}", "shift}", 1)
    with pytest.raises(ProfileError) as caught:
        read_profile(wrong, ours, "okapi.yaml")
    assert str(caught.value) in (FOLDER / "README.md").read_text(encoding="utf-8")


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_options_are_accepted_or_refused_in_words(ours: Plugins, data: st.DataObject) -> None:
    """Whatever is written as options of a built-in component is valid or a UserError."""
    offer = data.draw(st.sampled_from(ours.offers))
    known = st.sampled_from([*offer.record.options.model_fields, "unknown"])
    options = data.draw(st.dictionaries(known, VALUES, max_size=3))
    with contextlib.suppress(UserError):
        ours.options(offer.role, offer.record.name, options)


def test_readme_names_every_profile() -> None:
    """The folder's README lists every profile by name."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in SHIPPED:
        assert f"`{path.stem}`" in text

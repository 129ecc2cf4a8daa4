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
    Fusion,
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
from fieldmark_registry.cards import Cards
from fieldmark_registry.licences import licence_of
from fieldmark_registry.places import shipped_cards

FOLDER = Path(__file__).parents[2] / "species"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
BASES = sorted(FOLDER.glob("bases/*.yaml"))
COMMERCIAL = {"cattle"}
"""Profiles of trades, which weights without a licence for commercial use do not suit."""


@pytest.fixture(scope="module")
def ours() -> Plugins:
    """Return the built-in plugins alone, whatever else is installed."""
    entries = entry_points(group="fieldmark")
    return Plugins(entry for entry in entries if entry.dist and entry.dist.name == "fieldmark")


@pytest.fixture(params=[*SHIPPED, *BASES], ids=lambda path: path.stem)
def written(request: pytest.FixtureRequest) -> Path:
    """Return the file of a shipped profile or base."""
    file: Path = request.param
    return file


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
    promised = {
        *("tiger", "leopard", "snow-leopard", "jaguar", "cheetah", "lion", "zebra", "giraffe"),
        *("nyala", "whale-shark", "sea-turtle", "harbour-seal", "cattle", "any"),
    }
    assert promised <= {path.stem for path in SHIPPED}
    assert shipped_folder() == FOLDER
    assert promised <= {found.name for found in list_profiles()}


def test_profile_is_whole(profile: Profile, path: Path) -> None:
    """It loads, is named like its file, and starts with a pipeline that needs no weights."""
    assert profile.name == path.stem
    assert profile.common_name
    assert profile.default == "local"
    assert {"local", "pairwise"} <= profile.pipelines.keys()
    for name in ("local", "pairwise"):
        pipeline = profile.pipeline(name)
        assert isinstance(pipeline, Pipeline)
        assert not weights_of(pipeline)


def weights_of(pipeline: Pipeline | Fusion) -> list[str]:
    """Return the references to weights that a pipeline names."""
    assert isinstance(pipeline, Pipeline)
    steps = (*pipeline.preprocess, pipeline.embed, pipeline.match)
    return [step.weights for step in steps if step.weights is not None]


def test_bases_are_whole_profiles(ours: Plugins) -> None:
    """Each can be used by itself, and none has the name of a species' profile."""
    assert {"patterned", "patterned-cat", "close-up"} == {path.stem for path in BASES}
    for base in BASES:
        assert load_profile(base, ours).default == "local"
    assert not {path.stem for path in BASES} & {found.name for found in list_profiles()}


def test_zero_shot_is_offered_where_it_makes_sense(profile: Profile) -> None:
    """In `any`, in every species that the network is known to have learnt, and in the others, too.

    The published list of its species is not complete, so none is left out for not being on it;
    only a trade needs the owners' word first, because no licence is stated.
    """
    card = Cards([shipped_cards()]).get("miewid-msv3")
    assert licence_of(card.licence).kind == "none stated"
    offered = "zero-shot" in profile.pipelines
    assert offered is (profile.name not in COMMERCIAL)
    assert offered or profile.scientific_name not in card.species
    if offered:
        assert weights_of(profile.pipelines["zero-shot"]) == [card.name]


def test_licences_keep_weights_out_of_trades(profile: Profile) -> None:
    """What may not be used commercially is in no profile of a trade, and in all others."""
    card = Cards([shipped_cards()]).get("megadescriptor-b-224")
    assert licence_of(card.licence).kind == "non-commercial"
    assert ("megadescriptor" in profile.pipelines) is (profile.name not in COMMERCIAL)


def test_cards_are_run_by_the_component_that_they_name(profile: Profile) -> None:
    """Weights and component fit together, as the card says."""
    cards = Cards([shipped_cards()])
    for pipeline in profile.pipelines.values():
        assert isinstance(pipeline, Pipeline)
        if pipeline.embed.weights is not None:
            assert cards.get(pipeline.embed.weights).embedder == pipeline.embed.use


def test_shared_parts_are_written_once(path: Path) -> None:
    """A profile says its own; `local` and `pairwise` stand in the bases alone."""
    own = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert own["extends"] in {base.stem for base in BASES}
    assert not {"local", "pairwise"} & own.get("pipelines", {}).keys()
    assert {"encounter", "default"}.isdisjoint(own)


def test_a_profile_gives_its_reasons(path: Path) -> None:
    """The side rule stands in the file, with its source, and what works today."""
    text = path.read_text(encoding="utf-8")
    assert "\nsides:" in text
    assert "# Today: " in text
    assert "\n# Source" in text or path.stem == "any"


def test_only_any_compares_opposite_sides(profile: Profile) -> None:
    """Flanks of patterned animals are incomparable; `any` has no side rule."""
    expected = "comparable" if profile.name == "any" else "incomparable"
    assert profile.sides.opposite == expected


def test_profile_helps_the_person_who_edits_it(written: Path) -> None:
    """Its first line gives editors the schema, and notes explain the rest."""
    lines = written.read_text(encoding="utf-8").splitlines()
    schema = "../schema.json" if written in BASES else "./schema.json"
    assert lines[0] == f"# yaml-language-server: $schema={schema}"
    assert sum("#" in line for line in lines) >= 5
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


def test_schema_accepts_the_profile(written: Path) -> None:
    """An editor has no complaint about a shipped profile or base."""
    validator = Draft202012Validator(stored_schema())
    assert list(validator.iter_errors(yaml.safe_load(written.read_text(encoding="utf-8")))) == []


def test_readme_shows_real_mistakes(ours: Plugins) -> None:
    """The mistakes that the README shows are those of a new profile with two typing errors."""
    text = new_profile_text("okapi", "Okapia johnstoni")
    wrong = text.replace("opposite: incomparable", "opposite: never")
    wrong += "pipelines: {local: {embed: {use: shift}}}\n"
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
    """The folder's README lists every profile by name, with its species, base and side rule."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    for path in SHIPPED:
        (row,) = [line for line in lines if line.startswith(f"| `{path.stem}` |")]
        own = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert f"`{own['extends']}`" in row
        assert own["scientific_name"] in row or path.stem == "any"
        assert ("never compared" in row) is (own["sides"]["opposite"] == "incomparable")


def test_readme_shows_a_profile_that_works(ours: Plugins) -> None:
    """The example of inheritance is one."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    example = text[text.index("```yaml\nname: jaguar") :].removeprefix("```yaml\n")
    profile = read_profile(example[: example.index("```")], ours)
    local, plain = (
        each.pipelines["local"] for each in (profile, load_profile(FOLDER / "jaguar.yaml"))
    )
    assert isinstance(local, Pipeline)
    assert isinstance(plain, Pipeline)
    assert local.embed.options == {"max_keypoints": 2000}
    assert local.match == plain.match
    assert "megadescriptor" not in profile.pipelines

"""What a profile inherits, and where its mistakes are told."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.errors import ProfileError, UserError
from fieldmark.pipeline.recipe import resolve
from fieldmark.plugins import Plugins
from fieldmark.profile import (
    Fusion,
    Pipeline,
    Profile,
    find_profile,
    list_bases,
    list_profiles,
    load_profile,
    read_profile,
    shipped_folder,
)

WriteProfile = Callable[..., Path]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    """Return what is installed."""
    return Plugins.installed()


def local(profile: Profile) -> Pipeline:
    """Return the pipeline `local` of a profile."""
    pipeline = profile.pipelines["local"]
    assert isinstance(pipeline, Pipeline)
    return pipeline


def mistakes(path: Path, plugins: Plugins | None = None) -> list[str]:
    """Return the mistakes in a profile, as they are shown, without the folders of files."""
    with pytest.raises(ProfileError) as caught:
        load_profile(path, plugins)
    return str(caught.value).replace(f"{path.parent}/", "").split("\n")


def test_what_is_not_said_is_inherited(write: WriteProfile, spotted: Path) -> None:
    """A profile that says nothing but its name is its base under that name."""
    own, base = load_profile(write("okapi", "extends: spotted")), load_profile(spotted)
    assert (own.name, own.scientific_name, own.common_name) == ("okapi", "Genus okapi", None)
    names = {"name", "scientific_name"}
    assert own.model_dump(exclude=names) == base.model_dump(exclude=names)


def test_what_is_said_wins_and_the_rest_stays(write: WriteProfile, spotted: Path) -> None:
    """Groups are merged at any depth; lists and words are replaced whole."""
    text = """
extends: spotted
sides: {opposite: soft}
pipelines:
  local:
    preprocess: [{use: resize, options: {height: 32}}]
    embed: {options: {max_keypoints: 7}}
  third: {embed: {use: sift}, match: {use: ratio}}
default: third
"""
    own = load_profile(write("okapi", text))
    assert own.sides.opposite == "soft"
    assert [*own.pipelines] == ["local", "pairwise", "third"]
    assert [step.model_dump() for step in local(own).preprocess] == [
        {"use": "resize", "options": {"height": 32}, "weights": None}
    ]
    assert local(own).embed.options == {"max_keypoints": 7, "upright": False}
    assert local(own).match.use == "lnbnn"
    assert own.default == "third"


def test_null_removes_what_is_inherited(write: WriteProfile, spotted: Path) -> None:
    """A part, a pipeline, a key of a step, all of its options."""
    text = """
extends: spotted
encounter: null
pipelines:
  pairwise: null
  local: {preprocess: null, embed: {options: null, weights: null}}
"""
    base = spotted.read_text(encoding="utf-8").replace("embed: {use: sift, opt", "embed: {opt")
    weights = f"use: sift, weights: 'file:///x/y#sha256={'0b' * 32}', options"
    spotted.write_text(base.replace("{options", f"{{{weights}", 1) + "encounter: {gap_seconds: 7}")
    assert load_profile(spotted).encounter.gap_seconds == 7
    assert local(load_profile(spotted)).embed.weights

    own = load_profile(write("okapi", text))
    assert [*own.pipelines] == ["local"]
    assert own.encounter.gap_seconds == 120
    assert local(own).preprocess == ()
    assert (local(own).embed.options, local(own).embed.weights) == ({}, None)


def test_null_inside_options_is_a_value(write: WriteProfile, spotted: Path) -> None:
    """An option may be null, so there it removes nothing."""
    text = "extends: spotted\npipelines: {local: {embed: {options: {upright: null}}}}"
    own = load_profile(write("okapi", text))
    assert local(own).embed.options == {"max_keypoints": 100, "upright": None}


def test_null_for_what_is_not_inherited_is_a_mistake(write: WriteProfile, spotted: Path) -> None:
    """A misspelt name is noticed instead of removing nothing."""
    path = write("okapi", "extends: spotted\npipelines: {pairwize: null}")
    (told,) = mistakes(path)
    assert told.startswith("okapi.yaml:4:23: pipelines.pairwize: has no value")


def test_another_component_begins_anew(write: WriteProfile, spotted: Path) -> None:
    """The options of the old component do not fit the new one, and are not inherited."""
    own = load_profile(
        write("okapi", "extends: spotted\npipelines: {local: {embed: {use: random}}}")
    )
    assert local(own).embed.model_dump() == {"use": "random", "options": {}, "weights": None}
    same = load_profile(
        write("bongo", "extends: spotted\npipelines: {local: {embed: {use: sift}}}")
    )
    assert local(same).embed.options["max_keypoints"] == 100


def test_a_combination_replaces_a_pipeline_and_the_other_way_round(
    write: WriteProfile, spotted: Path
) -> None:
    """One name can hold something of the other kind in the heir."""
    write(
        "bongo",
        "extends: spotted\npipelines: {third: {embed: {use: sift}, match: {use: ratio}},"
        " local: {fuse: [pairwise, third]}}",
    )
    bongo = load_profile(find_profile("bongo"))
    assert isinstance(bongo.pipelines["local"], Fusion)
    text = "extends: bongo\npipelines: {local: {embed: {use: sift}, match: {use: ratio}}}"
    assert local(load_profile(write("okapi", text))).match.use == "ratio"


def test_chains_reach_the_oldest(write: WriteProfile, spotted: Path) -> None:
    """A base may extend another, and a profile another profile."""
    write("bases/striped", "extends: spotted\nencounter: {gap_seconds: 9}")
    write("bongo", "extends: striped\nsides: {opposite: soft}")
    own = load_profile(write("okapi", "extends: bongo\nsides: {soft_weight: 0.25}"))
    assert own.encounter.gap_seconds == 9
    assert (own.sides.opposite, own.sides.soft_weight) == ("soft", 0.25)
    assert local(own).embed.options["max_keypoints"] == 100


def test_results_do_not_depend_on_inheritance(plugins: Plugins) -> None:
    """A profile written out in full has the same fingerprints as one that inherits."""
    for path in sorted(shipped_folder().glob("*.yaml")):
        own = load_profile(path, plugins)
        assert own.extends is None
        plain = Profile.model_validate(own.model_dump())
        one, two = (resolve(each, "local", plugins) for each in (own, plain))
        assert one.fingerprint == two.fingerprint
        assert one.features_fingerprint == two.features_fingerprint
    zebra, nyala = (load_profile(find_profile(name), plugins) for name in ("zebra", "nyala"))
    assert resolve(zebra, None, plugins).fingerprint == resolve(nyala, None, plugins).fingerprint


# --- where bases are found ----------------------------------------------------------------------


def test_a_profile_looks_in_its_own_folder_first(
    write: WriteProfile, spotted: Path, tmp_path: Path
) -> None:
    """The project's base comes before the user's, and the user's own is used by the user's."""
    project = tmp_path / "survey" / "species"
    write("bases/spotted", "extends: spotted\nencounter: {gap_seconds: 5}", project)
    there = load_profile(write("okapi", "extends: spotted", project))
    here = load_profile(write("okapi", "extends: spotted"))
    assert (there.encounter.gap_seconds, here.encounter.gap_seconds) == (5, 120)
    assert [*there.pipelines] == ["local", "pairwise"]


def test_a_shipped_profile_means_the_same_for_everybody(write: WriteProfile) -> None:
    """The user's own base of the same name does not reach into what is shipped."""
    write("bases/patterned", "extends: patterned\nencounter: {gap_seconds: 5}")
    assert load_profile(find_profile("zebra")).encounter.gap_seconds == 120
    own = load_profile(write("okapi", "extends: patterned"))
    assert own.encounter.gap_seconds == 5


def test_a_profile_may_extend_the_next_of_its_own_name(write: WriteProfile, tmp_path: Path) -> None:
    """A project changes one thing of the shipped tiger, and keeps the name."""
    project = tmp_path / "survey"
    write("tiger", "extends: tiger\nencounter: {gap_seconds: 5}", project / "species")
    own, shipped = load_profile(find_profile("tiger", project)), load_profile(find_profile("tiger"))
    assert own.encounter.gap_seconds == 5
    assert own.pipelines == shipped.pipelines


def test_bases_are_no_species(write: WriteProfile, spotted: Path) -> None:
    """They are not listed, and asking for one as a species says what it is."""
    assert "spotted" not in [each.name for each in list_profiles()]
    assert "spotted" in [each.name for each in list_bases()]
    with pytest.raises(UserError, match=r"'spotted' is a base, not a species.*--base spotted"):
        find_profile("spotted")


# --- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extends", "expected"),
    [
        ("spoted", "there is no base or profile 'spoted'; bases: .*; did you mean 'spotted'?"),
        ("tigre", "did you mean 'tiger'?"),
        ("../tiger", "extends: must be small letters"),
        ("5", "extends: must be text"),
    ],
)
def test_an_unknown_base_is_told_where_it_is_named(
    write: WriteProfile, spotted: Path, extends: str, expected: str
) -> None:
    """With the bases that there are, and what was probably meant."""
    path = write("okapi", f"extends: {extends}")
    (told,) = mistakes(path)
    assert told.startswith("okapi.yaml:3:10: extends: ")
    for part in expected.split(".*"):
        assert part in told


def test_a_circle_is_refused_where_it_closes(write: WriteProfile) -> None:
    """Nothing inherits from itself, at however many removes."""
    write("bases/a", "extends: b")
    b = write("bases/b", "extends: c")
    c = write("bases/c", "extends: a")
    (told,) = mistakes(write("okapi", "extends: a"))
    assert told == (
        f"bases/{c.name}:3:10: extends: leads back to 'a' (a → b → c → a);"
        " a profile cannot inherit from itself"
    )
    (alone,) = mistakes(write("bongo", "extends: bongo"))
    assert "leads back to 'bongo' (bongo → bongo)" in alone
    assert "leads back to 'b' (b → c → a → b)" in mistakes(b)[0]


def test_mistakes_of_a_base_are_told_in_its_file(
    write: WriteProfile, spotted: Path, plugins: Plugins
) -> None:
    """Whoever inherits a mistake is sent to where it can be mended."""
    spotted.write_text(spotted.read_text().replace("use: ratio", "use: ration"), encoding="utf-8")
    (told,) = mistakes(write("okapi", "extends: spotted"), plugins)
    assert told.startswith("bases/spotted.yaml:8:47: pipelines.pairwise.match.use: ")
    assert "did you mean 'ratio'?" in told


def test_a_base_is_named_like_its_file(write: WriteProfile, spotted: Path) -> None:
    """A copied base whose name was not changed is noticed."""
    copy = spotted.with_name("striped.yaml")
    copy.write_text(spotted.read_text(), encoding="utf-8")
    (told,) = mistakes(write("okapi", "extends: striped"))
    assert told.startswith("bases/striped.yaml:1:7: name: is 'spotted'")


def test_mistakes_of_the_merged_profile_are_told_at_the_nearest_place(
    write: WriteProfile, spotted: Path, plugins: Plugins
) -> None:
    """In the heir: at what it says itself, or where it names its base."""
    text = """
extends: spotted
pipelines:
  local: null
  pairwise:
    match: {use: nearest}
  third: {embed: {use: sift, options: {max_keypionts: 3}}}
"""
    assert mistakes(write("okapi", text), plugins) == [
        "okapi.yaml:3:10: default: there is no pipeline 'local'; there is 'pairwise', 'third'"
        " (inherited from 'spotted')",
        "okapi.yaml:7:18: pipelines.pairwise.match.use: matcher 'nearest' takes vector, but"
        " embedder 'sift' makes keypoints; matchers for keypoints: 'lnbnn', 'ratio'",
        "okapi.yaml:8:3: pipelines.third.match: is missing",
        "okapi.yaml:8:40: pipelines.third.embed.options.max_keypionts: no such key; did you mean"
        " 'max_keypoints'?",
    ]


def test_an_unreadable_base_is_named(write: WriteProfile, spotted: Path) -> None:
    """A base that is no YAML is told as such, in its own file."""
    spotted.write_text("a: [", encoding="utf-8")
    (told,) = mistakes(write("okapi", "extends: spotted"))
    assert told.startswith("bases/spotted.yaml:")


def test_nobody_inherits_names(write: WriteProfile, spotted: Path) -> None:
    """A heir without a scientific name is not silently another species."""
    path = write("okapi", "extends: spotted")
    path.write_text("name: okapi\nextends: spotted\n", encoding="utf-8")
    assert mistakes(path) == ["okapi.yaml:1:1: scientific_name: is missing"]


def test_a_text_without_a_file_inherits_too(spotted: Path, home: Path) -> None:
    """A profile that comes as text finds the user's bases and the shipped ones."""
    text = "name: okapi\nscientific_name: Okapia johnstoni\nextends: {}\n"
    assert [*read_profile(text.format("spotted")).pipelines] == ["local", "pairwise"]
    assert read_profile(text.format("tiger")).pipelines.keys() >= {"deep", "local"}


KEYS = st.sampled_from(
    [
        *("sides", "encounter", "detect", "pipelines", "default", "local", "zero-shot", "name"),
        *("preprocess", "embed", "match", "use", "options", "weights", "fuse", "opposite"),
    ]
)
VALUES = st.none() | st.integers() | st.booleans() | st.text(max_size=4)
VALUES |= st.sampled_from(["sift", "ratio", "nearest", "crop", "soft", "local", "pairwise"])
TREES = st.recursive(
    VALUES,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
HEIRS = st.dictionaries(KEYS, TREES, max_size=4) | st.fixed_dictionaries(
    {"pipelines": st.dictionaries(KEYS, TREES, min_size=1, max_size=3)}
)


@settings(max_examples=60, deadline=None)
@given(HEIRS)
def test_any_heir_is_a_profile_or_a_located_error(
    plugins: Plugins, said: dict[str, object]
) -> None:
    """Whatever is laid over a base, a profile comes of it, or mistakes in the heir's own text."""
    value = {"name": "okapi", "scientific_name": "Okapia", "extends": "patterned-cat", **said}
    text = yaml.safe_dump(value, allow_unicode=True)
    try:
        profile = read_profile(text, plugins, "okapi.yaml", shipped_folder())
    except ProfileError as caught:
        error = caught
    else:
        assert Profile.model_validate(profile.model_dump()) == profile
        return
    assert error.file == "okapi.yaml"
    assert error.mistakes
    for mistake in error.mistakes:
        assert 1 <= mistake.line <= len(text.splitlines()) + 1
        assert mistake.message

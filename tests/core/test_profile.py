"""Species profiles: what they may say, where they are found, how their mistakes are told."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from fieldmark.components import Component, NoOptions, Options, Role
from fieldmark.errors import Mistake, NameClashError, ProfileError, UnknownComponentError, UserError
from fieldmark.profile import (
    HOME,
    Fusion,
    Pipeline,
    find_profile,
    json_schema,
    list_profiles,
    load_profile,
    models,
    new_profile_text,
    read_profile,
    shipped_folder,
    user_folder,
)
from fieldmark.types import FeatureKind, Side

GOOD = """
name: tiger
scientific_name: Panthera tigris
sides: {views: [left, right], opposite: soft, soft_weight: 0.25}
encounter: {gap_seconds: 60}
detect: {use: boxes}
pipelines:
  local:
    preprocess: [{use: cut, options: {size: 3}}, {use: cut, options: {size: 9, mode: {kind: a}}}]
    embed: {use: points}
    match: {use: mutual}
  deep:
    embed: {use: vectors}
    match: {use: cosine}
  fused: {fuse: [local, deep]}
default: local
"""


class Mode(BaseModel):
    """Options inside options."""

    model_config = ConfigDict(extra="forbid")
    kind: str


class CutOptions(Options):
    """Options of `cut`."""

    size: int = Field(ge=1)
    mode: Mode | None = None


def _none(_options: object, _context: object) -> Any:
    return None


def _record(
    name: str, options: type[Options] = NoOptions, **kind: FeatureKind
) -> Component[Any, Any]:
    return Component(name, f"The {name}", options, _none, **kind)  # type: ignore[arg-type] # kinds


class Shelf:
    """A catalogue of components; one name clashes."""

    RECORDS = {  # noqa: RUF012 -- never changed
        Role.DETECTOR: [_record("boxes")],
        Role.PREPROCESSOR: [_record("cut", CutOptions)],
        Role.EMBEDDER: [
            _record("points", emits=FeatureKind.KEYPOINTS),
            _record("vectors", emits=FeatureKind.VECTOR),
        ],
        Role.MATCHER: [
            _record("mutual", takes=FeatureKind.KEYPOINTS),
            _record("cosine", takes=FeatureKind.VECTOR),
        ],
    }

    def components(self, role: Role) -> Sequence[Component[Any, Any]]:
        """Return the components of a role."""
        return self.RECORDS[role]

    def get(self, role: Role, name: str) -> Component[Any, Any]:
        """Return one component."""
        if name == "claimed":
            raise NameClashError("2 packages provide it")
        for record in self.RECORDS[role]:
            if record.name == name:
                return record
        raise UnknownComponentError(f"no installed plugin provides the {role} {name!r}")


def mistakes(text: str) -> list[str]:
    """Return the mistakes in a profile, as they are shown."""
    with pytest.raises(ProfileError) as caught:
        read_profile(text, Shelf(), "okapi.yaml")
    return str(caught.value).split("\n")


def changed(old: str, new: str) -> str:
    """Return the good profile with one part changed."""
    assert old in GOOD
    return GOOD.lstrip().replace(old, new)


def test_good_profile_is_read() -> None:
    """A profile becomes a checked, typed value with all defaults filled in."""
    profile = read_profile(GOOD, Shelf())

    assert (profile.name, profile.common_name) == ("tiger", None)
    assert profile.sides.views == (Side.LEFT, Side.RIGHT)
    assert (profile.sides.opposite, profile.sides.soft_weight) == ("soft", 0.25)
    local = profile.pipeline()
    assert isinstance(local, Pipeline)
    assert local.preprocess[0].options == {"size": 3}
    assert (local.embed.use, local.embed.role, local.match.role) == (
        "points",
        Role.EMBEDDER,
        Role.MATCHER,
    )
    fused = profile.pipeline("fused")
    assert isinstance(fused, Fusion)
    assert fused.fuse == ("local", "deep")


def test_shortest_profile_has_defaults() -> None:
    """Sides, encounters, preprocessing and options may be left out."""
    text = (
        "name: a\nscientific_name: B c\ndefault: x\n"
        "pipelines: {x: {embed: {use: points}, match: {use: mutual}}}"
    )
    profile = read_profile(text, Shelf())
    assert profile.sides.opposite == "incomparable"
    assert profile.encounter.gap_seconds == 120
    assert profile.detect is None


def test_pipeline_that_is_not_there() -> None:
    """Asking a profile for an unknown pipeline tells which it has."""
    with pytest.raises(UserError) as caught:
        read_profile(GOOD, Shelf()).pipeline("deeep")
    expected = (
        "tiger has no pipeline 'deeep'; it has 'local', 'deep', 'fused'; did you mean 'deep'?"
    )
    assert str(caught.value) == expected


def test_every_mistake_at_once() -> None:
    """Form, names, components, options and kinds of features are all reported together."""
    text = """\
name: Okapi one
sides: {views: [left, left], opposite: soft, soft_weight: 7}
detect: {use: claimed}
pipelines:
  local:
    preprocess: {use: cut}
    embed: {use: vectors, weights: "hf://org/repo@main/model.safetensors#sha256=12"}
    match: {use: mutual}
  other:
    preprocess: [{use: cut, options: {sise: 3}}]
    embed: {use: pionts}
  fused: {fuse: [local, othr, fused]}
defualt: local
"""
    assert mistakes(text) == [
        "okapi.yaml:1:1: default: is missing",
        "okapi.yaml:1:1: scientific_name: is missing",
        "okapi.yaml:1:7: name: must be small letters and digits, joined by hyphens, as in"
        " 'snow-leopard' (got 'Okapi one')",
        "okapi.yaml:2:16: sides.views: names 'left' more than once",
        "okapi.yaml:2:59: sides.soft_weight: must be less than or equal to 1 (got 7)",
        "okapi.yaml:3:15: detect.use: 2 packages provide it",
        "okapi.yaml:6:17: pipelines.local.preprocess: must be a list, as in [left, right]"
        " (got {'use': 'cut'})",
        "okapi.yaml:7:36: pipelines.local.embed.weights: weights must name one exact version:"
        " after '@' write the full commit, 40 digits and letters a–f, not a branch such as 'main',"
        " which changes without notice (got 'main'); this finds it: fieldmark models pin"
        " org/repo@main/model.safetensors",
        "okapi.yaml:8:18: pipelines.local.match.use: matcher 'mutual' takes keypoints, but embedder"
        " 'vectors' makes vector; matchers for vector: 'cosine'",
        "okapi.yaml:9:3: pipelines.other.match: is missing",
        "okapi.yaml:10:29: pipelines.other.preprocess[0].options.size: is missing",
        "okapi.yaml:10:39: pipelines.other.preprocess[0].options.sise: no such key;"
        " did you mean 'size'?",
        "okapi.yaml:11:18: pipelines.other.embed.use: no installed plugin provides the embedder"
        " 'pionts'",
        "okapi.yaml:12:25: pipelines.fused.fuse[1]: there is no pipeline 'othr'; there is 'local',"
        " 'other'; did you mean 'other'?",
        "okapi.yaml:12:31: pipelines.fused.fuse[2]: 'fused' is itself a combination; name the"
        " pipelines that it combines",
        "okapi.yaml:13:1: defualt: no such key; did you mean 'default'?",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("default: local", "default: locl", "default: there is no pipeline 'locl'; there is"),
        (
            "{fuse: [local, deep]}",
            "{fuse: [local]}",
            "fused.fuse: needs at least 2 entries (got 1)",
        ),
        (
            "{fuse: [local, deep]}",
            "{fuse: [local, local]}",
            "fused.fuse[1]: 'local' is named twice",
        ),
        ("{fuse: [local, deep]}", "{fuse: 3}", "pipelines.fused.fuse: must be a list"),
        ("{fuse: [local, deep]}", "7", "pipelines.fused: must be a group of 'key: value' lines"),
        ("opposite: soft", "opposite: sotf", "did you mean 'soft'?"),
        ("views: [left, right]", "views: []", "sides.views: needs at least 1 entries (got 0)"),
        ("gap_seconds: 60", "gap_seconds: soon", "encounter.gap_seconds: must be a number"),
        ("options: {size: 3}", "options: 3", "preprocess[0].options: must be a group of"),
        ("{use: cut, options: {size: 3}}", "{use: cut}", "preprocess[0].options.size: is missing"),
        ("options: {size: 3}", "options:", "options: has no value; write one or delete the line"),
        ("{kind: a}", "{kid: a}", "options.mode.kid: no such key; did you mean 'kind'?"),
        ("local:\n    pre", "Local:\n    pre", "okapi.yaml:7:3: pipelines.Local: must be small"),
        ("{use: vectors}", "{use: vectors, weights: nowhere}", "there is no model card 'nowhere'"),
        ("{use: vectors}", "{use: vectors, weights: 5}", "embed.weights: must be text"),
        ("name: tiger", "name: tiger\nname: lion", "2:1: 'name' is already set on line 1"),
    ],
)
def test_one_mistake(old: str, new: str, expected: str) -> None:
    """Each mistake is told where it is and in words."""
    found = mistakes(changed(old, new))
    assert any(expected in mistake for mistake in found), found


def test_pinned_weights_are_accepted() -> None:
    """A commit and a digest make weights that cannot change unnoticed."""
    weights = f"hf://org/repo@{'0a' * 20}/model.safetensors#sha256={'0b' * 32}"
    text = changed("{use: vectors}", f'{{use: vectors, weights: "{weights}"}}')
    deep = read_profile(text, Shelf()).pipelines["deep"]
    assert isinstance(deep, Pipeline)
    assert deep.embed.weights == weights


def test_every_step_may_carry_weights() -> None:
    """A gate is a preprocessor with weights, and a classifier of pairs a matcher with weights."""
    weights = f"file:///full/path/model.safetensors#sha256={'0b' * 32}"
    for old in ("{use: boxes}", "{use: mutual}", "{use: cut, options: {size: 3}}"):
        text = changed(old, f'{old[:-1]}, weights: "{weights}"}}')
        profile = read_profile(text, Shelf())
        local = profile.pipelines["local"]
        assert isinstance(local, Pipeline)
        steps = (profile.detect, local.preprocess[0], local.match)
        assert weights in [step.weights for step in steps if step is not None]
        assert not complaints(text)


@pytest.mark.parametrize(
    ("old", "where"),
    [
        ("{use: boxes}", "detect.weights"),
        ("{use: mutual}", "pipelines.local.match.weights"),
        ("{use: cut, options: {size: 3}}", "pipelines.local.preprocess[0].weights"),
    ],
)
def test_weights_that_are_not_pinned_are_told_at_their_step(old: str, where: str) -> None:
    """Wherever weights are named, they are named with their digest."""
    found = mistakes(changed(old, f"{old[:-1]}, weights: 'file:///full/path/model.txt'}}"))
    assert any(f"{where}: weights must end in #sha256=" in mistake for mistake in found), found


def test_form_alone_can_be_checked() -> None:
    """Without plugins, components may have any name."""
    text = changed("use: points", "use: not-installed")
    assert read_profile(text).name == "tiger"


def parts() -> Iterator[type[BaseModel]]:
    """Yield every model that a profile is made of."""
    for value in vars(models).values():
        if isinstance(value, type) and issubclass(value, models.Part):
            yield value


def test_every_field_explains_itself() -> None:
    """Every key of a profile has a description, which editors show, and nothing can be changed."""
    assert len(list(parts())) >= 10
    for model in parts():
        assert model.__doc__
        assert model.model_config["extra"] == "forbid"
        assert model.model_config["frozen"]
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"


# --- finding ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home for the user's own profiles."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    (tmp_path / "home" / "species").mkdir(parents=True)
    return tmp_path / "home"


def test_project_comes_before_user_before_shipped(home: Path, tmp_path: Path) -> None:
    """A project's own profile hides the user's, which hides the shipped one."""
    project = tmp_path / "survey"
    (project / "species").mkdir(parents=True)
    assert find_profile("tiger", project) == shipped_folder() / "tiger.yaml"

    own = user_folder() / "tiger.yaml"
    own.write_text("x")
    assert find_profile("tiger", project) == own == home / "species" / "tiger.yaml"

    nearest = project / "species" / "tiger.yaml"
    nearest.write_text("x")
    assert find_profile("tiger", project) == nearest
    assert find_profile("tiger") == own
    origins = {each.name: each.origin for each in list_profiles(project)}
    assert (origins["tiger"], origins["zebra"]) == ("project", "shipped")
    names = [each.name for each in list_profiles(project)]
    assert names == sorted(set(names))


def test_unknown_profile_says_what_there_is(home: Path) -> None:
    """An unknown name: the names there are, how to write one's own, what was probably meant."""
    with pytest.raises(UserError) as caught:
        find_profile("tigre")
    message = str(caught.value)
    assert message.startswith("there is no species profile 'tigre'; there is 'any', 'cattle'")
    assert "fieldmark species new NAME; did you mean 'tiger'?" in message


def test_path_is_a_path(home: Path, tmp_path: Path) -> None:
    """What has a folder or an ending is a file, and must exist."""
    file = tmp_path / "mine.yaml"
    file.write_text("x")
    assert find_profile(str(file)) == file
    assert find_profile(file) == file
    for missing in ("tiger.yaml", "./tiger", str(tmp_path / "no.yml")):
        with pytest.raises(UserError, match="there is no profile file"):
            find_profile(missing)


def test_user_folder_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, the user's profiles lie in the home folder."""
    monkeypatch.delenv(HOME, raising=False)
    assert user_folder() == Path.home() / ".config" / "fieldmark" / "species"


def test_name_must_be_that_of_the_file(tmp_path: Path) -> None:
    """A copied profile whose name was not changed is noticed, with all its other mistakes."""
    file = tmp_path / "lion.yaml"
    file.write_text(GOOD.lstrip() + "default: deep\n", encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(file, Shelf())
    assert [(m.line, m.column) for m in caught.value.mistakes] == [(1, 7), (16, 1)]
    assert f"{file}:1:7: name: is 'tiger', but the file is 'lion.yaml'" in str(caught.value)


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scientific", ["Okapia johnstoni", "", '"a": {b', "Ōkapi: #1", "no"])
def test_new_profile_passes_its_own_check(scientific: str) -> None:
    """What `species new` writes is a profile, whatever the scientific name."""
    profile = read_profile(new_profile_text("okapi", scientific))
    assert profile.name == "okapi"
    assert profile.scientific_name == (scientific or "Genus species")
    assert profile.pipelines == load_profile(find_profile("zebra")).pipelines


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Snow Leopard", "'snow-leopard'"), ("a_b", "'a-b'"), ("../x", "'x'"), ("2 toed", "'toed'")],
)
def test_new_profile_refuses_names_that_cannot_be(name: str, hint: str) -> None:
    """A name that no file or profile can have is refused with one that it can."""
    with pytest.raises(UserError, match=f"for example {hint}"):
        new_profile_text(name)


def test_new_profile_without_any_letter() -> None:
    """Where no name can be guessed, none is offered."""
    with pytest.raises(UserError, match=r"digits and hyphens$"):
        new_profile_text("…")


# --- schema -------------------------------------------------------------------------------------


def complaints(text: str) -> list[str]:
    """Return what the JSON Schema says of a profile, as an editor shows it."""
    schema = json_schema(Shelf())
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(yaml.safe_load(text))
    return [f"{error.json_path}: {error.message}" for error in errors]


def test_schema_accepts_a_good_profile() -> None:
    """An editor has no complaint about a profile that loads."""
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: tiger", "nmae: tiger", "'nmae' was unexpected"),
        ("size: 3", "sise: 3", "'sise' was unexpected"),
        ("{use: cut, options: {size: 3}}", "{use: cut}", "'options' is a required property"),
        ("use: points", "use: pionts", "'pionts' is not one of ['points', 'vectors']"),
        ("{kind: a}", "{kind: 3}", "mode"),
        ("opposite: soft", "opposite: hard", "'hard' is not one of"),
        ("fuse: [local, deep]", "fuse: [local]", "is too short"),
        ("match: {use: mutual}", "march: {use: mutual}", "'march' was unexpected"),
    ],
)
def test_schema_finds_what_the_loader_finds(old: str, new: str, expected: str) -> None:
    """An editor marks misspelt keys, components and options."""
    found = complaints(changed(old, new))
    assert any(expected in complaint for complaint in found), found


HEIR = "name: okapi\nscientific_name: Okapia johnstoni\nextends: tiger\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "encounter: null\n",
        "default: fused\n",
        "sides: {opposite: null}\n",
        "pipelines: {fused: null, local: {preprocess: null}}\n",
        "pipelines: {local: {embed: {options: {}}, match: {weights: null}}}\n",
        "pipelines: {local: {preprocess: [{use: cut, options: {size: 3}}]}}\n",
        "pipelines: {fused: {fuse: [local, deep]}}\n",
        "detect: {options: null}\n",
    ],
)
def test_schema_accepts_what_an_heir_leaves_out(text: str) -> None:
    """What is inherited may be left out, and removed with null."""
    assert complaints(HEIR + text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEIR.replace("name: okapi\n", ""), "'name' is a required property"),
        (HEIR.replace("okapi", "null", 1), "None is not of type 'string'"),
        (
            HEIR.replace("extends: tiger\n", "default: local\n"),
            "'pipelines' is a required property",
        ),
        (HEIR + "encounters: null\n", "'encounters' was unexpected"),
        (HEIR + "sides: {opposite: hard}\n", "'hard' is not one of"),
        (HEIR + "pipelines: {local: {march: {use: mutual}}}\n", "'march' was unexpected"),
        (HEIR + "pipelines: {local: {embed: {use: pionts}}}\n", "'pionts' is not one of"),
        (HEIR + "pipelines: {local: {preprocess: [{use: cut}]}}\n", "'options' is a required"),
        (HEIR + "pipelines: {local: {preprocess: [{options: {}}]}}\n", "'use' is a required"),
    ],
)
def test_schema_finds_the_mistakes_of_an_heir(text: str, expected: str) -> None:
    """Misspelt keys, components and steps of a list, which is replaced whole."""
    found = complaints(text)
    assert any(expected in complaint for complaint in found), found


def test_schema_is_json() -> None:
    """The schema can be written to a file, and every reference in it leads somewhere."""
    text = json.dumps(json_schema(Shelf()))
    definitions = json.loads(text)["$defs"]
    references = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert references <= definitions.keys()


# --- any text -----------------------------------------------------------------------------------

WORDS = [
    "name", "scientific_name", "sides", "views", "opposite", "soft", "encounter", "gap_seconds",
    "detect", "use", "options", "size", "mode", "kind", "pipelines", "preprocess", "embed",
    "weights", "match", "fuse", "default", "local", "left", "cut", "points", "mutual", "claimed",
    "hf://a/b@main/c#sha256=d", "file:///x#sha256=y", "file://[x", "", "<pipeline>", "[key]",
]  # fmt: skip
SCALARS = (
    st.sampled_from(WORDS)
    | st.text(max_size=8)
    | st.integers()
    | st.floats()
    | st.none()
    | st.booleans()
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | SCALARS, inner, max_size=6)
    ),
    max_leaves=25,
)


@st.composite
def bent_profiles(draw: st.DrawFn) -> str:
    """Return a good profile in which some parts are replaced by anything."""
    tree = yaml.safe_load(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        node: Any = tree
        while isinstance(node, dict | list) and node:
            keys = node if isinstance(node, dict) else range(len(node))
            key: Any = draw(st.sampled_from(list(keys)))
            if draw(st.booleans()) or not isinstance(node[key], dict | list):
                node[key] = draw(TREES)
                break
            node = node[key]
    return yaml.safe_dump(tree, allow_unicode=True)


@st.composite
def damaged_profiles(draw: st.DrawFn) -> str:
    """Return the text of a good profile with a piece cut out and another put in."""
    start = draw(st.integers(0, len(GOOD)))
    stop = draw(st.integers(start, min(start + 40, len(GOOD))))
    return GOOD[:start] + draw(st.text(max_size=10)) + GOOD[stop:]


PROFILES = (
    st.text()
    | TREES.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True))
    | bent_profiles()
    | damaged_profiles()
)


def is_profile_or_located(text: str | bytes) -> None:
    """Require that a text is a profile or an error with places, and nothing else."""
    found: tuple[Mistake, ...] = ()
    try:
        read_profile(text, Shelf())
    except ProfileError as error:
        found = error.mistakes or (Mistake(0, 0, "", ""),)
    lines = (text if isinstance(text, str) else text.decode("utf-8", "replace")).splitlines()
    for mistake in found:
        assert 1 <= mistake.line <= len(lines) + 1
        assert mistake.column >= 1
        assert mistake.message


@settings(max_examples=200, deadline=None)
@given(PROFILES)
def test_any_text_is_a_profile_or_a_located_error(text: str) -> None:
    """No text raises anything but a ProfileError with places in the text."""
    is_profile_or_located(text)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(PROFILES)
def test_any_text_at_length(text: str) -> None:
    """No text raises anything but a ProfileError with places in the text."""
    is_profile_or_located(text)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(st.binary() | PROFILES.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_at_length(text: bytes) -> None:
    """No bytes raise anything but a ProfileError with places in the text."""
    is_profile_or_located(text)


def test_deepest_text_leaves_the_stack_alone() -> None:
    """Deep nesting is an error of the file, never of the interpreter."""
    deep = "a: " + "[" * sys.getrecursionlimit() * 3
    assert mistakes(deep) == ["okapi.yaml:1:23: is nested more than 20 levels deep"]

"""Recipes: every mistake at once, with its place, wherever it was said."""

from pathlib import Path

import pytest

from fieldmark.components import Role
from fieldmark.errors import ProfileError, UserError
from fieldmark.learn.overlay import Setting, differences, parse_setting
from fieldmark.learn.recipes import find_recipe, list_recipes, load_recipe, read_recipe
from fieldmark.plugins import Plugins
from fieldmark.training import merged
from support.learnable import RECIPE


def test_a_recipe_is_read_with_all_defaults(plugins: Plugins) -> None:
    """What the file leaves out is filled in, down to the plugin's own settings."""
    made = read_recipe(RECIPE, plugins)
    assert (made.recipe.role, made.record.name) == (Role.EMBEDDER, "toy-colours")
    assert made.settings.weighting.power == 0.5
    weighting = {"kind": "sharp", "power": 0.5}
    assert made.recipe.train == {"epochs": 2, "weighting": weighting, "seed": 0}
    assert "seed" not in made.written.train


def test_the_written_recipe_gives_itself_again(plugins: Plugins) -> None:
    """Reading what was written down changes nothing."""
    made = read_recipe(RECIPE, plugins)
    again = read_recipe(made.text, plugins)
    assert again.recipe == made.recipe
    assert again.text == made.text


def test_all_mistakes_are_reported_at_once_with_their_places(plugins: Plugins) -> None:
    """Form, component, option and setting: each with line and column, and what was meant."""
    text = """\
name: toy
specis: tiger
embed: {use: toy-colour}
preprocess: [{use: toy-darker, options: {much: 1}}]
split: {individuals: 1.5}
"""
    with pytest.raises(ProfileError) as caught:
        read_recipe(text, plugins, file="toy.yaml")
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "toy.yaml:2:1", "toy.yaml:3:14", "toy.yaml:4:42", "toy.yaml:5:22",
    ]  # fmt: skip
    assert "did you mean 'species'" in lines[0]
    assert "did you mean 'toy-colours'" in lines[1]


def test_settings_of_the_training_are_checked_in_place(plugins: Plugins) -> None:
    """A nested setting that the plugin does not know is found where it stands."""
    text = RECIPE.replace("power: 0.5", "powr: 0.5")
    with pytest.raises(ProfileError, match=r"recipe:9:28: train.weighting.powr: no such key; did"):
        read_recipe(text, plugins)


@pytest.mark.parametrize("text", ["name: toy\n", RECIPE + "match: {use: nearest}\n"])
def test_exactly_one_component_is_trained(plugins: Plugins, text: str) -> None:
    """None, or two, is a mistake that names what is allowed."""
    with pytest.raises(ProfileError, match="must name one of embed, match, preprocessor"):
        read_recipe(text, plugins)


def test_what_cannot_be_trained_is_refused(plugins: Plugins) -> None:
    """The message names what can be."""
    text = RECIPE.replace("toy-colours", "toy-fixed")
    with pytest.raises(ProfileError, match=r"'toy-fixed' cannot be trained; .*'toy-colours'"):
        read_recipe(text, plugins)


def test_typed_settings_win_and_are_yaml(plugins: Plugins) -> None:
    """Each typed value replaces one value and leaves its neighbours."""
    typed = [parse_setting("train.epochs=7"), parse_setting("split={individuals: 0, seed: 4}")]
    made = read_recipe(RECIPE, plugins, typed)
    assert made.settings.epochs == 7
    assert made.settings.weighting.power == 0.5
    assert (made.recipe.split.individuals, made.recipe.split.seed) == (0, 4)


def test_a_mistake_is_named_where_it_was_made(plugins: Plugins) -> None:
    """What was typed is quoted as typed; what is in the file keeps line and column."""
    typed = [parse_setting("train.epochs=many"), parse_setting("train.weighting.powr=2")]
    with pytest.raises(UserError) as caught:
        read_recipe(RECIPE.replace("name: toy", "name: Toy"), plugins, typed)
    in_file, *as_typed = str(caught.value).splitlines()
    assert in_file.startswith("recipe:1:7: name: must be small letters")
    assert as_typed == [
        "--set train.epochs=many: must be a whole number (got 'many')",
        "--set train.weighting.powr=2: no such key; did you mean 'power'?",
    ]


@pytest.mark.parametrize("text", ["epochs", "=3", "train..epochs=3", "a={b"])
def test_a_setting_has_a_name_and_a_value(text: str) -> None:
    """Anything else is refused with an example or the YAML's fault."""
    with pytest.raises(UserError, match="--set"):
        parse_setting(text)


def test_groups_are_merged_key_by_key() -> None:
    """The second wins; a group meets a group, anything else replaces."""
    first = {"a": {"x": 1, "y": 2}, "b": 3}
    assert merged(first, {"a": {"y": 5}, "b": {"z": 1}}) == {"a": {"x": 1, "y": 5}, "b": {"z": 1}}


def test_differences_are_named_by_their_paths() -> None:
    """Only the leaves that differ are listed."""
    told = list(differences({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}, "b": 1}))
    assert told == ["a.y was 2 and is 3", "b was none and is 1"]


def test_a_setting_covers_what_lies_below_it() -> None:
    """A fault below a typed group is a fault of what was typed."""
    setting = Setting(("train", "loss"), {}, "--set")
    assert setting.covers(("train", "loss", "margin"))
    assert not setting.covers(("train",))


def test_recipes_are_found_by_name_and_by_path(plugins: Plugins, tmp_path: Path) -> None:
    """The project's come before the user's and the shipped ones; a misspelt name is guessed."""
    folder = tmp_path / "project" / "species" / "recipes"
    folder.mkdir(parents=True)
    (folder / "toy.yaml").write_text(RECIPE)
    assert find_recipe("toy", tmp_path / "project") == folder / "toy.yaml"
    assert ("toy", "project") in {
        (each.name, each.origin) for each in list_recipes(tmp_path / "project")
    }
    assert load_recipe(folder / "toy.yaml", plugins).recipe.name == "toy"
    with pytest.raises(UserError, match="did you mean 'toy'"):
        find_recipe("toyy", tmp_path / "project")
    with pytest.raises(UserError, match="no recipe file"):
        find_recipe(str(tmp_path / "none.yaml"))


def test_a_recipe_is_named_like_its_file(plugins: Plugins, tmp_path: Path) -> None:
    """Except `recipe.yaml`, which every training's folder holds."""
    (tmp_path / "other.yaml").write_text(RECIPE)
    with pytest.raises(ProfileError, match="make the two agree"):
        load_recipe(tmp_path / "other.yaml", plugins)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    assert load_recipe(tmp_path / "recipe.yaml", plugins).recipe.name == "toy"

"""Training, around a plugin that is real and small: checked, split, recorded, resumable."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fieldmark.api.recipes import Shelf, named_recipe, recipe_for, recipe_of_weights, seeded
from fieldmark.api.train import Request, dry_run, train
from fieldmark.api.weights import resolve_weights
from fieldmark.components import Context, Role
from fieldmark.errors import UserError
from fieldmark.images import open_photo
from fieldmark.learn.header import read_record
from fieldmark.learn.overlay import Setting, parse_setting
from fieldmark.learn.recipes import Resolved, read_recipe
from fieldmark.learn.rows import Data
from fieldmark.plugins import Plugins
from fieldmark.profile import Pipeline, read_profile
from fieldmark.types import Chip, Vector
from support.learnable import FAIL, RECIPE, install, read, write_data

PROFILE = """\
name: painted-cat
scientific_name: Felis picta
sides: {views: [left, right], opposite: incomparable}
pipelines:
  deep:
    embed: {use: toy-colours}
    match: {use: nearest}
default: deep
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """Install the small plugin, and work in an empty folder."""
    install(tmp_path, monkeypatch)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Plugins.installed()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return the table of 48 photos of 12 animals, four each, in two visits."""
    return write_data(tmp_path / "data")


def asked(plugins: Plugins, table: Path, *typed: str, **more: object) -> Request:
    """Return a request for the small recipe."""
    resolved = read_recipe(RECIPE, plugins, [parse_setting(text) for text in typed])
    return Request(resolved, (Data(table, "cat"),), workers=2, **more)  # type: ignore[arg-type]


def heard() -> list[str]:
    """Return a list to say sentences to."""
    return []


def test_a_training_leaves_weights_that_say_what_they_are(plugins: Plugins, table: Path) -> None:
    """The record tells component, preparation, settings and data, and no path of this computer."""
    result = train(asked(plugins, table), heard().append)
    record = read_record(result.trained.weights)
    assert (record["component"], record["role"], record["profile"]) == (
        "toy-colours", "embedder", "any",
    )  # fmt: skip
    assert record["preprocess"] == [{"use": "toy-darker", "options": {}, "weights": None}]
    assert record["settings"]["epochs"] == 2
    assert record["species"] == ["cat"]
    assert record["licences"] == ["CC0"]
    assert record["data"][0]["photos"] == 48
    assert str(table.parent.parent) not in json.dumps(record)
    assert record["individuals"] == result.prepared.counts.parts["train"][1] == 10


def test_the_folder_holds_recipe_split_and_data(plugins: Plugins, table: Path) -> None:
    """By default in training/<recipe's name>; the split names every photo."""
    result = train(asked(plugins, table), heard().append)
    assert result.folder == Path("training/toy")
    assert {"recipe.yaml", "split.csv", "data.json", "model.safetensors"} <= {
        path.name for path in result.folder.iterdir()
    }
    assert len((result.folder / "split.csv").read_text().splitlines()) == 49
    told = json.loads((result.folder / "data.json").read_text())
    assert told["counts"]["photos"] == 48
    assert result.trained.best["new individuals queries"] == 8
    again = named_recipe(str(result.folder / "recipe.yaml"), Shelf(Path(), plugins))
    assert again.recipe == read_recipe(RECIPE, plugins).recipe


def test_the_printed_lines_make_a_profile_that_works(plugins: Plugins, table: Path) -> None:
    """They name the preparation and the weights, pinned; the weights load and embed."""
    result = train(asked(plugins, table), heard().append)
    indented = "".join(f"    {line}\n" for line in result.snippet.splitlines())
    head, tail = PROFILE.split("    embed: {use: toy-colours}\n    match: {use: nearest}\n")
    pipeline = read_profile(head + indented + tail, plugins).pipeline()
    assert isinstance(pipeline, Pipeline)
    assert [step.use for step in pipeline.preprocess] == ["toy-darker"]
    reference = pipeline.embed.weights
    assert reference is not None
    context = Context(weights=lambda: resolve_weights(reference))
    embedder = plugins.build(Role.EMBEDDER, "toy-colours", {}, context)
    (features,) = embedder.embed([Chip(open_photo(table.parent / "images" / "0-0.png"))])
    assert isinstance(features, Vector)


def test_a_stopped_training_continues_and_ends_alike(plugins: Plugins, table: Path) -> None:
    """The resumed run gives the weights of the undisturbed one, and repeats the split."""
    whole = train(asked(plugins, table, out=Path("whole")), heard().append)
    Path(FAIL).touch()
    with pytest.raises(UserError, match="as the test asked"):
        train(asked(plugins, table, out=Path("stopped")), heard().append)
    Path(FAIL).unlink()
    with pytest.raises(UserError, match="continue it with --resume"):
        train(asked(plugins, table, out=Path("stopped")), heard().append)
    resumed = train(asked(plugins, table, out=Path("stopped"), resume=True), heard().append)
    assert resumed.trained.weights.read_bytes() == whole.trained.weights.read_bytes()


def test_a_changed_recipe_is_not_continued(plugins: Plugins, table: Path) -> None:
    """The sentence names what changed, before any photo is opened."""
    train(asked(plugins, table), heard().append)
    with pytest.raises(UserError, match=r"another recipe \(train.epochs was 2 and is 5\)"):
        train(asked(plugins, table, "train.epochs=5", resume=True), heard().append)


def test_changed_data_are_not_continued(plugins: Plugins, table: Path) -> None:
    """A photo more, or another label, is another training."""
    train(asked(plugins, table), heard().append)
    table.write_text(table.read_text().replace("0-0.png,a0", "0-0.png,a1"))
    with pytest.raises(UserError, match="have changed since"):
        train(asked(plugins, table, resume=True), heard().append)


def test_bad_photos_and_twins_are_reported_and_stop_nothing(plugins: Plugins, table: Path) -> None:
    """A damaged photo is left out; a photo on both sides of the split is named in a file."""
    images = table.parent / "images"
    (images / "0-0.png").write_bytes(b"\x89PNG")
    shutil.copy(images / "0-1.png", images / "3-1.png")  # a3 is held out by the column
    said = heard()
    request = asked(plugins, table, "split.column=dev_split")
    result = train(request, said.append)
    assert [name for name, _ in result.prepared.rejected] == ["images/0-0.png"]
    assert any("1 held-out photos look the same" in sentence for sentence in said)
    twins = (result.folder / "duplicates.csv").read_text().splitlines()
    assert twins[1:] == ["cat/images/3-1.png,cat/a3,cat/images/0-1.png,cat/a0,0,yes"]


def test_a_split_can_be_repeated(plugins: Plugins, table: Path) -> None:
    """The split file of one training decides that of another, whatever the seed."""
    first = train(asked(plugins, table, out=Path("one")), heard().append)
    request = asked(
        plugins, table, "split.seed=9", out=Path("two"), split_file=Path("one/split.csv")
    )
    second = train(request, heard().append)
    assert second.prepared.parts == first.prepared.parts
    other = train(asked(plugins, table, "split.seed=9", out=Path("three")), heard().append)
    assert other.prepared.parts != first.prepared.parts


def test_a_dry_run_writes_nothing(plugins: Plugins, table: Path) -> None:
    """It counts, and gives the plugin's measurements; 10 animals are trained on."""
    before = sorted(table.parent.rglob("*"))
    prepared, preview = dry_run(asked(plugins, table), heard().append)
    assert (prepared.counts.photos, preview.batches) == (48, 5)
    assert sorted(table.parent.rglob("*")) == before
    assert not list(Path().iterdir())


def test_too_little_is_refused_before_anything_is_written(plugins: Plugins, tmp_path: Path) -> None:
    """Two animals with one photo each teach nothing."""
    table = write_data(tmp_path / "few", individuals=2, photos=1)
    with pytest.raises(UserError, match="0 of 2 individuals"):
        train(asked(plugins, table), heard().append)
    assert not Path("training/toy/recipe.yaml").exists()


def test_weights_are_fine_tuned_by_their_own_record(
    plugins: Plugins, table: Path, tmp_path: Path
) -> None:
    """Two photos of two animals are enough; component and preparation come from the file."""
    first = train(asked(plugins, table, "train.epochs=3"), heard().append)
    few = write_data(tmp_path / "few", individuals=2, photos=2)
    resolved = recipe_of_weights(first.trained.weights, None, Shelf(Path(), plugins))
    assert (resolved.recipe.name, resolved.settings.epochs) == ("toy-colours-fine-tuned", 1)
    assert resolved.settings.weighting.power == 0.5
    assert [step.use for step in resolved.recipe.preprocess] == ["toy-darker"]
    said = heard()
    request = Request(
        resolved, (Data(few, "cat"),), (Data(table, "old"),), start=first.trained.weights, workers=2
    )
    result = train(request, said.append)
    assert result.trained.best == {"kept: old queries": 48.0}
    assert not np.array_equal(read(result.trained.weights), read(first.trained.weights))
    assert any("10 are needed to hold some out" in sentence for sentence in said)
    assert any("2 individuals are few" in sentence for sentence in said)


def test_what_was_typed_wins_when_fine_tuning(plugins: Plugins, table: Path) -> None:
    """Over the record, and over the component's own wishes; a seed reaches the training."""
    first = train(asked(plugins, table), heard().append)
    shelf = Shelf(Path(), plugins, [parse_setting("train.epochs=6")])
    resolved = seeded(recipe_of_weights(first.trained.weights, None, shelf), 8)
    assert (resolved.settings.epochs, resolved.settings.seed) == (6, 8)
    assert resolved.recipe.train["seed"] == 8


def pipeline_recipe(plugins: Plugins, *typed: Setting) -> Resolved:
    """Return the recipe of the profile's pipeline."""
    folder = Path("species")
    folder.mkdir(exist_ok=True)
    (folder / "painted-cat.yaml").write_text(PROFILE)
    return recipe_for("painted-cat", None, Shelf(Path(), plugins, typed))


def test_a_pipeline_is_trained_by_the_recipe_of_its_embedder(plugins: Plugins) -> None:
    """Preparation and side rule are the profile's, the settings the recipe's."""
    bare = pipeline_recipe(plugins)
    assert bare.settings.epochs == 3
    recipes = Path("species/recipes")
    recipes.mkdir()
    (recipes / "toy.yaml").write_text(RECIPE)
    made = pipeline_recipe(plugins)
    assert (made.recipe.name, made.recipe.species) == ("toy", "painted-cat")
    assert (made.settings.epochs, made.recipe.preprocess) == (2, ())
    (recipes / "toy-2.yaml").write_text(RECIPE.replace("name: toy", "name: toy-2"))
    with pytest.raises(UserError, match="several recipes train 'toy-colours': 'toy', 'toy-2'"):
        pipeline_recipe(plugins)

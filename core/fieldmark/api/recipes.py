"""Which recipe a training follows: a named one, a pipeline's, or that of the weights."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from fieldmark.components import Role
from fieldmark.errors import ProfileError, UserError
from fieldmark.learn.faults import without_tags
from fieldmark.learn.header import read_record
from fieldmark.learn.models import ROLES
from fieldmark.learn.overlay import Setting, overlaid
from fieldmark.learn.recipes import Resolved, find_recipe, list_recipes, load_recipe, read_recipe
from fieldmark.plugins import Plugins
from fieldmark.profile import Fusion, Pipeline, find_profile, load_profile
from fieldmark.training import merged
from fieldmark.wording import Loc, listing
from fieldmark.yamlfile import Document


@dataclass(frozen=True)
class Shelf:
    """What recipes are looked up with.

    Attributes:
        home: the folder whose `species/recipes` and `species` come first.
        plugins: those installed.
        typed: settings that lie over the recipe.
    """

    home: Path
    plugins: Plugins
    typed: Sequence[Setting] = ()


def named_recipe(name_or_path: str, shelf: Shelf) -> Resolved:
    """Return the recipe of a name or a path; raises as `load_recipe`."""
    return load_recipe(find_recipe(name_or_path, shelf.home), shelf.plugins, shelf.typed)


def recipe_for(species: str, pipeline: str | None, shelf: Shelf) -> Resolved:
    """Return the recipe that trains the embedder of a profile's pipeline, prepared as there.

    Raises:
        UserError: if the pipeline combines others, or several recipes train its embedder.
        PluginError: if a component is missing.
    """
    profile = load_profile(find_profile(species, shelf.home), shelf.plugins)
    chosen = profile.default if pipeline is None else pipeline
    found = profile.pipeline(chosen)
    if isinstance(found, Fusion):
        parts = ", ".join(found.fuse)
        raise UserError(f"pipeline {chosen!r} combines others; train one with --pipeline: {parts}")
    said = f"pipeline {chosen!r} of the profile {profile.name!r}"
    above = [*_from_pipeline(found, profile.name, said), *shelf.typed]
    path = _recipe_of(found.embed.use, profile.name, shelf.home)
    if path is not None:
        return load_recipe(path, shelf.plugins, above)
    value = {"name": found.embed.use, "embed": {"use": found.embed.use}}
    return read_recipe(yaml.safe_dump(value), shelf.plugins, above, said)


def _from_pipeline(pipeline: Pipeline, species: str, said: str) -> Iterator[Setting]:
    plain = json.loads(pipeline.model_dump_json())
    yield Setting(("species",), species, said)
    yield Setting(("preprocess",), plain["preprocess"], said)
    yield Setting(("embed", "options"), plain["embed"]["options"], said)


def _recipe_of(component: str, species: str, home: Path) -> Path | None:
    """Return the recipe that trains an embedder; of several, that of the species."""
    found: dict[str, tuple[Path, object]] = {}
    for each in list_recipes(home):
        try:
            document = Document.open(each.path)
        except ProfileError:  # said when that recipe itself is asked for
            continue
        if document.get(("embed", "use")) == component:
            found[each.name] = each.path, document.get(("species",))
    own = {name: each for name, each in found.items() if each[1] == species} or found
    if len(own) > 1 and component not in own:
        raise UserError(
            f"several recipes train {component!r}: {listing(own)}; name one: fieldmark train RECIPE"
        )
    name = component if component in own else next(iter(own), None)
    return None if name is None else own[name][0]


def recipe_of_weights(
    weights: Path, recipe: str | None, shelf: Shelf, embedder: str | None = None
) -> Resolved:
    """Return the recipe by which weights are fine-tuned.

    It is the one that the weights themselves hold, or the given one, or the defaults of the
    embedder that loads shared weights; over it lies what the component wants otherwise when it is
    fine-tuned, and over that what was typed.

    Raises:
        UserError: if the weights do not say how they were trained, or a setting is wrong.
        PluginError: if a component is missing.
    """
    value, said = _known(weights, recipe, shelf, embedder)
    key = next(key for key in ROLES if value.get(key))
    training = shelf.plugins.get(ROLES[key], value[key]["use"]).training
    if training is None:
        raise UserError(f"the {ROLES[key]} {value[key]['use']!r} cannot be trained")
    if not training.fine_tune:
        raise UserError(
            f"the {ROLES[key]} {value[key]['use']!r} cannot go on from weights: it is always"
            " trained from the beginning; use fieldmark train"
        )
    value["train"] = merged(value.get("train") or {}, training.fine_tune)
    _drop_unknown(value, shelf.typed, training.settings)
    value["name"] = f"{value['name']}-fine-tuned"
    return read_recipe(yaml.safe_dump(value), shelf.plugins, shelf.typed, said)


def _known(
    weights: Path, recipe: str | None, shelf: Shelf, embedder: str | None
) -> tuple[dict[str, Any], str]:
    """Return the recipe as plain values of its own, and where it comes from."""
    if recipe is None and embedder is not None:
        training = shelf.plugins.get(Role.EMBEDDER, embedder).training
        settings = training.adopt(weights) if training and training.adopt else {}
        plain = {"component": embedder, "preprocess": [{"use": "crop"}], "settings": settings}
        return _recorded(plain), f"{weights.name} and the defaults of {embedder!r}"
    if recipe is None:
        return _recorded(read_record(weights)), weights.name
    path = find_recipe(recipe, shelf.home)
    return json.loads(load_recipe(path, shelf.plugins).written.model_dump_json()), str(path)


def _recorded(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe that a record tells."""
    role = str(record.get("role", Role.EMBEDDER))
    key = next((key for key, own in ROLES.items() if own == role), "embed")
    value = {
        "name": record["component"],
        "species": record.get("profile", "any"),
        key: {"use": record["component"], "options": record.get("options", {})},
        "preprocess": record.get("preprocess", []),
        "train": record.get("settings", {}),
    }
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


def _drop_unknown(value: dict[str, Any], typed: Sequence[Setting], model: type[BaseModel]) -> None:
    """Drop earlier settings that do not fit what was typed: another loss has other margins."""
    try:
        model.model_validate(overlaid(value, typed)["train"])
    except ValidationError as error:
        for details in error.errors():
            loc = without_tags(overlaid(value, typed)["train"], details["loc"])
            if details["type"] == "extra_forbidden":
                _drop(value["train"], loc)


def _drop(group: Any, loc: Loc) -> None:  # noqa: ANN401 -- plain values
    *before, last = loc
    for part in before:
        group = group.get(part) if isinstance(group, dict) else None
    if isinstance(group, dict):
        group.pop(last, None)


def seeded(resolved: Resolved, seed: int | None) -> Resolved:
    """Return a recipe whose training, too, begins with a seed, where its settings have one."""
    if seed is None or "seed" not in type(resolved.settings).model_fields:
        return resolved
    settings = resolved.settings.model_copy(update={"seed": seed})
    train = {**resolved.recipe.train, "seed": seed}
    recipe = resolved.recipe.model_copy(update={"train": train})
    return replace(resolved, recipe=recipe, settings=settings)

"""Reading training recipes, and where they are found."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fieldmark.components import Component, Role
from fieldmark.errors import PluginError, UserError
from fieldmark.learn.faults import Findings, check_components
from fieldmark.learn.models import ROLES, Recipe, TrainedStep
from fieldmark.learn.overlay import Setting, overlaid
from fieldmark.plugins import Plugins
from fieldmark.profile import Found, PreprocessStep, shipped_folder, user_folder
from fieldmark.training import Training
from fieldmark.wording import did_you_mean, listing
from fieldmark.yamlfile import Document

RECIPES = "recipes"
RESOLVED = "recipe.yaml"
"""The file in a training's folder, whose name is not the recipe's."""


@dataclass(frozen=True)
class Resolved:
    """A recipe that passed every check, with all defaults filled in.

    Attributes:
        recipe: with every default filled in, as it will be written down.
        written: as the person wrote it, without options that are the defaults anyway.
        record: of the component.
        training: of the record, which has one.
        options: of the component, an instance of `record.options`.
        settings: an instance of `training.settings`.
    """

    recipe: Recipe
    written: Recipe
    record: Component[Any, Any]
    training: Training
    options: Any
    settings: Any

    @property
    def text(self) -> str:
        """The recipe as YAML; reading it again gives the same."""
        absent = {key for key in ROLES if key != self.recipe.key}
        value = json.loads(self.recipe.model_dump_json(exclude=absent))
        return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)


def load_recipe(path: Path, plugins: Plugins, settings: Sequence[Setting] = ()) -> Resolved:
    """Return the recipe in a file, with settings laid over it.

    Raises:
        ProfileError: with every mistake, each with line and column.
        UserError: the same, where some mistakes were typed.
    """
    document = Document.open(path)
    name = document.get(("name",))
    findings = _findings(document, plugins, settings)
    if isinstance(name, str) and path.name != RESOLVED and name != path.stem:
        message = f"is {name!r}, but the file is {path.name!r}; make the two agree"
        findings.add(("name",), message)
    return _resolve(findings, plugins)


def read_recipe(
    text: str, plugins: Plugins, settings: Sequence[Setting] = (), file: str = "recipe"
) -> Resolved:
    """Return the recipe that a text holds; raises as `load_recipe`, naming `file`."""
    return _resolve(_findings(Document(text, file), plugins, settings), plugins)


def _findings(document: Document, plugins: Plugins, settings: Sequence[Setting]) -> Findings:
    findings = Findings(document, settings, overlaid(document.value, settings))
    findings.check(Recipe)
    check_components(findings, plugins)
    return findings


def _resolve(findings: Findings, plugins: Plugins) -> Resolved:
    findings.refuse()
    recipe = Recipe.model_validate(findings.value)
    record = plugins.get(recipe.role, recipe.component.use)
    if record.training is None:
        raise PluginError(f"the {recipe.role} {record.name!r} cannot be trained")
    options = plugins.options(recipe.role, record.name, recipe.component.options)
    settings = record.training.settings.model_validate(recipe.train)
    written = _with_options(recipe, plugins, defaults=False)
    full = _with_options(recipe, plugins, defaults=True)
    full = full.model_copy(update={"train": settings.model_dump(mode="json")})
    return Resolved(full, written, record, record.training, options, settings)


def _with_options(recipe: Recipe, plugins: Plugins, *, defaults: bool) -> Recipe:
    """Return the recipe with every option of its components, or with those that are no default."""

    def plain(role: Role, step: PreprocessStep | TrainedStep) -> dict[str, Any]:
        options = plugins.options(role, step.use, step.options)
        return {"options": options.model_dump(mode="json", exclude_defaults=not defaults)}

    before = tuple(
        step.model_copy(update=plain(Role.PREPROCESSOR, step)) for step in recipe.preprocess
    )
    trained = recipe.component.model_copy(update=plain(recipe.role, recipe.component))
    return recipe.model_copy(update={"preprocess": before, recipe.key: trained})


def list_recipes(project: Path | None = None) -> list[Found]:
    """Return every recipe that can be used by name, in order of their names.

    Where two have one name, the project's comes before the user's, and the user's before the
    shipped one. The files are not read.
    """
    found: dict[str, Found] = {}
    for origin, folder in _folders(project):
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, Found(path.stem, path, origin))
    return sorted(found.values(), key=lambda each: each.name)


def find_recipe(name_or_path: str, project: Path | None = None) -> Path:
    """Return the file of a recipe: of a name such as `tiger-siamese`, or a path.

    Raises:
        UserError: if there is none; the message names those there are.
    """
    if name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path or "\\" in name_or_path:
        path = Path(name_or_path)
        if not path.is_file():
            raise UserError(f"there is no recipe file {name_or_path}")
        return path
    known = {each.name: each.path for each in list_recipes(project)}
    if name_or_path not in known:
        hint = did_you_mean(name_or_path, known)
        raise UserError(
            f"there is no recipe {name_or_path!r}; there is {listing(known)}; or give the path of"
            f" your own, ending in .yaml{hint}"
        )
    return known[name_or_path]


def _folders(project: Path | None) -> Iterator[tuple[str, Path]]:
    if project is not None:
        yield "project", project / "species" / RECIPES
    yield "user", user_folder() / RECIPES
    yield "shipped", shipped_folder() / RECIPES

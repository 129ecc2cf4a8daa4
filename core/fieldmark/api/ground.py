"""What a search stands on: the annotations, their features, the rules and the index."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fieldmark.api.apart import apart
from fieldmark.api.weights import exact_weights, resolve_weights
from fieldmark.catalog import (
    AnnotationRow,
    Project,
    annotations,
    decisions,
    group_encounters,
    set_aside,
)
from fieldmark.catalog.duplicates import first_pictures
from fieldmark.components import Index
from fieldmark.jobs import Progress
from fieldmark.pipeline.features import Embedded, Workshop, embed
from fieldmark.pipeline.gallery import open_index
from fieldmark.pipeline.recipe import AnyRecipe, FusedRecipe, Recipe, resolve, resolve_any
from fieldmark.pipeline.stages import build_matcher
from fieldmark.plugins import Plugins
from fieldmark.profile import Profile, find_profile, load_profile
from fieldmark.rules import CatalogueRules


@dataclass(frozen=True)
class Method:
    """How a project's animals are identified: its profile and one pipeline of it."""

    profile: Profile
    recipe: Recipe
    plugins: Plugins


@dataclass(frozen=True)
class Way:
    """How a project's animals are identified: its profile, and one pipeline or several combined.

    Attributes:
        folder: that of the profile.
    """

    profile: Profile
    recipe: AnyRecipe
    plugins: Plugins
    folder: Path

    @property
    def parts(self) -> tuple[Method, ...]:
        """The pipelines that run, the one that looks at everybody first."""
        recipe = self.recipe
        recipes = recipe.parts if isinstance(recipe, FusedRecipe) else (recipe,)
        return tuple(Method(self.profile, part, self.plugins) for part in recipes)

    @property
    def rerank(self) -> Literal["none", "k-reciprocal", "query-expansion"]:
        """How the candidates of the first part are sorted anew."""
        return self.recipe.settings.rerank if isinstance(self.recipe, FusedRecipe) else "none"


@dataclass(frozen=True)
class Ground:
    """Everything that a search needs, and everything that was left out on the way.

    `apart` holds what people decided; `pictures`, for a photo that nearly repeats another, that
    other.
    """

    method: Method
    rows: Mapping[int, AnnotationRow]
    embedded: Embedded
    apart: Mapping[int, frozenset[int]]
    pictures: Mapping[int, int]
    rules: CatalogueRules
    index: Index
    cache: Path

    def state(self, queries: Iterable[int]) -> str:
        """Return a digest that changes whenever the answers to these queries may change."""
        keys, used = self.embedded.keys, {*self.index.ids.tolist(), *queries}
        # Also who stands beside them: what a mate is decided to be is offered to nobody else.
        seen = {self.rows[number].photo_id for number in used}
        parts = [
            f"{row.id} {row.photo_id} {row.encounter_id} {row.individual_id} {row.side}"
            f" {keys.get(row.id)} {sorted(self.apart.get(row.id, ()))}"
            f" {self.pictures.get(row.photo_id)}"
            for row in self.rows.values()
            if row.photo_id in seen
        ]
        parts += [f"in {number}" for number in self.index.ids]
        parts += [f"asked {number}" for number in queries]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def method_of(project: Project, pipeline: str | None, species: str | None = None) -> Method:
    """Return a profile (None: the project's) and one pipeline of it (None: the default one).

    Raises:
        ProfileError: if the profile has mistakes.
        UserError: if there is no such pipeline, or a model card in it names no exact version.
        PluginError: if a component is missing.
    """
    profile, plugins = _profile(project, species)[:2]
    return Method(profile, resolve(profile, pipeline, plugins, exact_weights), plugins)


def way_of(project: Project, pipeline: str | None, species: str | None = None) -> Way:
    """Return a profile and one pipeline of it, also one that combines others.

    Raises:
        ProfileError, UserError, PluginError: as `method_of`.
    """
    profile, plugins, folder = _profile(project, species)
    recipe = resolve_any(profile, pipeline, plugins, exact_weights)
    return Way(profile, recipe, plugins, folder)


def _profile(project: Project, species: str | None) -> tuple[Profile, Plugins, Path]:
    """Return a profile, the installed plugins, and the profile's folder."""
    plugins = Plugins.installed()
    path = find_profile(species or project.species, project.folder)
    return load_profile(path, plugins), plugins, path.parent


def gap_of(project: Project) -> int:
    """Return how many seconds may lie between two photos of one visit, by the project's profile.

    Raises:
        ProfileError: if the profile has mistakes.
    """
    profile = load_profile(find_profile(project.species, project.folder), Plugins.installed())
    return int(profile.encounter.gap_seconds)


def read_rows(project: Project, profile: Profile) -> dict[int, AnnotationRow]:
    """Group the annotations into encounters and return them all by number."""
    with project.writing() as session:
        group_encounters(session, int(profile.encounter.gap_seconds))
    with project.reading() as session:
        return {row.id: row for row in annotations(session)}


def lay_ground(
    project: Project,
    method: Method,
    rows: Mapping[int, AnnotationRow],
    queries: Collection[int],
    gallery: Collection[int],
    workers: int,
    progress: Progress,
) -> Ground:
    """Make the features of queries and gallery, and the index over the gallery.

    Raises:
        PluginError: if a library is missing.
        UserError: if weights are missing or damaged.
        ProjectError: if the disk is full.
    """
    recipe, cache = method.recipe, project.cache
    wanted = [rows[number] for number in sorted({*queries, *gallery})]
    workshop = Workshop(recipe, resolve_weights, project.folder, cache)
    embedded = embed(wanted, workshop, workers, progress)
    _remember_set_aside(project, recipe, embedded)
    matcher = build_matcher(recipe, method.plugins, resolve_weights, cache)
    keys = {number: embedded.keys[number] for number in gallery if number in embedded.keys}
    index = open_index(matcher, recipe, cache, keys, progress)
    with project.reading() as session:
        kept_apart = apart(decisions(session, in_force=True), rows)
        pictures = first_pictures(session)
    rules = CatalogueRules(rows.values(), recipe.sides, kept_apart, pictures)
    return Ground(method, rows, embedded, kept_apart, pictures, rules, index, cache)


def _remember_set_aside(project: Project, recipe: Recipe, embedded: Embedded) -> None:
    with project.writing() as session:
        for number, reason in embedded.set_aside.items():
            set_aside(session, number, recipe.features_fingerprint, reason)

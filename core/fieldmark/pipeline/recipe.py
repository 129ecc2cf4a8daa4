"""One pipeline of a profile, resolved: which components run, with which options.

A recipe is what worker processes are given; it names components rather than holding them, because
a built component need not survive the way into another process.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from fieldmark.components import Options, Role, fingerprint
from fieldmark.errors import UserError
from fieldmark.plugins import Plugins
from fieldmark.profile import Fusion, Pipeline, Profile
from fieldmark.profile import Step as ProfileStep
from fieldmark.rules import SideRule


class ResolveWeights(Protocol):
    """Finds the weights that a profile names."""

    def __call__(self, reference: str, *, as_is: bool = False) -> Path:
        """Return the local, verified file; `as_is`: also if it is a pickle."""
        ...


ExactWeights: TypeAlias = Callable[[str], str]
"""Takes a weights reference of a profile and returns one that is pinned to its content."""


@dataclass(frozen=True)
class Step:
    """One component of a recipe.

    Attributes:
        weights: the reference to the weights, pinned to their content, if the profile names any.
        fingerprint: of the component's code version, options and weights.
        parallel: whether copies of it may run in several processes.
        opens_pickles: whether it is given the file that the reference names, also a pickle.
    """

    role: Role
    name: str
    options: Options
    weights: str | None
    fingerprint: str
    parallel: bool
    opens_pickles: bool = False


@dataclass(frozen=True)
class Recipe:
    """A pipeline ready to be built, anywhere."""

    species: str
    name: str
    preprocess: tuple[Step, ...]
    embed: Step
    match: Step
    sides: SideRule

    @property
    def steps(self) -> tuple[Step, ...]:
        """All components in the order in which they run."""
        return (*self.preprocess, self.embed, self.match)

    @property
    def features_fingerprint(self) -> str:
        """64 hex digits that change whenever the features may change."""
        return _digest(step.fingerprint for step in (*self.preprocess, self.embed))

    @property
    def fingerprint(self) -> str:
        """64 hex digits that change whenever the candidates may change."""
        side = f"{self.sides.opposite} {self.sides.weight}"
        return _digest([self.features_fingerprint, self.match.fingerprint, side])


@dataclass(frozen=True)
class FusedRecipe:
    """A pipeline that combines others.

    Attributes:
        parts: the first looks at everybody, the others at its shortlist.
        settings: how they are combined, as the profile says.
    """

    species: str
    name: str
    parts: tuple[Recipe, ...]
    settings: Fusion
    sides: SideRule

    @property
    def fingerprint(self) -> str:
        """64 hex digits that change whenever the candidates may change, but for what is learnt."""
        settings = json.dumps(self.settings.model_dump(mode="json"), sort_keys=True)
        return _digest([*(part.fingerprint for part in self.parts), settings])


AnyRecipe: TypeAlias = Recipe | FusedRecipe


def resolve_any(
    profile: Profile, name: str | None, plugins: Plugins, exact: ExactWeights = str
) -> AnyRecipe:
    """Return the recipe of a profile's pipeline, also of one that combines others.

    Raises:
        UserError, PluginError: as `resolve`.
    """
    chosen = profile.default if name is None else name
    pipeline = profile.pipeline(chosen)
    if isinstance(pipeline, Pipeline):
        return resolve(profile, chosen, plugins, exact)
    parts = tuple(resolve(profile, part, plugins, exact) for part in pipeline.fuse)
    return FusedRecipe(profile.name, chosen, parts, pipeline, parts[0].sides)


def resolve(
    profile: Profile, name: str | None, plugins: Plugins, exact: ExactWeights = str
) -> Recipe:
    """Return the recipe of a profile's pipeline.

    Args:
        profile: the species.
        name: of the pipeline; None: the profile's default.
        plugins: the installed ones.
        exact: says which file the name of a model card stands for, because the card may name
            another one tomorrow.

    Raises:
        UserError: if the profile has no such pipeline, or it combines others.
        PluginError: if a component is not installed.
    """
    chosen = profile.default if name is None else name
    pipeline = profile.pipeline(chosen)
    if not isinstance(pipeline, Pipeline):
        raise UserError(
            f"pipeline {chosen!r} of {profile.name} combines others, and one is needed here;"
            f" choose one of its parts with --pipeline: {', '.join(pipeline.fuse)}"
        )
    return Recipe(
        profile.name,
        chosen,
        tuple(step_of(plugins, step, exact) for step in pipeline.preprocess),
        step_of(plugins, pipeline.embed, exact),
        step_of(plugins, pipeline.match, exact),
        SideRule(profile.sides.opposite, profile.sides.soft_weight),
    )


def resolve_detector(profile: Profile, plugins: Plugins, exact: ExactWeights = str) -> Step | None:
    """Return the profile's detector, as `resolve` does; None if it names none.

    Raises:
        PluginError: if it is not installed.
    """
    return None if profile.detect is None else step_of(plugins, profile.detect, exact)


def resolve_side_classifier(
    profile: Profile, plugins: Plugins, exact: ExactWeights = str
) -> tuple[Step, ...]:
    """Return the profile's side classifier, the last step, behind what prepares its pictures.

    Empty if the profile names none; raises as `resolve_detector`.
    """
    judge = profile.sides.classifier
    if judge is None:
        return ()
    return tuple(step_of(plugins, step, exact) for step in (*judge.preprocess, judge))


def step_of(plugins: Plugins, step: ProfileStep, exact: ExactWeights = str) -> Step:
    """Return one component of a profile as a recipe holds it; raises as `resolve_detector`."""
    record = plugins.get(step.role, step.use)
    options = plugins.options(step.role, step.use, step.options)
    # A reference to weights is pinned to their digest, so it stands for their content.
    weights = None if step.weights is None else exact(step.weights)
    identity = fingerprint(record, options, weights)
    ways = record.parallel, record.opens_pickles
    return Step(step.role, step.use, options, weights, identity, *ways)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

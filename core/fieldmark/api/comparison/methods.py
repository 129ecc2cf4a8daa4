"""The pipelines of a comparison, and the controls beside them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fieldmark.api.comparison.request import Request
from fieldmark.api.models_used import models_of
from fieldmark.api.weights import exact_weights
from fieldmark.components import Role
from fieldmark.errors import FieldmarkError, UserError
from fieldmark.evaluate.results import ModelUsed, PipelineUsed
from fieldmark.pipeline.recipe import AnyRecipe, FusedRecipe, Recipe, resolve_any
from fieldmark.plugins import Plugins
from fieldmark.profile import Profile
from fieldmark.types import FeatureKind


@dataclass(frozen=True)
class Methods:
    """What is compared.

    Attributes:
        recipes: in the order of the profile, or as they were asked for.
        used: the same, as results show them.
        remarks: which pipelines were left out, and why.
    """

    profile: Profile
    recipes: tuple[AnyRecipe, ...]
    used: tuple[PipelineUsed, ...]
    remarks: tuple[str, ...]

    @property
    def singles(self) -> tuple[Recipe, ...]:
        """Every pipeline that runs, also those that only take part in a fusion."""
        found: dict[str, Recipe] = {}
        for recipe in self.recipes:
            for part in recipe.parts if isinstance(recipe, FusedRecipe) else (recipe,):
                found.setdefault(part.name, part)
        return tuple(found.values())


def methods_of(request: Request, profile: Profile, plugins: Plugins) -> Methods:
    """Return the pipelines that were asked for, or all that can run here.

    Raises:
        UserError, PluginError: if one that was asked for cannot run, or none can.
    """
    names = request.pipelines or tuple(profile.pipelines)
    recipes, used, remarks = [], [], []
    for name in names:
        try:
            recipe = resolve_any(profile, name, plugins, exact_weights)
            shown = _used(recipe, request, plugins)
        except FieldmarkError as problem:
            if request.pipelines:
                raise
            remarks.append(f"the pipeline {name!r} was left out: {problem}")
            continue
        recipes.append(recipe)
        used.append(shown)
    if not recipes:
        raise UserError(f"no pipeline of {profile.name} can run here: {'; '.join(remarks)}")
    return Methods(profile, tuple(recipes), tuple(used), tuple(remarks))


def _used(recipe: AnyRecipe, request: Request, plugins: Plugins) -> PipelineUsed:
    parts = recipe.parts if isinstance(recipe, FusedRecipe) else (recipe,)
    models = {
        used.model.reference: used.model for p in parts for used in models_of(p, request.licences)
    }
    return PipelineUsed(
        name=recipe.name,
        kind=_kind(recipe, plugins),
        summary=_summary(recipe),
        components=tuple(dict.fromkeys(step.name for part in parts for step in part.steps)),
        fingerprint=recipe.fingerprint,
        models=tuple(
            ModelUsed(
                name=model.name,
                licence=model.terms,
                permissive=model.permissive,
                sentence=model.reference,
            )
            for model in models.values()
        ),
    )


def _kind(recipe: AnyRecipe, plugins: Plugins) -> str:
    if isinstance(recipe, FusedRecipe):
        return "fused"
    emits = plugins.get(Role.EMBEDDER, recipe.embed.name).emits
    return "deep" if emits is FeatureKind.VECTOR else "local"


def _summary(recipe: AnyRecipe) -> str:
    if isinstance(recipe, FusedRecipe):
        names = " and ".join(part.name for part in recipe.parts)
        return f"combines {names} ({recipe.settings.combine})"
    return " → ".join(step.name for step in recipe.steps)


def control(name: str, summary: str, recipe: Recipe | None = None) -> PipelineUsed:
    """Return a control as results show it."""
    return PipelineUsed(
        name=name,
        kind="control",
        summary=summary,
        components=() if recipe is None else tuple(step.name for step in recipe.steps),
        fingerprint="" if recipe is None else recipe.fingerprint,
    )


def in_order(found: Iterable[PipelineUsed]) -> Iterator[PipelineUsed]:
    """Yield each pipeline once, the controls last."""
    once = {each.name: each for each in found}.values()
    yield from (each for each in once if each.kind != "control")
    yield from (each for each in once if each.kind == "control")

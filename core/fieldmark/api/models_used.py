"""On what terms a pipeline's weights are used, and whether they know the species."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from fieldmark.api.weights import in_words, shelf
from fieldmark.catalog import AnnotationRow
from fieldmark.learn.header import record_or_nothing
from fieldmark.pipeline.recipe import Recipe, Step
from fieldmark.profile import Profile
from fieldmark.report.view import Model
from fieldmark_registry.licences import Policy, refuse
from fieldmark_registry.weights import Located

EVERY_ANIMAL = "Animalia"
"""The scientific name in a profile that is about no species in particular."""


@dataclass(frozen=True)
class Used:
    """Weights of a pipeline.

    Attributes:
        species: the names of those that they were trained on, as their makers wrote them.
        complete: whether that list is known to be whole.
    """

    model: Model
    species: tuple[str, ...]
    complete: bool


def models_of(recipe: Recipe, policy: Policy) -> tuple[Used, ...]:
    """Return the weights that a recipe names.

    Raises:
        UserError: if one is not here or damaged, or the policy refuses its licence.
    """
    return tuple(model_of(step, policy) for step in recipe.steps if step.weights)


def model_of(step: Step, policy: Policy) -> Used:
    """Return the weights that a step names; raises as `models_of`."""
    with in_words():
        found = shelf().locate(step.weights or "", as_is=step.opens_pickles)
        name = found.card.name if found.card else str(found.reference).partition("#")[0]
        refuse(found.licence, policy, name)
        # Said at once, and not after torch is imported.
        shelf().verified(step.weights or "", as_is=step.opens_pickles)
    licence = found.licence
    model = Model(
        step.name, name, str(found.reference), licence.text, licence.sentence, licence.permissive
    )
    if found.card:
        return Used(model, found.card.species, found.card.species_complete)
    return Used(model, _learnt(found), complete=True)


def _learnt(found: Located) -> tuple[str, ...]:
    """Return the species that weights trained by fieldmark say they learnt; none for others."""
    record = record_or_nothing(found.path) if found.path else {}
    return tuple(record.get("species", ()))


def with_unseen(used: Used, profile: Profile, queries: Iterable[AnnotationRow]) -> Model:
    """Return the model with a sentence on the species that it was not trained on, if any."""
    animals = sorted({_animal(row.species, profile) for row in queries})
    known = {_plain(name) for name in used.species}
    strange = [name for name in animals if not _names(name, profile) & known]
    if not strange:
        return used.model
    return replace(used.model, unseen="; ".join(_sentences(used, strange)))


def _animal(species: str, profile: Profile) -> str:
    return profile.scientific_name if species == profile.name else species


def _names(animal: str, profile: Profile) -> set[str]:
    """Return the names under which an animal may have been trained on."""
    if animal != profile.scientific_name:
        return {_plain(animal)}
    return {_plain(name) for name in (animal, profile.name, profile.common_name) if name}


def _plain(name: str) -> str:
    return name.casefold().replace("-", " ").replace("_", " ").strip()


def _sentences(used: Used, strange: Collection[str]) -> Iterator[str]:
    if EVERY_ANIMAL in strange:
        yield (
            "the profile names no species, so it is not known whether the model"
            f" {used.model.name} was trained on these animals, and they count as unseen"
        )
    named = ", ".join(name for name in strange if name != EVERY_ANIMAL)
    if named and used.complete:
        yield f"{used.model.name} was not trained on {named}"
    elif named:
        yield (
            f"it is not known whether {used.model.name} was trained on {named}, because its makers"
            " do not list all their species, and they count as unseen"
        )
    yield (
        "how often it is right on them was never measured: compare it with the pipeline 'local',"
        " and check every candidate by eye"
    )

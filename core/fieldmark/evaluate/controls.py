"""What is reached without knowing the animal; beside every result, so that it can be judged.

- `random`: a vector drawn at random for each photo. What guessing reaches, measured.
- `majority`: whoever has most photos in the gallery.
- `background only: …`: the pipeline itself, with the animal painted over. What it reaches then, it
  owes to the place and the light.
- `mirrored flank: …`: the pipeline itself, asked with mirrored photos of the one flank among
  photos of the other flank alone. Where the two flanks carry different patterns it must fail:
  what it reaches, it owes to build, light or place.
"""

from dataclasses import replace

import numpy as np

from fieldmark.components import Rules
from fieldmark.decide.scores import Scores
from fieldmark.errors import PluginError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.split import Split
from fieldmark.pipeline.recipe import Recipe, Step, step_of
from fieldmark.plugins import Plugins
from fieldmark.profile.models import EmbedStep, MatchStep, PreprocessStep
from fieldmark.profile.models import Step as ProfileStep
from fieldmark.rules import SideRule
from fieldmark.types import Floats, Ids, Side

RANDOM = "random"
MAJORITY = "majority"
BACKGROUND = "background only: "
MIRRORED = "mirrored flank: "

_FIND = "background"
_HIDE = PreprocessStep(use="paint", options={"hide": "animal"})
_GUESS = EmbedStep(use="random"), MatchStep(use="nearest")


def at_random(species: str, sides: SideRule, plugins: Plugins) -> Recipe | None:
    """Return the pipeline that guesses; None where its components are not installed."""
    embed, match = (_made(step, plugins) for step in _GUESS)
    if embed is None or match is None:
        return None
    return Recipe(species, RANDOM, (), embed, match, sides)


def background_only(recipe: Recipe, plugins: Plugins) -> Recipe | None:
    """Return a pipeline that sees everything but the animal; None where it cannot be made."""
    own = next((step for step in recipe.preprocess if step.name == _FIND), None)
    find, hide = _made(_finding(own), plugins), _made(_HIDE, plugins)
    if find is None or hide is None:
        return None
    # A step that finds the animal would now find, and weigh, what is left of it.
    kept = [step for step in recipe.preprocess if step.name != _FIND]
    after = 1 + next((i for i, step in enumerate(kept) if step.name == "crop"), -1)
    steps = (*kept[:after], find, hide, *kept[after:])
    return replace(recipe, name=BACKGROUND + recipe.name, preprocess=steps)


def _finding(own: Step | None) -> PreprocessStep:
    """Return the step that finds the animal as the pipeline does, and cuts nothing away."""
    if own is None:
        return PreprocessStep(use=_FIND, options={"tighten": False})
    options = {**own.options.model_dump(mode="json"), "tighten": False}
    return PreprocessStep(use=_FIND, options=options, weights=own.weights)


def _made(step: ProfileStep, plugins: Plugins) -> Step | None:
    try:
        return step_of(plugins, step)
    except PluginError:
        return None


class OtherFlank:
    """Rules under which only the opposite flank is compared."""

    def __init__(self, rules: Rules, animals: Animals) -> None:
        """Take rules that let opposite flanks be compared, and tell the sides from animals."""
        self._rules = rules
        self._sides = {row.id: row.side for row in animals.rows}

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weights of the rules, and 0 for what is not the opposite flank."""
        wanted = self._sides[query].opposite
        opposite = [wanted is not None and self._sides[n] is wanted for n in ids.tolist()]
        return np.where(opposite, self._rules.weights(query, ids), 0).astype(np.float32)

    def individuals(self, ids: Ids) -> Ids:
        """Return the number of each annotation's individual."""
        return self._rules.individuals(ids)


def has_two_flanks(animals: Animals) -> bool:
    """Return whether any individual was seen from both of two opposite sides."""
    seen: dict[int, set[Side]] = {}
    for row in animals.rows:
        seen.setdefault(row.individual_id, set()).add(row.side)
    return any(side.opposite in sides for sides in seen.values() for side in sides)


def majority(split: Split, animals: Animals, rules: Rules) -> Scores:
    """Return for each query how many photos of each individual it may be compared with."""
    columns = split.enrolled(animals)
    owners = np.searchsorted(columns, rules.individuals(split.gallery))
    values = np.full((len(split.queries), len(columns)), np.nan, np.float32)
    best = np.zeros(values.shape, np.int64)
    for row, number in enumerate(split.queries.tolist()):
        allowed = (rules.weights(number, split.gallery) > 0) & (split.gallery != number)
        counts = np.bincount(owners[allowed], minlength=len(columns))
        values[row, counts > 0] = counts[counts > 0]
        best[row, owners[allowed][::-1]] = split.gallery[allowed][::-1]
    return Scores(split.queries, columns, values, best)

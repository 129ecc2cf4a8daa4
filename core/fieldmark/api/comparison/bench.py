"""The pipelines over one set of data: features made once, scores kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from fieldmark.api.comparison.methods import Methods, control
from fieldmark.api.comparison.request import Request
from fieldmark.evaluate import controls as without
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.mirror import mirrored_animals
from fieldmark.evaluate.preparing import Place, Prepared, prepare, timed
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.results import PipelineUsed
from fieldmark.evaluate.scoring import AS_USUAL, How, Scored, score
from fieldmark.pipeline.recipe import Recipe
from fieldmark.plugins import Plugins
from fieldmark.rules import SideRule

CONTROL = How(photos=False)
"""Controls are asked for individuals alone."""


@dataclass
class Bench:
    """Everything that is needed to ask pipelines about one set of data.

    Attributes:
        used: the controls that ran, as results show them.
        remarks: what could not be done, and why.
    """

    request: Request
    methods: Methods
    plugins: Plugins
    place: Place
    animals: Animals
    used: list[PipelineUsed] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _prepared: dict[str, Prepared] = field(default_factory=dict)

    def prepared(self, recipe: Recipe) -> Prepared:
        """Return a pipeline with the features of all animals; made once."""
        if recipe.name not in self._prepared:
            made = prepare(recipe, self.animals, self.place)
            self._prepared[recipe.name] = replace(made, costs=made.costs or timed(made, self.place))
        return self._prepared[recipe.name]

    def score(
        self,
        recipe: Recipe,
        question: Question,
        how: How = AS_USUAL,
    ) -> Scored:
        """Return what a pipeline says; see `fieldmark.evaluate.scoring.score`."""
        return score(self.prepared(recipe), question.split, self.place, how)

    def controls(self, question: Question) -> Iterator[tuple[str, Scored]]:
        """Yield what is reached without knowing the animal."""
        yield from self._guesses(question)
        for recipe in self.methods.singles:
            if hidden := without.background_only(recipe, self.plugins):
                self._note(hidden.name, "the same, with the animal painted over", hidden)
                yield hidden.name, self.score(hidden, question, CONTROL)
            if without.has_two_flanks(self.animals):
                yield self._mirrored(recipe, question)

    def _guesses(self, question: Question) -> Iterator[tuple[str, Scored]]:
        first = self.methods.singles[0]
        if guess := without.at_random(first.species, first.sides, self.plugins):
            self._note(without.RANDOM, "a vector drawn at random for each photo", guess)
            yield without.RANDOM, self.score(guess, question, CONTROL)
        rules = question.split.rules(self.animals, first.sides)
        self._note(without.MAJORITY, "whoever has most photos in the gallery")
        yield without.MAJORITY, Scored(without.majority(question.split, self.animals, rules), None)

    def _mirrored(self, recipe: Recipe, question: Question) -> tuple[str, Scored]:
        """Ask with mirrored photos for the other flank."""
        name = without.MIRRORED + recipe.name
        self._note(name, "asked with mirrored photos for the opposite flank alone", recipe)
        folder = self.request.out / "mirrored"
        mirrored = mirrored_animals(self.animals, folder, self.request.workers, self.place.progress)
        own = prepare(replace(recipe, name=name), mirrored, self.place)
        rules = question.split.rules(self.animals, SideRule("comparable"))
        only = without.OtherFlank(rules, self.animals)
        how = replace(CONTROL, rules=only, tag="mirrored", name=name, asking=own.embedded.keys)
        return name, self.score(recipe, question, how)

    def _note(self, name: str, summary: str, recipe: Recipe | None = None) -> None:
        if name not in [each.name for each in self.used]:
            self.used.append(control(name, summary, recipe))

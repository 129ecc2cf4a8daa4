"""Examples of a comparison, with what the pipeline found alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fieldmark.api.comparison.bench import Bench
from fieldmark.api.comparison.cells import Round
from fieldmark.cache import FeatureCache
from fieldmark.components import Explaining
from fieldmark.decide.background import (
    Evidence,
    Whereabouts,
    background_share,
    even_share,
    within,
)
from fieldmark.errors import FieldmarkError
from fieldmark.evaluate.animals import Animal
from fieldmark.evaluate.examples import Chosen, choose
from fieldmark.evaluate.measuring import RANK
from fieldmark.evaluate.preparing import stages_of, subject_of
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.results import Cell, Example, Shown
from fieldmark.evaluate.scoring import build_index
from fieldmark.pipeline.recipe import AnyRecipe, FusedRecipe, Recipe
from fieldmark.pipeline.search import read_query
from fieldmark.pipeline.stages import Stages
from fieldmark.report.evidence import NOTHING
from fieldmark.report.heat import heat_uri
from fieldmark.types import Chip, Explanation, Heat

POINTS = 60
"""Matched points that are kept of an example; the strongest."""


def with_examples(bench: Bench, found: Round) -> Iterator[Cell]:
    """Yield the cells of a round with examples; the controls have none."""
    recipes = {recipe.name: recipe for recipe in bench.methods.recipes}
    for cell in found.cells:
        recipe = recipes.get(cell.pipeline)
        count = bench.request.examples
        examples = tuple(_examples(bench, found, recipe, count)) if recipe and count else ()
        yield cell.model_copy(update={"examples": examples})


def _examples(bench: Bench, found: Round, recipe: AnyRecipe, count: int) -> Iterator[Example]:
    learnt = found.learnt.get(recipe.name)
    scores = found.scored[recipe.name].scores if learnt is None else learnt.probabilities
    rank = found.measured[recipe.name].per_query[RANK]
    chosen = [each for each in choose(found.question, scores, rank, count) if each.proposed]
    if not chosen:
        return
    looker = _Looker(bench, found.question, _shown_by(recipe, bench))
    for done, each in enumerate(chosen, start=1):
        yield looker.example(each)
        bench.place.progress(done, len(chosen), f"examples ({recipe.name})")


def _shown_by(recipe: AnyRecipe, bench: Bench) -> Recipe:
    """Return the pipeline that explains: of a fusion, the first that matches points, if any."""
    if not isinstance(recipe, FusedRecipe):
        return recipe
    points = {each.name for each in bench.methods.used if each.kind == "local"}
    return next((part for part in recipe.parts if part.name in points), recipe.parts[0])


@dataclass(frozen=True)
class _Evidence:
    """What two photos share: matched points, or two maps; and how much of it is background."""

    explanation: Explanation = field(default_factory=Explanation)
    heat: tuple[str, ...] = ()
    background: float | None = None
    even: float = 0.0


class _Looker:
    """Explains pairs by one pipeline."""

    def __init__(self, bench: Bench, question: Question, recipe: Recipe) -> None:
        self._question, self._place = question, bench.place
        self._prepared = bench.prepared(recipe)
        self._rules = question.split.rules(question.animals, recipe.sides)
        self._stages: Stages = stages_of(recipe, bench.place)
        heat = isinstance(self._stages.embed, Explaining)
        self._index = None if heat else build_index(self._prepared, question.split, bench.place)

    def example(self, chosen: Chosen) -> Example:
        """Return a chosen query with its evidence."""
        by_id = self._question.animals.by_id
        query, proposed = by_id[chosen.query], by_id[chosen.proposed]
        found = self._evidence(query, proposed)
        told = found.explanation
        order = (-told.weights).argsort(kind="stable")[:POINTS]
        return Example(
            kind=chosen.kind,
            query=_shown(query),
            proposed=_shown(proposed),
            right=None if chosen.right is None else _shown(by_id[chosen.right]),
            score=chosen.score,
            rank=chosen.rank,
            query_xy=tuple((float(x), float(y)) for x, y in told.query_xy[order]),
            proposed_xy=tuple((float(x), float(y)) for x, y in told.candidate_xy[order]),
            weights=tuple(told.weights[order].tolist()),
            heat=found.heat,
            background=found.background,
            even=found.even,
        )

    def _evidence(self, query: Animal, proposed: Animal) -> _Evidence:
        """Return what speaks for a pair; nothing where a photo, or the network, cannot be read."""
        try:
            chips = [self._stages.prepare(subject_of(animal)) for animal in (query, proposed)]
            one, other = chips
            if not isinstance(one, Chip) or not isinstance(other, Chip):
                return _Evidence()
            return self._heat(one, other) or self._points(query, proposed, one, other)
        except FieldmarkError:
            return _Evidence()

    def _heat(self, one: Chip, other: Chip) -> _Evidence | None:
        embedder = self._stages.embed
        if not isinstance(embedder, Explaining):
            return None
        maps = embedder.heat(one, other)
        pictures = heat_uri(maps[0], one), heat_uri(maps[1], other)
        heat = Heat(maps[0], one.region), Heat(maps[1], other.region)
        return _Evidence(Explanation(), pictures, *_outside(heat, one, other))

    def _points(self, query: Animal, proposed: Animal, one: Chip, other: Chip) -> _Evidence:
        asked = read_query(query.id, self._prepared.embedded.keys, FeatureCache(self._place.cache))
        if asked is None or self._index is None:
            return _Evidence()
        (found,) = self._index.explain(asked, [proposed.id], self._rules)
        shown = within(found, query.box, proposed.box)
        return _Evidence(shown, (), *_outside(found, one, other))


def _outside(evidence: Evidence, one: Chip, other: Chip) -> tuple[float | None, float]:
    """Return how much of the evidence lies outside the animals, and how much would by chance.

    The first is None where only the boxes are known, and nothing beside them was looked at.
    """
    places = Whereabouts.of(one), Whereabouts.of(other)
    even = even_share(*places)
    masked = one.mask is not None and other.mask is not None
    known = masked or even >= NOTHING
    return background_share(evidence, *places) if known else None, even


def _shown(animal: Animal) -> Shown:
    box = animal.box
    return Shown(
        annotation=animal.id,
        path=str(animal.path.resolve()),
        shown=animal.shown,
        box=(box.x, box.y, box.w, box.h),
        individual=animal.label,
        side=str(animal.side),
        encounter=animal.encounter,
    )

"""The training-size study: from how many photos on does a network pay?

On one and the same held-out individuals it compares what learns nothing (the local pipeline, and
shared weights as they are) with networks that are trained on more and more photos, or on more and
more individuals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import yaml

from fieldmark.api.recipes import Shelf
from fieldmark.api.sizes_training import CellError, Cells, Learner, learners, trained
from fieldmark.api.train import Request, Say
from fieldmark.api.weights import exact_weights
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.growth import Array, Grown, Method, Resampled, crossings, curves
from fieldmark.evaluate.metrics import ranks, top_k
from fieldmark.evaluate.preparing import Place, prepare
from fieldmark.evaluate.results import SizeStudy
from fieldmark.evaluate.scoring import How, score
from fieldmark.evaluate.sizes import Sides, Taken, Vary, enough, in_words, ladder, sides
from fieldmark.evaluate.split import Split
from fieldmark.jobs import Progress
from fieldmark.learn.overlay import Setting
from fieldmark.learn.recipes import Resolved
from fieldmark.learn.rows import Data
from fieldmark.learn.snippet import snippet
from fieldmark.learn.sources import home
from fieldmark.pipeline.recipe import Recipe, resolve
from fieldmark.plugins import Plugins
from fieldmark.profile import Pipeline, Profile, find_profile, load_profile
from fieldmark_registry.licences import Policy

PROTOCOL = "encounter-disjoint"
METRIC = "top-1"


@dataclass(frozen=True)
class Asked:
    """What to study.

    Attributes:
        species: the profile, whose sides, encounters and local pipeline count.
        data: to learn from and to ask; the animals of the study were read from them.
        sizes: photos of each individual, or individuals; ascending.
        out: the trainings are kept in `sizes` below it.
        seeds: how often everything is drawn and trained anew.
        recipe: trains from scratch; None: nothing is trained from scratch.
        fine_tune: weights to use as they are and to go on from; None: nothing is.
        typed: settings that lie over both recipes.
        where, columns: how tables are read, as in `Request`.
        local: the pipeline that networks are compared with.
    """

    species: str
    data: tuple[Data, ...]
    sizes: tuple[int, ...]
    out: Path
    vary: tuple[Vary, ...] = ("photos",)
    seeds: int = 3
    recipe: str | None = None
    fine_tune: str | None = None
    typed: Sequence[Setting] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    device: str = "auto"
    licences: Policy = "any"
    local: str = "local"


def study(asked: Asked, animals: Animals, place: Place, say: Say) -> tuple[SizeStudy, ...]:
    """Train and measure; one result for each way to grow.

    Killed at any moment, it goes on with the same request: a finished training is not repeated,
    one that was under way continues. One that fails is noted, and costs the study a point.

    Args:
        asked: what to study.
        animals: of all data; `part` says who is held out, where it says anything.
        place: where features and answers are kept.
        say: told every warning, once.

    Raises:
        UserError: if nobody can be held out or learnt from, a recipe or weights cannot be used, or
            no training at all succeeds.
        PluginError: if a component or a library is missing.
        ProjectError: if the disk is full.
    """
    plugins = Plugins.installed()
    profile = load_profile(find_profile(asked.species, home(asked.data)), plugins)
    species = Setting(("species",), asked.species, f"--species {asked.species}")
    shelf = Shelf(home(asked.data), plugins, [species, *asked.typed])
    ways = learners(asked.recipe, asked.fine_tune, shelf, asked.licences)
    found = sides(animals)
    examiner = _Examiner(profile, plugins, replace(animals, rows=found.test), place)
    still = tuple(_still(asked, ways, examiner))
    once = _once(say)
    return tuple(
        _Growing(asked, animals, found, ways, examiner, varied, once).result(still)
        for varied in asked.vary
    )


def _once(say: Say) -> Say:
    said: set[str] = set()

    def only_new(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            say(sentence)

    return only_new


@dataclass(frozen=True)
class _Examiner:
    """Lets the held-out animals ask one another, with any pipeline."""

    profile: Profile
    plugins: Plugins
    tested: Animals
    place: Place

    def recipe(self, resolved: Resolved, weights: Path, name: str) -> Recipe:
        """Return the pipeline that uses weights, with the preparation of their training."""
        pipeline = Pipeline.model_validate(yaml.safe_load(snippet(resolved, weights)))
        update = {"pipelines": {name: pipeline}, "default": name}
        return resolve(self.profile.model_copy(update=update), name, self.plugins, exact_weights)

    def answers(self, recipe: Recipe) -> Array:
        """Return whether each photo finds its own: (q,) 1, 0, or NaN where there is nothing."""
        ids = np.array([row.id for row in self.tested.rows], np.int64)
        made = prepare(recipe, self.tested, self.place)
        asking = Split(PROTOCOL, None, ids, ids)
        scores = score(made, asking, self.place, How(photos=False)).scores
        truth = self.tested.individuals(scores.queries.tolist())
        return np.asarray(top_k(ranks(scores.values, scores.columns, truth), 1), np.float64)


def _still(asked: Asked, ways: Sequence[Learner], examiner: _Examiner) -> Iterator[Method]:
    """Yield the methods that learn nothing."""
    local = resolve(examiner.profile, asked.local, examiner.plugins, exact_weights)
    yield Method.still(asked.local, "local", examiner.answers(local))
    for way in ways:
        if way.start is not None:
            recipe = examiner.recipe(way.resolved, way.start.weights, "zero-shot")
            yield Method.still("zero-shot", "zero-shot", examiner.answers(recipe))


class _Growing:
    """The trainings of one way to grow, and what comes of them."""

    def __init__(
        self,
        asked: Asked,
        animals: Animals,
        found: Sides,
        ways: Sequence[Learner],
        examiner: _Examiner,
        varied: Vary,
        say: Say,
    ) -> None:
        self._asked, self._animals, self._sides = asked, animals, found
        self._ways, self._examiner, self._varied, self._say = ways, examiner, varied, say
        self._steps = ladder(found.pool, varied, asked.sizes, 0)
        self._failed: list[tuple[str, CellError]] = []

    def result(self, still: Sequence[Method]) -> SizeStudy:
        """Train and measure at every size."""
        tested = self._examiner.tested
        owners = tested.individuals(row.id for row in tested.rows)
        learnt = self._learnt()
        methods = (*still, *learnt)
        grown = Grown(self._varied, self._steps, self._asked.seeds, owners, methods)
        resampled = Resampled(grown)
        return SizeStudy(
            data=self._animals.name,
            protocol=PROTOCOL,
            metric=METRIC,
            varied=self._varied,
            curves=curves(resampled),
            crossing=crossings(resampled),
            notes=tuple(self._notes(resampled)),
        )

    def _learnt(self) -> list[Method]:
        """Train and measure all: seed by seed, so that what a kill leaves are whole seeds."""
        answers: dict[str, dict[tuple[int, int], Array]] = {way.kind: {} for way in self._ways}
        for step, way in self._todo():
            found = self._one(step, way)
            if found is not None:
                answers[way.kind][step.size, step.seed] = found
        if self._failed and not any(answers.values()):
            raise self._failed[0][1]
        return [Method(way.kind, way.kind, answers[way.kind]) for way in self._ways]

    def _todo(self) -> Iterator[tuple[Taken, Learner]]:
        for seed in range(self._asked.seeds):
            for step in ladder(self._sides.pool, self._varied, self._asked.sizes, seed):
                if enough(step, self._sides.pool):
                    yield from ((step, way) for way in self._ways)

    def _one(self, step: Taken, way: Learner) -> Array | None:
        what = f"{way.kind}, {in_words(self._varied, step.size)}, seed {step.seed}"
        try:
            weights = trained(way, step, self._cells(what))
        except CellError as error:
            self._failed.append((what, error))
            return None
        return self._examiner.answers(self._examiner.recipe(way.resolved, weights, way.kind))

    def _cells(self, what: str) -> Cells:
        asked, place = self._asked, self._examiner.place
        folder = asked.out / "sizes" / self._varied

        def base(resolved: Resolved) -> Request:
            return Request(
                resolved, asked.data, (), asked.where, asked.columns, device=asked.device,
                workers=place.workers,
            )  # fmt: skip

        return Cells(folder, base, self._animals.rows, self._say, _named(place.progress, what))

    def _notes(self, resampled: Resampled) -> Iterator[str]:
        held = len({row.individual_id for row in self._sides.test})
        yield (
            f"{len(self._sides.test)} photos of {held} individuals are held out and ask one"
            f" another, never their own encounter; {resampled.queries} of {resampled.individuals}"
            " individuals can be found so"
        )
        yield from self._sides.notes
        if all(row.encounter is None for row in self._sides.test):
            yield "no encounter is known, so photos may be found by the background of one visit"
        yield from self._about_sizes()
        yield "nothing is held out of a training to choose its best epoch by: its last one counts"
        if self._asked.seeds == 1:
            yield "one seed: how far another training would end elsewhere is not known"
        for what, error in self._failed:
            yield f"{what}: could not be trained: {error}"

    def _about_sizes(self) -> Iterator[str]:
        learnt = [step for step in self._steps if enough(step, self._sides.pool)]
        told = (
            f"{in_words(self._varied, step.size)}: {len(step.ids)} photos"
            + f" of {step.individuals} individuals" * (self._varied == "photos")
            for step in learnt
        )
        yield f"learnt from, {'; '.join(told)}" if learnt else "no size is enough to learn from"
        for step in self._steps:
            if step not in learnt:
                yield (
                    f"nothing was trained on {in_words(self._varied, step.size)}: two individuals"
                    " with two photos each are needed"
                )
        tried = {step.size for step in self._steps}
        for size in self._asked.sizes:
            if size not in tried:
                yield f"{in_words(self._varied, size)} were left out: there are no more photos"


def _named(progress: Progress, method: str) -> Progress:
    def told(done: int, total: int | None, what: str) -> None:
        progress(done, total, f"{method}: {what}")

    return told

"""Features of animals, for one pipeline; made once, whatever is asked of them."""

from dataclasses import dataclass
from pathlib import Path

from fieldmark.catalog import AnnotationRow
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.costs import measured
from fieldmark.evaluate.results import Cost
from fieldmark.jobs import Progress
from fieldmark.pipeline.features import Embedded, Workshop, embed
from fieldmark.pipeline.recipe import Recipe, ResolveWeights
from fieldmark.pipeline.stages import Stages, Subject

SAMPLE = 8
"""Photos whose features are made again, to know what they cost, where all are at hand."""


@dataclass(frozen=True)
class Place:
    """Where and with what a comparison works.

    Attributes:
        cache: the folder of features; may be shared with a project.
        cells: the folder of what is finished.
        weights: finds the weights that a pipeline names.
        workers: processes that make features.
    """

    cache: Path
    cells: Path
    weights: ResolveWeights
    workers: int
    progress: Progress


@dataclass(frozen=True)
class Prepared:
    """A pipeline whose features are made for a set of animals."""

    recipe: Recipe
    animals: Animals
    embedded: Embedded
    costs: tuple[Cost, ...] = ()

    @property
    def failed(self) -> tuple[tuple[str, str], ...]:
        """What has no features: its name, and why."""
        told = {**self.embedded.failed}
        told |= {n: f"set aside: {why}" for n, why in self.embedded.set_aside.items()}
        return tuple((self.animals.by_id[n].shown, why) for n, why in sorted(told.items()))


def prepare(recipe: Recipe, animals: Animals, place: Place) -> Prepared:
    """Make the features of all animals, where they are not at hand.

    Raises:
        PluginError: if a component or a library is missing.
        UserError: if weights are missing or damaged.
        ProjectError: if the disk is full.
    """
    workshop = Workshop(recipe, place.weights, Path(), place.cache)
    rows = [_row(animal) for animal in animals.rows]
    made = 0

    def count(done: int, total: int | None, what: str) -> None:
        nonlocal made
        made = made or done
        place.progress(done, total, what)

    with measured() as meter:
        embedded = embed(rows, workshop, place.workers, count)
    fresh = len(rows) - made if made else 0
    costs = (meter.cost("features", fresh),) if fresh else ()
    return Prepared(recipe, animals, embedded, costs)


def stages_of(recipe: Recipe, place: Place) -> Stages:
    """Build the components that make a pipeline's features."""
    return Workshop(recipe, place.weights, Path(), place.cache).stages()


def timed(prepared: Prepared, place: Place) -> tuple[Cost, ...]:
    """Return what the features of some photos take on one core, for those that were at hand."""
    known = [row for row in prepared.animals.rows if row.id in prepared.embedded.keys]
    some = known[:: -(-len(known) // SAMPLE) or 1][:SAMPLE]
    if not some:
        return ()
    stages = stages_of(prepared.recipe, place)
    subjects = [subject_of(row) for row in some]
    stages.features(subjects[:1])  # what is loaded at the first photo is no cost of each photo
    with measured() as meter:
        stages.features(subjects)
    return (meter.cost("features", len(some), sample=True),)


def subject_of(animal: Animal) -> Subject:
    """Return an animal as the preprocessors take it."""
    return Subject(animal.path, animal.box, animal.side, animal.mask)


def _row(animal: Animal) -> AnnotationRow:
    """Return an animal as the pipeline takes it."""
    return AnnotationRow(
        id=animal.id,
        photo_id=animal.photo_id,
        sha256=animal.sha256,
        path=animal.path,
        box=animal.box,
        side=animal.side,
        species=animal.species,
        captured_at=animal.captured_at,
        station=animal.station,
        encounter_id=animal.encounter_id,
        individual_id=animal.individual_id,
        individual_name=animal.label,
        mask=None if animal.mask is None else str(animal.mask.resolve()),
        label="animal",
        source="table",
        run_id=None,
        width=animal.width,
        height=animal.height,
    )

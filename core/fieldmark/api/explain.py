"""Why two annotations look alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldmark.api.evidence import evidence_of
from fieldmark.api.ground import Ground, Method, lay_ground, read_rows, way_of
from fieldmark.api.models_used import models_of
from fieldmark.api.sightings import sighting
from fieldmark.api.weights import resolve_weights
from fieldmark.catalog import AnnotationRow, Project, annotation_by_reference
from fieldmark.decide.background import Evidence
from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.jobs import Progress
from fieldmark.pipeline.features import Workshop, cached
from fieldmark.report.evidence import Background
from fieldmark.report.pair import Shown, draw_shown, stacked, titled
from fieldmark.report.view import Model
from fieldmark.types import Explanation, Heat


@dataclass(frozen=True)
class Part:
    """What one pipeline finds alike.

    Attributes:
        evidence: matched points, or a map of each of the two photos; None where it has neither.
        note: why there is no evidence to show; empty otherwise.
    """

    pipeline: str
    evidence: Evidence | None
    background: Background | None
    models: tuple[Model, ...]
    note: str = ""

    @property
    def points(self) -> Explanation:
        """The matched points; none where there is a map."""
        return self.evidence if isinstance(self.evidence, Explanation) else Explanation()

    @property
    def heats(self) -> tuple[Heat, Heat] | None:
        """The maps; None where there are matched points."""
        return self.evidence if isinstance(self.evidence, tuple) else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is found, where it lies, and on what terms the models are used."""
        return tuple(self._sentences())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against believing it."""
        said = self.background.warning if self.background else None
        return () if said is None else (said,)

    def _sentences(self) -> Iterator[str]:
        if self.note:
            yield self.note
        elif self.heats is None:
            yield f"{len(self.points)} matched points."
        if self.background is not None:
            yield self.background.sentence
        for model in self.models:
            yield f"Model: {model.name} ({model.component}). Licence: {model.terms}."


@dataclass(frozen=True)
class Pair:
    """Two annotations, what they share, and the picture that shows it.

    Attributes:
        parts: one; of a fused pipeline one for each that it combines.
        never_compared: why identification would never compare the two; empty if it would.
    """

    parts: tuple[Part, ...]
    path: Path
    never_compared: tuple[str, ...]


def explain_pair(
    project: Project,
    one: str,
    other: str,
    pipeline: str | None,
    out: Path | None,
    workers: int,
    progress: Progress,
) -> Pair:
    """Draw two annotations side by side with what the pipeline finds alike.

    A pipeline that combines others is explained by each of them, one picture under another. The
    gallery is everything whose features are at hand, and the two.

    Raises:
        UserError: if a reference is wrong, or nothing was found on one of the two.
    """
    way = way_of(project, pipeline)
    rows = read_rows(project, way.profile)
    with project.reading() as session:
        first, second = (annotation_by_reference(session, text) for text in (one, other))
    if first.id == second.id:
        raise UserError(f"{one} and {other} are the same annotation; name two")
    rows |= {first.id: first, second.id: second}
    grounds = [
        _ground(project, method, rows, (first, second), workers, progress) for method in way.parts
    ]
    parts = tuple(_part(first, second, ground, project) for ground in grounds)
    path = out or project.folder / f"explain-{first.id}-{second.id}.png"
    _draw(first, second, parts, path)
    return Pair(parts, path, tuple(_never(first, second, grounds[0])))


def _ground(
    project: Project,
    method: Method,
    rows: dict[int, AnnotationRow],
    pair: tuple[AnnotationRow, AnnotationRow],
    workers: int,
    progress: Progress,
) -> Ground:
    numbers = [row.id for row in pair]
    workshop = Workshop(method.recipe, resolve_weights, project.folder, project.cache)
    gallery = {*cached(rows.values(), workshop), *numbers}
    ground = lay_ground(project, method, rows, numbers, sorted(gallery), workers, progress)
    _refuse_missing(pair, ground)
    return ground


def _refuse_missing(pair: Iterable[AnnotationRow], ground: Ground) -> None:
    for row in pair:
        for reasons in (ground.embedded.failed, ground.embedded.set_aside):
            if row.id in reasons:
                raise UserError(f"{sighting(row).name}: {reasons[row.id]}")


def _part(first: AnnotationRow, second: AnnotationRow, ground: Ground, project: Project) -> Part:
    recipe = ground.method.recipe
    models = tuple(used.model for used in models_of(recipe, "any"))
    found = evidence_of(first, second, ground, project)
    return Part(recipe.name, found.evidence, found.background, models, found.note)


def _draw(first: AnnotationRow, second: AnnotationRow, parts: tuple[Part, ...], path: Path) -> None:
    pictures = []
    for part in parts:
        said = Shown(part.points, part.heats, part.sentences, part.warnings)
        picture = draw_shown(sighting(first), sighting(second), said)
        pictures.append(titled(picture, f"Pipeline {part.pipeline}"))
    with replacing(path) as file:
        stacked(pictures).save(file, "PNG")


def _never(first: AnnotationRow, second: AnnotationRow, ground: Ground) -> Iterator[str]:
    if second.id in ground.apart.get(first.id, frozenset()):
        yield "somebody decided that they are different, or incomparable"
    if first.photo_id == second.photo_id:
        yield "two animals of one photo cannot be the same individual"
    elif first.encounter_id is not None and first.encounter_id == second.encounter_id:
        yield "they belong to one encounter, whose photos share their background"
    if first.side.opposite is second.side and ground.method.recipe.sides.weight == 0:
        yield f"one shows the {first.side} side and the other the {second.side} side"

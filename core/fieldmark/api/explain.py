"""Why two annotations look alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldmark.api.ground import Ground, Method, lay_ground, method_of, read_rows
from fieldmark.api.sightings import sighting
from fieldmark.api.weights import resolve_weights
from fieldmark.cache import FeatureCache
from fieldmark.catalog import AnnotationRow, Project, annotation_by_reference
from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.jobs import Progress
from fieldmark.pipeline.features import Workshop, cached
from fieldmark.pipeline.search import NOTHING_SEEN, read_query
from fieldmark.report.pair import draw_pair
from fieldmark.types import Explanation


@dataclass(frozen=True)
class Pair:
    """Two annotations, what they share, and the picture that shows it.

    Attributes:
        never_compared: why identification would never compare the two; empty if it would.
    """

    explanation: Explanation
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
    """Draw two annotations side by side with what the pipeline's matcher finds alike.

    The gallery is everything whose features are at hand, and the two.

    Raises:
        UserError: if a reference is wrong, or nothing was found on one of the two.
    """
    method = method_of(project, pipeline)
    rows = read_rows(project, method.profile)
    with project.reading() as session:
        first, second = (annotation_by_reference(session, text) for text in (one, other))
    if first.id == second.id:
        raise UserError(f"{one} and {other} are the same annotation; name two")
    rows |= {first.id: first, second.id: second}
    ground = _ground(project, method, rows, (first, second), workers, progress)
    explanation = _explain(first, second, ground)
    path = out or project.folder / f"explain-{first.id}-{second.id}.png"
    picture = draw_pair(sighting(first), sighting(second), explanation)
    with replacing(path) as file:
        picture.save(file, "PNG")
    return Pair(explanation, path, tuple(_never(first, second, ground)))


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
    return lay_ground(project, method, rows, numbers, sorted(gallery), workers, progress)


def _explain(first: AnnotationRow, second: AnnotationRow, ground: Ground) -> Explanation:
    for row in (first, second):
        if row.id in ground.embedded.failed:
            raise UserError(f"{sighting(row).name}: {ground.embedded.failed[row.id]}")
        if row.id in ground.embedded.set_aside:
            raise UserError(f"{sighting(row).name}: {ground.embedded.set_aside[row.id]}")
    query = read_query(first.id, ground.embedded.keys, FeatureCache(ground.cache))
    if query is None:
        raise UserError(f"{sighting(first).name}: {NOTHING_SEEN}")
    return ground.index.explain(query, [second.id], ground.rules)[0]


def _never(first: AnnotationRow, second: AnnotationRow, ground: Ground) -> Iterator[str]:
    if second.id in ground.apart.get(first.id, frozenset()):
        yield "somebody decided that they are different, or incomparable"
    if first.photo_id == second.photo_id:
        yield "two animals of one photo cannot be the same individual"
    elif first.encounter_id is not None and first.encounter_id == second.encounter_id:
        yield "they belong to one encounter, whose photos share their background"
    if first.side.opposite is second.side and ground.method.recipe.sides.weight == 0:
        yield f"one shows the {first.side} side and the other the {second.side} side"

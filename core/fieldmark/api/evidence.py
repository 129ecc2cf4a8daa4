"""What a pipeline can show for the likeness of a pair: matched points, or maps of both photos."""

from dataclasses import dataclass

from fieldmark.api.ground import Ground
from fieldmark.api.sightings import sighting
from fieldmark.api.weights import resolve_weights
from fieldmark.cache import FeatureCache
from fieldmark.catalog import AnnotationRow, Project
from fieldmark.components import Explaining
from fieldmark.decide.background import Evidence, Whereabouts, background_share, even_share
from fieldmark.errors import UserError
from fieldmark.pipeline.features import Workshop
from fieldmark.pipeline.search import NOTHING_SEEN, read_query
from fieldmark.pipeline.stages import Stages, Subject
from fieldmark.report.evidence import Background
from fieldmark.types import Chip, Heat, Query, Vector


@dataclass(frozen=True)
class Found:
    """What a pipeline can show for a pair; see `fieldmark.api.explain.Part`."""

    evidence: Evidence | None
    background: Background | None
    note: str = ""


def evidence_of(
    first: AnnotationRow, second: AnnotationRow, ground: Ground, project: Project
) -> Found:
    """Return what the pipeline of a ground finds alike in two annotations, and where it lies.

    Raises:
        UserError: if nothing was found on the first of the two, or weights are missing.
    """
    recipe = ground.method.recipe
    stages = Workshop(recipe, resolve_weights, project.folder, project.cache).stages()
    one, other = (_chip(row, stages, project) for row in (first, second))
    query = _query(first, ground)
    if not isinstance(query.features, Vector):
        return _located(ground.index.explain(query, [second.id], ground.rules)[0], one, other)
    if not isinstance(stages.embed, Explaining):
        return Found(None, None, _silent(recipe.embed.name))
    try:
        hot, warm = stages.embed.heat(one, other)
    except UserError as problem:
        return Found(None, None, f"{problem}")
    return _located((Heat(hot, one.region), Heat(warm, other.region)), one, other)


def _silent(embedder: str) -> str:
    return (
        f"{embedder} cannot show where the likeness comes from, so nothing is drawn; the deep"
        " embedders and the local pipelines can"
    )


def _query(row: AnnotationRow, ground: Ground) -> Query:
    query = read_query(row.id, ground.embedded.keys, FeatureCache(ground.cache))
    if query is None:
        raise UserError(f"{sighting(row).name}: {NOTHING_SEEN}")
    return query


def _chip(row: AnnotationRow, stages: Stages, project: Project) -> Chip:
    """Return an annotation's chip as the embedder was given it."""
    if row.path is None:
        raise UserError(f"{sighting(row).name}: import its folder again")
    mask = None if row.mask is None else project.folder / row.mask
    chip = stages.prepare(Subject(row.path, row.box, row.side, mask))
    if not isinstance(chip, Chip):
        raise UserError(f"{sighting(row).name}: {chip.reason}")
    return chip


def _located(evidence: Evidence, one: Chip, other: Chip) -> Found:
    query, candidate = Whereabouts.of(one), Whereabouts.of(other)
    masked = one.mask is not None and other.mask is not None
    share = background_share(evidence, query, candidate)
    return Found(evidence, Background(share, even_share(query, candidate), masked))

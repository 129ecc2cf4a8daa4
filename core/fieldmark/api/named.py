"""Named animals that ask each other: what a calibration is fitted on."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy import select

from fieldmark.api.answers import Asking
from fieldmark.api.ground import Ground, Way, lay_ground, read_rows
from fieldmark.api.weights import resolve_weights
from fieldmark.catalog import AnnotationRow, Project
from fieldmark.catalog import tables as t
from fieldmark.decide.evidence import Placed
from fieldmark.errors import UserError
from fieldmark.evaluate.preparing import Place, Prepared, prepare
from fieldmark.evaluate.protocols import draw
from fieldmark.evaluate.reading import read_animals
from fieldmark.jobs import Progress
from fieldmark.learn.rows import Reading, parse_data
from fieldmark.pipeline.fused import Part
from fieldmark.pipeline.gallery import open_index
from fieldmark.pipeline.reranked import reranked
from fieldmark.pipeline.stages import build_matcher
from fieldmark.rules import Described
from fieldmark.types import Ids, Side

PROTOCOL = "encounter-disjoint"
"""Every photo asks all others, but for those of its own encounter."""

NEEDED = 10
"""Individuals seen in two encounters: ten for each number that is fitted (Peduzzi et al. 1996,
J. Clin. Epidemiol. 49:1373), and photos of one animal count once."""


@dataclass(frozen=True)
class Named:
    """Photos whose individual is known, and who is asked about them.

    Attributes:
        data: what to call them.
        queries: annotation numbers.
        truth: (q,) the individual of each query, numbered as the rules do it.
        visits: (q,) the encounter of each query; one without any has a number of its own.
        rows: what is known of each annotation besides its looks.
    """

    data: str
    asking: Asking
    queries: tuple[int, ...]
    truth: Ids
    visits: Ids
    rows: Mapping[int, Placed]


@dataclass(frozen=True, slots=True)
class Spot:
    """Which side an annotation shows, when and where it was taken; None: not known."""

    side: Side
    captured_at: datetime | None
    latitude: float | None = None
    longitude: float | None = None


def of_project(
    project: Project, way: Way, length: int | None, workers: int, progress: Progress
) -> Named:
    """Return the named animals of a project.

    Raises:
        UserError: if they are too few, or weights are missing.
        PluginError: if a component is missing.
        ProjectError: if the disk is full.
    """
    rows = read_rows(project, way.profile)
    named = [row.id for row in rows.values() if row.individual_name]
    _refuse_too_few(project.folder.name, [rows[number] for number in named])
    grounds = tuple(
        lay_ground(project, part, rows, named, named, workers, progress) for part in way.parts
    )
    queries = tuple(number for number in named if number in grounds[0].embedded.keys)
    asking = asking_of(way, grounds, queries, length)
    owners = grounds[0].rules.individuals(np.array(queries, np.int64))
    visits = _visits({number: rows[number].encounter_id for number in queries})
    return Named(project.folder.name, asking, queries, owners, visits, spots(project, rows))


def asking_of(
    way: Way, grounds: Sequence[Ground], queries: Sequence[int], length: int | None
) -> Asking:
    """Return who is asked about some queries of a project."""
    parts = [
        Part(each.method.recipe.name, each.index, each.embedded.keys, each.cache)
        for each in grounds
    ]
    told = [f"{each.method.recipe.fingerprint} {each.state(queries)}" for each in grounds]
    state = _digest([way.rerank, *told])
    return Asking(_sorted(way, parts), grounds[0].rules, length, state, grounds[0].cache)


def _sorted(way: Way, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts, the candidates of the first one sorted anew if the pipeline says so."""
    return reranked(parts[0], way.rerank), *parts[1:]


def spots(project: Project, rows: Mapping[int, AnnotationRow]) -> dict[int, Placed]:
    """Return where and when each annotation was taken; times that are not believed are unknown."""
    with project.reading() as session:
        d, p = t.Deployment, t.Photo
        query = select(p.id, d.latitude, d.longitude).join(d, d.id == p.deployment_id)
        places = {row.id: (row.latitude, row.longitude) for row in session.execute(query)}
    return {
        row.id: Spot(
            row.side,
            None if row.time_flag else row.captured_at,
            *places.get(row.photo_id, (None, None)),
        )
        for row in rows.values()
    }


def of_data(
    project: Project,
    way: Way,
    data: Sequence[str],
    length: int | None,
    workers: int,
    progress: Progress,
) -> Named:
    """Return the named animals of other data; features are kept in the project's cache.

    Raises:
        UserError: if the data cannot be read or hold too few animals, or weights are missing.
        PluginError: if a component is missing.
    """
    sets = [parse_data(each) for each in data]
    gap = way.profile.encounter.gap_seconds
    reading = Reading(species=way.profile.name, gap_seconds=gap)
    looked = project.cache / "looked.json"
    animals = read_animals(sets, reading, looked, workers, progress)
    _refuse_too_few(animals.name, animals.rows)
    split = draw(PROTOCOL, animals)
    place = Place(project.cache, project.cache / "cells", resolve_weights, workers, progress)
    prepared = [prepare(part.recipe, animals, place) for part in way.parts]
    parts = _sorted(way, [_part(each, way, project.cache, progress) for each in prepared])
    rules = split.rules(animals, way.recipe.sides)
    told = [f"{each.recipe.fingerprint} {_told(each)}" for each in prepared]
    queries = tuple(n for n in split.queries.tolist() if n in prepared[0].embedded.keys)
    visits = _visits({number: animals.by_id[number].encounter_id for number in queries})
    asking = Asking(parts, rules, length, _digest([way.rerank, *told]), project.cache)
    truth = animals.individuals(queries)
    return Named(animals.name, asking, queries, truth, visits, animals.by_id)


def _refuse_too_few(data: str, rows: Sequence[Described]) -> None:
    """Refuse before anything is computed; who has one encounter cannot be found again."""
    seen = {(row.individual_id, row.encounter_id or -row.id) for row in rows}
    visits = Counter(individual for individual, _ in seen)
    again = sum(count > 1 for count in visits.values())
    if again < NEEDED:
        raise UserError(
            f"it takes {NEEDED} named animals seen in at least two encounters to learn what scores"
            f" mean, and {data} has {again} (of {len(visits)} named ones); name more, or fit on"
            " other labelled data with --data PATH"
        )


def _visits(encounters: Mapping[int, int | None]) -> Ids:
    """Return the encounter of each query; who has none gets a negative number of its own."""
    return np.array([-n if visit is None else visit for n, visit in encounters.items()], np.int64)


def _part(prepared: Prepared, way: Way, cache: Path, progress: Progress) -> Part:
    recipe, keys = prepared.recipe, prepared.embedded.keys
    matcher = build_matcher(recipe, way.plugins, resolve_weights, cache)
    return Part(recipe.name, open_index(matcher, recipe, cache, keys, progress), keys, cache)


def _told(prepared: Prepared) -> str:
    """Return everything that the answers depend on, but for the pipeline."""
    keys = prepared.embedded.keys
    return _digest([
        f"{a.id} {a.photo_id} {a.encounter_id} {a.individual_id} {a.side} {a.phash}"
        f" {keys.get(a.id)}"
        for a in prepared.animals.rows
    ])  # fmt: skip


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

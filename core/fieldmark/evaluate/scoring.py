"""What a pipeline says of every query under one split."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.components import Index, Rules
from fieldmark.decide.scores import Scores
from fieldmark.evaluate.animals import Animal
from fieldmark.evaluate.asking import by_individual, by_photo
from fieldmark.evaluate.costs import joined, measured
from fieldmark.evaluate.metrics import Floats64, ccdr
from fieldmark.evaluate.pieces import read_piece, stacked, write_piece
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.results import Cost
from fieldmark.evaluate.split import Split
from fieldmark.evaluate.vectors import cosine_distances
from fieldmark.pipeline.fused import Part
from fieldmark.pipeline.gallery import batches
from fieldmark.pipeline.reranked import Rerank, reranked
from fieldmark.pipeline.stages import build_matcher
from fieldmark.plugins import Plugins
from fieldmark.types import Features, SetAside

PIECE = 64
"""Queries between two writes: what a kill can cost."""
FORMAT = 1
"""Raise it when the tables mean something else; older ones are then made again."""


@dataclass(frozen=True)
class Scored:
    """What a pipeline said.

    Attributes:
        scores: queries × individuals of the gallery.
        photos: queries × annotations of the gallery, each by itself; None: not asked for.
        ccdr: (q,) the class distance ratio of each query; None: the features are no vectors.
        failed: what could not be worked: its name, and why.
    """

    scores: Scores
    photos: Scores | None
    ccdr: Floats64 | None = None
    costs: tuple[Cost, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class How:
    """How a pipeline is asked, where it is not as usual.

    Attributes:
        rules: others than those of the split; None: those of the split.
        tag: a name for these, for what is kept.
        name: what the progress calls it; empty: the pipeline's.
        asking: where the features of the queries are in the cache, if they are not the gallery's.
        photos: whether each photo of the gallery is scored by itself, too.
        rerank: whether candidates are sorted anew, for pipelines of vectors.
    """

    rules: Rules | None = None
    tag: str = ""
    name: str = ""
    asking: Mapping[int, str] | None = None
    photos: bool = True
    rerank: Literal["none"] | Rerank = "none"


AS_USUAL = How()


def score(prepared: Prepared, split: Split, place: Place, how: How = AS_USUAL) -> Scored:
    """Let every query of a split ask its gallery.

    Args:
        prepared: the pipeline and its features.
        split: who asks whom.
        place: where finished pieces are kept.
        how: what is not as usual.
    """
    keys = prepared.embedded.keys if how.asking is None else how.asking
    told = [how.tag, how.photos, how.rerank, sorted(keys.items())]
    folder = place.cells / "scores" / _digest(prepared, split, told)
    ask = _Asking(prepared, split, place, how, keys)
    pieces, costs = [], list(prepared.costs)
    done = 0
    for number, ids in enumerate(batches(split.queries.tolist(), PIECE)):
        tables, spent = ask.piece(ids, folder / f"{number:05d}.npz")
        pieces.append(tables)
        costs += spent
        done += len(ids)
        place.progress(done, len(split.queries), f"search ({how.name or prepared.recipe.name})")
    scores = stacked([tables["individuals"] for tables in pieces])
    each = stacked([tables["photos"] for tables in pieces]) if how.photos else None
    ratio = None if each is None else _ccdr(prepared, split, each, place)
    return Scored(scores, each, ratio, joined(costs), prepared.failed)


def _ccdr(prepared: Prepared, split: Split, photos: Scores, place: Place) -> Floats64 | None:
    keys = prepared.embedded.keys
    distances = cosine_distances(place.cache, keys, split.queries, split.gallery)
    if distances is None:
        return None
    distances[~photos.comparable] = np.nan
    owners, truth = (
        prepared.animals.individuals(ids.tolist()) for ids in (split.gallery, split.queries)
    )
    return ccdr(distances, owners, truth)


class _Asking:
    """Asks an index that is built when the first piece is not at hand."""

    def __init__(
        self, prepared: Prepared, split: Split, place: Place, how: How, keys: Mapping[int, str]
    ) -> None:
        self._prepared, self._split, self._place = prepared, split, place
        self._how, self._keys = how, keys
        self._rules = how.rules or split.rules(prepared.animals, prepared.recipe.sides)
        self._part: Part | None = None

    def piece(self, ids: Sequence[int], path: Path) -> tuple[Mapping[str, Scores], list[Cost]]:
        """Return the tables of some queries, and what they cost."""
        if known := read_piece(path):
            return known
        costs: list[Cost] = []
        if self._part is None:
            with measured() as meter:
                index = build_index(self._prepared, self._split, self._place)
                part = Part(self._prepared.recipe.name, index, self._keys, self._place.cache)
                self._part = reranked(part, self._how.rerank)
            costs.append(meter.cost("index", len(index.ids)))
        tables, spent = self._asked(self._part, ids)
        costs.append(spent)
        write_piece(path, tables, costs)
        return tables, costs

    def _asked(self, part: Part, ids: Sequence[int]) -> tuple[dict[str, Scores], Cost]:
        columns = self._split.enrolled(self._prepared.animals)
        with measured() as meter:
            tables = {"individuals": by_individual(part, ids, self._rules, columns)}
        if self._how.photos:
            tables["photos"] = by_photo(part, ids, self._rules, self._split.gallery)
        return tables, meter.cost("search", len(ids))


def build_index(prepared: Prepared, split: Split, place: Place) -> Index:
    """Return an index over the gallery of a split."""
    matcher = build_matcher(prepared.recipe, Plugins.installed(), place.weights, place.cache)
    index, features = matcher.index(), FeatureCache(place.cache)
    for ids in batches(split.gallery.tolist(), 256):
        found = dict(_usable(ids, prepared.embedded.keys, features))
        index.add(list(found), list(found.values()))
    return index


def _usable(
    ids: Sequence[int], keys: Mapping[int, str], cache: FeatureCache
) -> Iterator[tuple[int, Features]]:
    for number in ids:
        features = cache.read(keys[number]) if number in keys else None
        if features is not None and not isinstance(features, SetAside):
            yield number, features


def _digest(prepared: Prepared, split: Split, also: Sequence[object]) -> str:
    """Return a name for what was asked: it changes whenever an answer may change."""
    keys = prepared.embedded.keys
    rows = [
        [
            a.id,
            a.photo_id,
            a.encounter_id,
            a.individual_id,
            str(a.side),
            keys.get(a.id),
            a.camera,
            a.frame,
            a.phash,
        ]
        for a in prepared.animals.rows
    ]
    asked = [split.gallery.tolist(), split.queries.tolist()]
    told = [FORMAT, *also, prepared.recipe.fingerprint, rows, asked]
    told += [split.encounters, split.frames, dict(split.settings)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _told(animal: Animal, key: str | None) -> list[object]:
    visit = animal.encounter_id, animal.camera, animal.frame
    who = animal.individual_id, str(animal.side)
    return [animal.id, animal.photo_id, animal.phash, *visit, *who, key]

"""Annotations → features, in the cache; skips what is there, survives what cannot be read.

Components that may be copied run in worker processes, whole photos at a time. An embedder that may
not (a network) runs here, in batches, while threads prepare the chips that come next: decoding and
OpenCV let other threads run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from fieldmark.cache import FeatureCache, feature_key
from fieldmark.catalog import AnnotationRow
from fieldmark.files import sha256
from fieldmark.jobs import Failed, Progress, Spread, by_halves
from fieldmark.pipeline.ahead import ROOM, ahead
from fieldmark.pipeline.recipe import Recipe, ResolveWeights
from fieldmark.pipeline.stages import (
    Benches,
    Chain,
    Prepared,
    Stages,
    Subject,
    build_stages,
    chains,
    size_of,
)
from fieldmark.plugins import Plugins
from fieldmark.types import Chip, SetAside

BATCH = 64
"""Chips given at once to an embedder that does not run in several processes."""
AHEAD = 2 * BATCH
"""Chips prepared, or being prepared, while it works."""

Outcome: TypeAlias = SetAside | Failed | None
"""What became of an annotation; None: its features are in the cache."""


@dataclass(frozen=True)
class Unit:
    """One annotation whose features are wanted."""

    annotation: int
    key: str
    subject: Subject


@dataclass
class Embedded:
    """What became of the annotations.

    Attributes:
        keys: where the features of each annotation are in the cache.
        set_aside: annotations that a preprocessor set aside, with the reason.
        failed: annotations that could not be worked, with the reason.
    """

    keys: dict[int, str] = field(default_factory=dict)
    set_aside: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)

    def note(self, unit: Unit, outcome: Outcome) -> None:
        """Remember one annotation's outcome; None: its features are in the cache."""
        if isinstance(outcome, Failed):
            self.failed[unit.annotation] = outcome.reason
        elif isinstance(outcome, SetAside):
            self.set_aside[unit.annotation] = outcome.reason
        else:
            self.keys[unit.annotation] = unit.key


@dataclass(frozen=True)
class Workshop:
    """Everything needed to make features, in any process.

    Attributes:
        project: the folder that the masks' paths are relative to.
    """

    recipe: Recipe
    weights: ResolveWeights
    project: Path
    cache: Path

    def stages(self) -> Stages:
        """Build the components; raises as `build_stages`."""
        return build_stages(self.recipe, Plugins.installed(), self.weights, self.cache)

    def chains(self, first: Chain, count: int) -> list[Chain]:
        """Build preprocessors for several threads; see `fieldmark.pipeline.stages.chains`."""
        plugins = Plugins.installed()
        return chains(first, self.recipe.preprocess, plugins, self.weights, self.cache, count)


def embed(
    rows: Iterable[AnnotationRow], workshop: Workshop, workers: int, progress: Progress
) -> Embedded:
    """Make the features of every annotation that has none yet.

    Raises:
        PluginError: if a component or a library it needs is missing; nothing is done then.
        UserError: if weights are missing or damaged; nothing is done then.
    """
    result = Embedded()
    missing = _missing(rows, workshop, result)
    if not missing:
        return result
    stages = workshop.stages()  # here first, so that a missing library is said once, at once
    what = f"features ({workshop.recipe.embed.name})"
    done = len(result.keys) + len(result.set_aside)
    total = done + len(missing)
    progress(done, total, what)
    for unit, outcome in _work(missing, workshop, stages, workers):
        result.note(unit, outcome)
        done += 1
        progress(done, total, what)
    return result


def cached(rows: Iterable[AnnotationRow], workshop: Workshop) -> list[int]:
    """Return the annotations whose features are in the cache."""
    cache = FeatureCache(workshop.cache)
    units = _units(rows, workshop, Embedded())
    return [unit.annotation for unit in units if cache.outcome(unit.key) is True]


def _missing(rows: Iterable[AnnotationRow], workshop: Workshop, result: Embedded) -> list[Unit]:
    cache = FeatureCache(workshop.cache)
    missing = []
    for unit in _units(rows, workshop, result):
        outcome = cache.outcome(unit.key)
        if outcome is False:
            missing.append(unit)
        else:
            result.note(unit, outcome if isinstance(outcome, SetAside) else None)
    return missing


def _units(rows: Iterable[AnnotationRow], workshop: Workshop, result: Embedded) -> Iterator[Unit]:
    fingerprint = workshop.recipe.features_fingerprint
    for row in rows:
        if row.path is None:
            result.failed[row.id] = "the photo is not where it was; import its folder again"
            continue
        mask = None if row.mask is None else workshop.project / row.mask
        mask_sha256 = None if mask is None else sha256(mask)
        key = feature_key(row.sha256, row.box, mask_sha256, row.side, fingerprint)
        yield Unit(row.id, key, Subject(row.path, row.box, row.side, mask))


def _work(
    units: list[Unit], workshop: Workshop, stages: Stages, workers: int
) -> Iterator[tuple[Unit, Outcome]]:
    recipe = workshop.recipe
    if all(step.parallel for step in (*recipe.preprocess, recipe.embed)):
        yield from Spread(_in_worker, partial(_start, workshop), workers)(units)
        return
    cache = FeatureCache(workshop.cache)
    benches = Benches(workshop.chains(stages.preprocess, workers))

    def chip_of(unit: Unit) -> Prepared:
        return benches.prepare(unit.subject)

    with ahead(units, chip_of, size_of, workers, AHEAD) as prepared:
        for batch in _batches(prepared):
            yield from _embed(batch, stages, cache)


def _batches(
    prepared: Iterable[tuple[Unit, Prepared]],
) -> Iterator[list[tuple[Unit, Prepared]]]:
    """Yield what is prepared in lists of at most `BATCH`, and of about `ROOM` bytes at most."""
    batch: list[tuple[Unit, Prepared]] = []
    size = 0
    for unit, chip in prepared:
        batch.append((unit, chip))
        size += size_of(chip)
        if len(batch) == BATCH or size >= ROOM:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _embed(
    batch: Sequence[tuple[Unit, Prepared]], stages: Stages, cache: FeatureCache
) -> Iterator[tuple[Unit, Outcome]]:
    """Keep a batch's features, or why there are none, and yield every unit, in order."""
    chips = [chip for _, chip in batch if isinstance(chip, Chip)]
    made = iter(by_halves(chips, stages.embed.embed))
    results = [next(made) if isinstance(chip, Chip) else chip for _, chip in batch]
    # Everything is kept before anything is told: a kill then loses this batch at most.
    for (unit, _), result in zip(batch, results, strict=True):
        if not isinstance(result, Failed):
            cache.write(unit.key, result)
    for (unit, _), result in zip(batch, results, strict=True):
        yield unit, result if isinstance(result, SetAside | Failed) else None


@dataclass(frozen=True)
class _Bench:
    """What a worker process keeps between two units."""

    stages: Stages
    cache: FeatureCache


_benches: list[_Bench] = []


def _start(workshop: Workshop) -> None:
    _benches[:] = [_Bench(workshop.stages(), FeatureCache(workshop.cache))]


def _in_worker(unit: Unit) -> SetAside | None:
    bench = _benches[0]
    (features,) = bench.stages.features([unit.subject])
    bench.cache.write(unit.key, features)
    return features if isinstance(features, SetAside) else None

"""Annotations → features, in the cache; skips what is there, survives what cannot be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fieldmark.cache import FeatureCache, feature_key
from fieldmark.catalog import AnnotationRow
from fieldmark.errors import FieldmarkError
from fieldmark.files import sha256
from fieldmark.jobs import Failed, Progress, Spread
from fieldmark.pipeline.recipe import Recipe, ResolveWeights
from fieldmark.pipeline.stages import Stages, Subject, build_stages
from fieldmark.plugins import Plugins
from fieldmark.types import SetAside

BATCH = 16
"""Chips given at once to an embedder that does not run in several processes."""


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

    def note(self, unit: Unit, outcome: SetAside | Failed | None) -> None:
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
) -> Iterator[tuple[Unit, SetAside | Failed | None]]:
    recipe = workshop.recipe
    if all(step.parallel for step in (*recipe.preprocess, recipe.embed)):
        yield from Spread(_in_worker, partial(_start, workshop), workers)(units)
        return
    cache = FeatureCache(workshop.cache)
    for start in range(0, len(units), BATCH):
        batch = units[start : start + BATCH]
        yield from zip(batch, _make(batch, stages, cache), strict=True)


def _make(batch: list[Unit], stages: Stages, cache: FeatureCache) -> list[SetAside | Failed | None]:
    """Make a batch's features; if one cannot be made, find out which, one by one."""
    try:
        made = stages.features([unit.subject for unit in batch])
    except FieldmarkError as problem:
        if len(batch) == 1:
            return [Failed(str(problem))]
        return [_make([unit], stages, cache)[0] for unit in batch]
    for unit, features in zip(batch, made, strict=True):
        cache.write(unit.key, features)
    return [features if isinstance(features, SetAside) else None for features in made]


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

"""Learning from named animals how likely it is that two photos show the same one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fieldmark import __version__
from fieldmark.api.calibrations import Trusted, place_of, write
from fieldmark.api.ground import Way, way_of
from fieldmark.api.judging import best_rule, judge, together
from fieldmark.api.models_used import models_of
from fieldmark.api.named import NEEDED, Named, of_data, of_project
from fieldmark.catalog import Project
from fieldmark.decide.calibration import Kind
from fieldmark.decide.combining import Combine
from fieldmark.decide.evidence import Gap, measure
from fieldmark.decide.fusion import FusedModel, cross_fitted, fit_fusion
from fieldmark.decide.pairs import Pairs, shortlist_pairs
from fieldmark.decide.scores import Scores
from fieldmark.decide.strangers import Asked, as_strangers, asked_twice, by_others
from fieldmark.errors import UserError
from fieldmark.evaluate.bootstrap import calibration_error
from fieldmark.evaluate.metrics import reliability
from fieldmark.evaluate.pieces import stacked
from fieldmark.evaluate.results import Bin, Estimate
from fieldmark.jobs import Progress, default_workers, silent
from fieldmark.pipeline.gallery import batches
from fieldmark.pipeline.recipe import FusedRecipe
from fieldmark.report.trust import percent
from fieldmark.report.view import Calibrated
from fieldmark.types import Ids
from fieldmark_registry.licences import Policy

BATCH = 64
"""Queries between two writes: what a kill can cost."""
SHOWN = 10
"""Candidates of each query that a single pipeline is fitted on: as many as `identify` shows."""
FOLDS, SEED = 5, 0
DRAWS = 500
BINS = 15
"""Of the bootstrap for the calibration error."""
RATES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Rates of error for which thresholds are chosen, beside the one that was asked for."""


@dataclass(frozen=True)
class Request:
    """What to calibrate, and on what.

    Attributes:
        pipeline: of the project's profile; None: its default.
        kind: of curve.
        target: the share of the proposals that may be wrong.
        data: labelled data other than the project, as `fieldmark train --data` takes them.
    """

    pipeline: str | None = None
    kind: Kind = "isotonic"
    target: float = 0.05
    data: tuple[str, ...] = ()
    licences: Policy = "any"
    workers: int = field(default_factory=default_workers)


@dataclass(frozen=True)
class Calibrating:
    """What came out.

    Attributes:
        share: of the shortlists' pairs that are one animal.
        lengths: what each length of the shortlist reached, in words.
        notes: sentences that a person should read.
    """

    pipeline: str
    path: Path
    facts: Calibrated
    share: float
    lengths: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Lesson:
    """What is learnt from: what each part says of each query, and the truth."""

    named: Named
    parts: tuple[Scores, ...]
    combine: Combine
    lengths: tuple[int, ...] | None
    which: tuple[Gap, ...]
    kind: Kind


def calibrate(project: Project, request: Request, progress: Progress = silent) -> Calibrating:
    """Fit what scores mean on named animals, and keep it in the project.

    A killed calibration continues when it is asked for again.

    Raises:
        UserError: if there are too few named animals, or weights are not here or not allowed.
        PluginError: if a component is missing.
        ProjectError: if the disk is full.
    """
    way = way_of(project, request.pipeline)
    for part in way.parts:
        models_of(part.recipe, request.licences)
    lesson = _lesson(project, way, request, progress)
    trusted = _learnt(lesson, way, request, progress)
    path = place_of(project.folder, way)
    write(path, trusted)
    lesson.named.asking.forget()
    return Calibrating(
        way.recipe.name, path, trusted.facts(), trusted.share,
        tuple(_lengths(trusted.model)), tuple(_notes(trusted, lesson)),
    )  # fmt: skip


def _lesson(project: Project, way: Way, request: Request, progress: Progress) -> Lesson:
    recipe = way.recipe
    if isinstance(recipe, FusedRecipe):
        chosen = recipe.settings
        combine, lengths, which = chosen.combine, chosen.shortlist, chosen.gaps
    else:
        combine, lengths, which = "logistic", (SHOWN,), ()
    # One more, for when the query's own individual is left out.
    longest = None if lengths is None else max(lengths) + 1
    named = _named(project, way, request, longest, progress)
    parts = _asked(named, progress)
    _refuse_incomparable(named, parts[0])
    return Lesson(named, parts, combine, lengths, which, request.kind)


def _named(
    project: Project, way: Way, request: Request, length: int | None, progress: Progress
) -> Named:
    if request.data:
        return of_data(project, way, request.data, length, request.workers, progress)
    return of_project(project, way, length, request.workers, progress)


def _refuse_incomparable(named: Named, first: Scores) -> None:
    """Refuse where too few can be found again, because their visits show different sides, say."""
    found = len(np.unique(named.truth[first.right(named.truth).any(axis=1)]))
    if found < NEEDED:
        raise UserError(
            f"it takes {NEEDED} named animals of whom photos of two encounters may be compared, and"
            f" {named.data} has {found}: the others show different sides, or nothing was found on"
            " their photos; name more, or fit on other labelled data with --data PATH"
        )


def _asked(named: Named, progress: Progress) -> tuple[Scores, ...]:
    """Ask every part about every query; what was asked before a kill is read."""
    pieces = []
    done = 0
    for said in named.asking.each(batches(named.queries, BATCH)):
        pieces.append(said)
        done += len(said[0].queries)
        progress(done, len(named.queries), "search")
    return tuple(stacked(tables) for tables in zip(*pieces, strict=True))


def _learnt(lesson: Lesson, way: Way, request: Request, progress: Progress) -> Trusted:
    """Fit on everybody; measure on individuals that a fit had not seen."""
    named, truth = lesson.named, lesson.named.truth
    progress(0, 3, "learning")
    known, strange = _out_of_fold(lesson)
    progress(1, 3, "learning")
    model = _fitted(lesson)
    progress(2, 3, "learning")
    asked = asked_twice(known, strange, truth, named.visits)
    rates = sorted({*RATES, request.target})
    photos, rule = judge(asked, rates), best_rule(asked)
    pairs = shortlist_pairs(known, truth, model.length)
    shown = _shown(asked)
    trusted = Trusted(
        profile=way.profile.name,
        pipeline=way.recipe.name,
        fingerprint=way.recipe.fingerprint,
        version=__version__,
        made=datetime.now(UTC).date().isoformat(),
        data=named.data,
        n=len(truth),
        individuals=len(np.unique(truth)),
        share=pairs.share,
        pairs=_error(pairs, _whose(pairs, named)),
        shown=_error(shown, asked.groups[shown.query]),
        reliability=tuple(Bin(**each._asdict()) for each in reliability(shown.values, shown.same)),
        model=model,
        gaps=lesson.which,
        photos=photos,
        visits=judge(together(asked, rule), rates),
        rule=rule,
        target=request.target,
    )
    progress(3, 3, "learning")
    return trusted


def _out_of_fold(lesson: Lesson) -> tuple[Scores, Scores]:
    """Return probabilities by models that never saw the query's individual.

    The second table is as if that individual were new: nobody was compared with it.
    """
    truth, how = lesson.named.truth, (lesson.combine, lesson.lengths)
    gaps = measure(lesson.parts[0], lesson.named.rows, lesson.which)
    try:
        known, models = cross_fitted(
            lesson.parts, truth, gaps, *how, folds=FOLDS, seed=SEED, kind=lesson.kind
        )
    except ValueError as error:
        raise UserError(str(error)) from error
    return known, as_strangers(lesson.parts, truth, models, gaps, SEED)


def _fitted(lesson: Lesson) -> FusedModel:
    gaps = measure(lesson.parts[0], lesson.named.rows, lesson.which)
    how = lesson.combine, lesson.lengths
    return fit_fusion(lesson.parts, lesson.named.truth, gaps, *how, seed=SEED, kind=lesson.kind)


def _shown(asked: Asked) -> Pairs:
    """Return the first candidates: what was said of them, and whether it was so."""
    said = by_others(asked)
    shown = Scores(said.queries, said.columns, said.probability)
    return shortlist_pairs(shown, asked.truth, 1)


def _whose(pairs: Pairs, named: Named) -> Ids:
    owners = dict(zip(named.queries, named.truth.tolist(), strict=True))
    return np.array([owners[query] for query in pairs.query.tolist()], np.int64)


def _error(pairs: Pairs, groups: Ids) -> Estimate:
    return calibration_error(pairs.values.astype(np.float64), pairs.same, groups, BINS, draws=DRAWS)


def _lengths(model: FusedModel) -> Iterator[str]:
    for each in model.reached:
        who = "everybody" if each.length is None else f"the first {each.length}"
        kept = ", kept" if each.length == model.length else ""
        yield f"{who}: right first for {percent(each.top1)} of {each.asked} queries{kept}"


def _notes(trusted: Trusted, lesson: Lesson) -> Iterator[str]:
    yield (
        "every second query was asked as if its animal were new; if you expect another share, say"
        " so with --new-share when you identify"
    )
    truth = lesson.named.truth
    known = lesson.parts[0].right(truth).any(axis=1)
    if not known.all():
        yield (
            f"{int((~known).sum())} of {len(truth)} queries have no other encounter of their own"
            " animal and side to be found in, and could not be used"
        )
    for what, found in (("photos", trusted.photos), ("encounters", trusted.visits)):
        limits = found.limits(trusted.target)
        if limits.same.threshold is None:
            yield (
                f"no {what} can be named without a person at this target; more named animals, or a"
                " higher --target, may change that"
            )

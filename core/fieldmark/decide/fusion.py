"""Learning how to fuse pipelines from named animals; nobody is judged by what he taught.

Three things are learnt, each from individuals other than those that it is tried on: what the scores
mean, how they are combined, and how long the shortlist is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldmark.decide.calibration import MIN_SAME, Calibration, Kind, fit_calibration
from fieldmark.decide.combining import Clues, Combine, fit_combiner
from fieldmark.decide.evidence import Gaps
from fieldmark.decide.folds import individual_folds
from fieldmark.decide.logistic import Flags, Floats64, sigmoid
from fieldmark.decide.model import FusedModel, Reached, clues
from fieldmark.decide.pairs import Looked, look
from fieldmark.decide.scores import Scores
from fieldmark.types import Ids

__all__ = ["FusedModel", "Reached", "cross_fitted", "fit_fusion"]

INNER = 3
"""Folds of individuals inside a fit: to choose the length, and to teach the combination."""
_SAMPLE = 1_000_000
"""Pairs off the shortlist that are looked at to see how many of them are right."""
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True)
class Lesson:
    """What is learnt from.

    Attributes:
        parts: the scores of each pipeline; the first one makes the shortlist.
        truth: (q,) the individual of each query.
        gaps: other evidence.
        combine: how the pipelines are combined.
        lengths: of the shortlist, to try; ascending, None (everybody) last.
        seed: of the folds.
        kind: of the calibrations.
    """

    parts: Sequence[Scores]
    truth: Ids
    gaps: Gaps | None
    combine: Combine
    lengths: tuple[int | None, ...]
    seed: int
    kind: Kind = "isotonic"

    def look(self, exclude: Ids, only: Ids | None = None) -> Looked:
        """Return the longest shortlists of some queries, without some individuals."""
        return look(self.parts, self.truth, self.gaps, self.lengths[-1], exclude, only)

    def folds(self, exclude: Ids) -> Iterator[Ids]:
        """Yield the individuals of each inner fold."""
        people = np.setdiff1d(self.truth, exclude)
        folds = individual_folds(people, INNER, self.seed)
        yield from (people[folds == fold] for fold in range(INNER))


def fit_fusion(
    parts: Sequence[Scores],
    truth: Ids,
    gaps: Gaps | None = None,
    combine: Combine = "logistic",
    lengths: Sequence[int] | None = None,
    seed: int = 0,
    *,
    kind: Kind = "isotonic",
) -> FusedModel:
    """Learn from all named animals how to make one probability of several scores.

    Args:
        parts: the scores of the pipelines, all of the same queries and columns; the first one
            looked at everybody. With one alone, its order stays.
        truth: (q,) the individual of each query. New ones (no column) are learnt from, too.
        gaps: other evidence, as `fieldmark.decide.evidence.measure` gives it.
        combine: `mean`, `logistic` or `lightgbm`.
        lengths: of the shortlist, to choose from; None: everybody.
        seed: of the folds.
        kind: of the calibrations.

    Raises:
        ValueError: if there are too few named animals to learn from, in one sentence.
    """
    _check(parts, truth)
    tried = _lengths(lengths, len(parts[0].columns))
    return _fitted(Lesson(parts, truth, gaps, combine, tried, seed, kind), _NOBODY)


def cross_fitted(  # noqa: PLR0913 - what `fit_fusion` takes, and the folds
    parts: Sequence[Scores],
    truth: Ids,
    gaps: Gaps | None = None,
    combine: Combine = "logistic",
    lengths: Sequence[int] | None = None,
    folds: int = 5,
    seed: int = 0,
    *,
    kind: Kind = "isotonic",
) -> tuple[Scores, tuple[FusedModel, ...]]:
    """Return probabilities that each come from a model which never saw the query's individual.

    The individuals are dealt to folds. For each, a model is learnt from queries and columns of the
    other folds alone, its shortlist's length included, and then judges the fold's queries against
    everybody. Takes what `fit_fusion` takes.

    Returns:
        the probabilities, and the model of each fold.

    Raises:
        ValueError: if there are too few named animals to learn from, in one sentence.
    """
    _check(parts, truth)
    tried = _lengths(lengths, len(parts[0].columns))
    lesson = Lesson(parts, truth, gaps, combine, tried, seed, kind)
    first, place = parts[0], individual_folds(truth, folds, seed)
    values = np.full(first.values.shape, np.nan, np.float32)
    models = []
    for fold in range(folds):
        rows = np.flatnonzero(place == fold)
        model = _fitted(lesson, np.unique(truth[rows]))
        asked = [_some(part, rows) for part in parts]
        values[rows] = model.apply(asked, None if gaps is None else gaps.at(rows)).values
        models.append(model)
    return Scores(first.queries, first.columns, values, first.best), tuple(models)


def _check(parts: Sequence[Scores], truth: Ids) -> None:
    shapes = {part.values.shape for part in parts}
    if len(shapes) != 1 or len(truth) != len(parts[0].queries):
        got = ", ".join(map(str, sorted(shapes)))
        raise ValueError(f"expected scores of one shape, and a truth each, got {got}, {len(truth)}")


def _lengths(lengths: Sequence[int] | None, everybody: int) -> tuple[int | None, ...]:
    """Return the lengths to try, ascending; one as long as the gallery is None: everybody."""
    short = sorted({length for length in lengths or () if length < everybody})
    whole = lengths is None or max(lengths) >= everybody
    return (*short, None) if whole else tuple(short)


def _some(scores: Scores, rows: Ids) -> Scores:
    best = None if scores.best is None else scores.best[rows]
    return Scores(scores.queries[rows], scores.columns, scores.values[rows], best)


def _fitted(lesson: Lesson, exclude: Ids) -> FusedModel:
    """Return the model learnt without some individuals, with the length that did best."""
    reached = tuple(_reached(lesson, exclude)) if len(lesson.lengths) > 1 else ()
    best = max((each.top1 for each in reached), default=0.0)
    length = next((each.length for each in reached if each.top1 >= best), lesson.lengths[-1])
    looked = lesson.look(exclude)
    model = _model(lesson, looked.first(length), length, exclude, MIN_SAME)
    return replace(model, reached=reached)


def _reached(lesson: Lesson, exclude: Ids) -> Iterator[Reached]:
    """Yield what each length reaches on individuals that were not learnt from."""
    right = np.zeros(len(lesson.lengths))
    asked = 0
    for people in lesson.folds(exclude):
        rows, others = np.flatnonzero(np.isin(lesson.truth, people)), np.union1d(exclude, people)
        seen, kept = lesson.look(others), lesson.look(exclude, rows)
        asked += _answerable(lesson, rows)
        for place, length in enumerate(lesson.lengths):
            model = _model(lesson, seen.first(length), length, others, 0)
            right[place] += _first_right(model, kept.first(length))
    for length, count in zip(lesson.lengths, right, strict=True):
        yield Reached(length, float(count / max(asked, 1)), asked)


def _answerable(lesson: Lesson, rows: Ids) -> int:
    first = lesson.parts[0]
    asked = Scores(first.queries[rows], first.columns, first.values[rows])
    return int(asked.right(lesson.truth[rows]).any(axis=1).sum())


def _first_right(model: FusedModel, looked: Looked) -> int:
    said = np.where(looked.listed, model.listed(looked), -1)
    if not said.size:
        return 0
    first = said.argmax(axis=1)[:, None]
    return int(np.take_along_axis(looked.same, first, axis=1).sum())


def _model(
    lesson: Lesson, looked: Looked, length: int | None, exclude: Ids, least: int
) -> FusedModel:
    calibrations = _calibrations(lesson, looked, looked.listed, least)
    known = clues(calibrations, looked) if lesson.combine == "mean" else _honest(lesson, looked)
    combiner = fit_combiner(lesson.combine, known, looked.same, looked.listed)
    lowered = _lowered(calibrations[0], lesson, looked, exclude)
    people = len(np.unique(looked.truth))
    return FusedModel(calibrations, combiner, length, lowered, (), people)


def _calibrations(
    lesson: Lesson, looked: Looked, where: Flags, least: int
) -> tuple[Calibration, ...]:
    return tuple(
        fit_calibration(values[where], looked.same[where], lesson.kind, least)
        for values in looked.values
    )


def _honest(lesson: Lesson, looked: Looked) -> Clues:
    """Return the clues of each pair by calibrations that were fitted on other individuals.

    Otherwise the combination would trust most what was learnt by heart (stacking, Wolpert 1992,
    Neural Networks 5:241).
    """
    place = individual_folds(looked.truth, INNER, lesson.seed + 1)
    evidence = np.empty((len(looked.values), *looked.columns.shape))
    lead, base = np.empty_like(evidence), np.zeros(len(looked.values))
    for fold in range(INNER):
        mine = place == fold
        others = ~mine[:, None] & ~np.isin(looked.owners, looked.truth[mine]) & looked.listed
        found = clues(_calibrations(lesson, looked, others, 0), looked.rows_at(mine))
        evidence[:, mine], lead[:, mine] = found.evidence, found.lead
        base += found.base / INNER
    return Clues(evidence, lead, base, looked.gaps)


def _lowered(calibration: Calibration, lesson: Lesson, looked: Looked, exclude: Ids) -> float:
    """Return by how much log odds must fall off the shortlist to fit the right pairs there."""
    first = lesson.parts[0]
    step = max(1, len(looked.rows) * len(first.columns) // _SAMPLE)
    rows = looked.rows[::step]
    values, listed = first.values[rows].copy(), looked.columns[::step]
    row, place = np.nonzero(listed >= 0)
    values[row, listed[row, place]] = np.nan
    values[:, np.isin(first.columns, exclude)] = np.nan
    off = ~np.isnan(values)
    right = int((off & (first.columns == lesson.truth[rows, None])).sum())
    share = (right + 0.5) / (off.sum() + 1)
    return _shift(calibration.evidence(values[off]), float(share))


def _shift(log_odds: Floats64, share: float) -> float:
    """Return what to take from log odds so that the mean probability is a share, at least 0."""
    low, high = 0.0, 30.0
    if not len(log_odds) or float(sigmoid(log_odds).mean()) <= share:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        above = float(sigmoid(log_odds - middle).mean()) > share
        low, high = (middle, high) if above else (low, middle)
    return high

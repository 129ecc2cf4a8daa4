"""What a comparison learns from the scores: calibration, fusion, verdicts, thresholds.

Everything is said of individuals that it was not learnt from: they are dealt into folds, and what
is said of one fold was fitted on the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.combining import Combine
from fieldmark.decide.evidence import measure
from fieldmark.decide.fusion import cross_fitted
from fieldmark.decide.model import FusedModel
from fieldmark.decide.scores import Scores
from fieldmark.decide.shortlist import places
from fieldmark.decide.strangers import Asked, as_strangers, asked_twice, by_others
from fieldmark.decide.targets import Kind, Rate, Target, choose
from fieldmark.decide.verdict import Verdicts
from fieldmark.evaluate.bootstrap import calibration_error, estimate_known_unknown
from fieldmark.evaluate.measuring import auroc_of
from fieldmark.evaluate.metrics import NEW, Floats64, expected_calibration_error, reliability
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.results import Bin, Decided, Estimate
from fieldmark.profile import Fusion
from fieldmark.types import Ids

SHOWN = 10
"""Candidates of each query whose probabilities are judged: those that a person is shown."""
BINS = 15
FILLED = 50
"""Queries in each range, where there are few of them; with fewer the noise is the error."""
DRAWS = 200


@dataclass(frozen=True)
class Way:
    """How a comparison learns.

    Attributes:
        folds: how many parts the individuals are dealt into.
        target: share of wrong decisions that is allowed, 0–1.
        seed: of the folds.
    """

    folds: int = 5
    target: float = 0.05
    seed: int = 0


@dataclass(frozen=True)
class Learnt:
    """What was learnt.

    Attributes:
        probabilities: of each pair, said by what was learnt from other individuals.
        verdicts: of each query, who it is, or that it is new; where nobody in the protocol is new,
            of the answerable queries, and of the same again with their individual left out.
        models: one for each fold.
        targets: what can be decided without a person.
    """

    probabilities: Scores
    verdicts: Verdicts
    models: tuple[FusedModel, ...]
    targets: tuple[Target, ...]


def learn(question: Question, parts: Sequence[Scores], fusion: Fusion | None, way: Way) -> Learnt:
    """Calibrate one pipeline, or fuse several, and decide.

    Args:
        question: who asks whom.
        parts: the scores of the pipelines.
        fusion: how they are combined; None: there is one, and it is calibrated.
        way: how to learn.

    Raises:
        ValueError: with one sentence, if there are too few animals to learn from.
    """
    combine: Combine = fusion.combine if fusion else "logistic"
    lengths = fusion.shortlist if fusion else None
    gaps = measure(parts[0], question.animals.by_id, fusion.gaps if fusion else ())
    probabilities, models = cross_fitted(
        parts, question.truth, gaps, combine, lengths, way.folds, way.seed
    )
    if question.new.any():
        return _with_new(question, probabilities, models, way)
    strange = as_strangers(parts, question.truth, models, gaps, way.seed)
    return _without_new(question, probabilities, strange, models, way)


def _with_new(
    question: Question, probabilities: Scores, models: tuple[FusedModel, ...], way: Way
) -> Learnt:
    """Decide where the protocol has individuals who are not in the gallery."""
    truth = question.truth
    asked = Asked(probabilities, truth, truth, probabilities.queries)
    verdicts = by_others(asked, way.seed, way.folds)
    targets = tuple(
        choose(verdicts, truth, kind, way.target, truth, way.seed) for kind in get_args(Kind)
    )
    return Learnt(probabilities, verdicts, models, targets)


def _without_new(
    question: Question,
    probabilities: Scores,
    strange: Scores,
    models: tuple[FusedModel, ...],
    way: Way,
) -> Learnt:
    """Decide where everybody is in the gallery: as many strangers are made as there are queries.

    The rate of wrong names is kept with these strangers; the share decided is of the true queries.
    """
    truth, visits = question.truth, probabilities.queries
    if not probabilities.right(truth).any():
        raise ValueError("no query has its individual among those that it may be compared with")
    asked = asked_twice(probabilities, strange, truth, visits)
    verdicts = by_others(asked, way.seed, way.folds)
    real = np.isin(asked.truth, probabilities.columns)
    target = choose(
        verdicts, asked.truth, "false-match", way.target, asked.groups, way.seed, of=real
    )
    return Learnt(probabilities, verdicts, models, (target,))


def metrics(question: Question, learnt: Learnt) -> Iterator[tuple[str, Estimate]]:
    """Yield what can only be measured of probabilities and decisions."""
    yield from _calibration(question, learnt)
    if question.new.any() and not question.new.all():
        yield "AUROC new", auroc_of(-learnt.verdicts.new, question)
        yield from estimate_known_unknown(
            _decided(learnt.verdicts), question.truth, question.enrolled
        ).items()


def _decided(verdicts: Verdicts) -> Ids:
    """Return whom each query is most probably, or `NEW`."""
    new = ~verdicts.decidable | (np.nan_to_num(verdicts.surest) < np.nan_to_num(verdicts.new))
    return np.where(new, NEW, verdicts.first)


def _calibration(question: Question, learnt: Learnt) -> Iterator[tuple[str, Estimate]]:
    """Yield the calibration error of what a person is shown, and of first candidates alone.

    Among the candidates shown most are plainly different, which is easy to say; first candidates
    are the hard ones, and few. So it is told beside it what true probabilities would show.
    """
    said, same, whose = _shown(question, learnt.probabilities, SHOWN)
    yield "ECE", calibration_error(said, same, whose, BINS)
    said, same, whose = _shown(question, learnt.probabilities, 1)
    ranges = min(BINS, max(len(said) // FILLED, 2))
    yield "ECE first", calibration_error(said, same, whose, ranges)
    yield "ECE first by chance", _by_chance(said, whose, ranges)


def _by_chance(said: Floats64, whose: Ids, ranges: int) -> Estimate:
    """Return the calibration error of the same probabilities if they were true, from draws."""
    draw = np.random.default_rng(0)
    drawn = [
        expected_calibration_error(said, draw.random(len(said)) < said, ranges)
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(
        value=float(np.mean(drawn)),
        low=float(low),
        high=float(high),
        n=len(said),
        individuals=len(np.unique(whose)),
    )


def bins(question: Question, learnt: Learnt) -> tuple[Bin, ...]:
    """Return what was said of the candidates that a person is shown, and what was so."""
    said, same, _ = _shown(question, learnt.probabilities, SHOWN)
    found = reliability(said, same, BINS)
    return tuple(Bin(said=each.said, same=each.same, n=each.n) for each in found)


def _shown(
    question: Question, scores: Scores, count: int
) -> tuple[Floats64, NDArray[np.bool_], Ids]:
    """Return probability, truth and the query's individual of the first candidates."""
    columns = places(scores, count)
    row, place = np.nonzero(columns >= 0)
    column = columns[row, place]
    said = scores.values[row, column].astype(np.float64)
    return said, scores.columns[column] == question.truth[row], question.truth[row]


def decided(learnt: Learnt) -> tuple[Decided, ...]:
    """Return what can be decided without a person."""
    return tuple(
        Decided(
            kind=target.kind,
            target=target.target,
            threshold=target.threshold,
            decided=_estimate(target.decided),
            rate=None if target.rate is None else _estimate(target.rate),
        )
        for target in learnt.targets
    )


def _estimate(rate: Rate) -> Estimate:
    return Estimate(
        value=rate.value, low=rate.low, high=rate.high, n=rate.n, individuals=rate.individuals
    )

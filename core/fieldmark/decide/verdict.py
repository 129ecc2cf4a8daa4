"""Who is it? A probability for each candidate, and for "nobody in the gallery": a new individual.

A calibrated pair says how likely *these two* are one animal, whoever else is in the gallery. A
verdict weighs all candidates of one query against each other and against "new", as a multinomial
logit with two numbers: every candidate stands with `slope · log odds + intercept`, and "new" with
0. Both numbers are found by maximum likelihood on queries whose individual is known.

How many animals are new is a fact of the survey, not of the photos. The share that the fit saw is
kept, and may be replaced by the share that you expect.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.scores import Scores
from fieldmark.errors import UserError
from fieldmark.types import Floats, Ids

Floats64 = NDArray[np.float64]

SURE = 1e-6
"""Probabilities are held so far from 0 and 1: the step that float32 still tells from 1."""
FITTED = 2000
"""Queries that the fit looks at: two numbers need no more, and memory is bounded."""
STEPS = 100
_SPREAD = np.array([2.5, 10.0])
"""Of the weak prior about (1, 0): the scales that Gelman et al. 2008 (Annals of Applied
Statistics 2, 1360-1383) give for slope and intercept of a logistic regression. It decides only
where all queries are told apart perfectly, and no maximum exists."""


@dataclass(frozen=True)
class Verdicts:
    """Who each query may be. The probabilities of a query and its `new` sum to 1.

    Attributes:
        queries: (q,) annotation numbers.
        columns: (m,) numbers of the individuals.
        probability: (q, m) float32; NaN: the pair may not be compared, so nothing is known of it.
        new: (q,) probability that the query is nobody it may be compared with; NaN: there is
            nobody to compare it with, so that nothing can be decided.
    """

    queries: Ids
    columns: Ids
    probability: Floats
    new: Floats64

    @property
    def decidable(self) -> NDArray[np.bool_]:
        """Which queries could be compared with anybody: (q,)."""
        return ~np.isnan(self.new)

    @property
    def surest(self) -> Floats64:
        """The probability of the most probable candidate: (q,); NaN where there is none."""
        highest = np.full(len(self.queries), -np.inf)
        if len(self.columns):
            highest = np.nanmax(_lowered(self.probability), axis=1).astype(np.float64)
        return np.where(np.isfinite(highest), highest, np.nan)

    @property
    def first(self) -> Ids:
        """The most probable candidate: (q,); 0 where there is none. Of equals the first column."""
        if not len(self.columns):
            return np.zeros(len(self.queries), np.int64)
        found = self.columns[np.argmax(_lowered(self.probability), axis=1)]
        return np.where(self.decidable, found, 0)


def _lowered(values: Floats) -> Floats:
    return np.where(np.isnan(values), np.float32(-np.inf), values)


@dataclass(frozen=True)
class Decider:
    """What turns probabilities of pairs into a verdict.

    Attributes:
        slope: ≥ 0; how much a candidate's log odds count.
        intercept: how much any candidate counts more than "new".
        new_share: the share of new individuals among the queries of the fit, 0–1 exclusive.
        left_out: whether the data held no new individuals, so that each known one was left out
            of the gallery in turn: `new_share` is then half by construction, and no finding.
        queries, individuals: how many the fit rests on.
    """

    slope: float
    intercept: float
    new_share: float
    left_out: bool
    queries: int
    individuals: int

    def verdicts(self, probabilities: Scores, new_share: float | None = None) -> Verdicts:
        """Weigh all candidates of each query against each other and against "new".

        Args:
            probabilities: of each pair, 0–1, NaN where it may not be compared.
            new_share: the share of new individuals to expect, between 0 and 1; None: that of
                the fit.

        Raises:
            UserError: if the share is not between 0 and 1.
        """
        logits = log_odds(probabilities.values) * self.slope + self.intercept
        probability, new = _softmax(logits, self._shift(new_share))
        return Verdicts(
            probabilities.queries, probabilities.columns, probability.astype(np.float32), new
        )

    def _shift(self, new_share: float | None) -> float:
        """How much "new" gains when it is rarer or more frequent than in the fit."""
        if new_share is None:
            return 0.0
        if not 0 < new_share < 1:
            raise UserError(
                f"the share of new individuals must lie between 0 and 1, not {new_share}, for"
                " example 0.2"
            )
        odds = new_share / (1 - new_share), self.new_share / (1 - self.new_share)
        return float(np.log(odds[0]) - np.log(odds[1]))

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Decider":
        """Return what `to_json` wrote."""
        return cls(**found)


def fit_decider(probabilities: Scores, truth: Ids, seed: int = 0) -> Decider:
    """Find slope and intercept by maximum likelihood.

    A query whose individual is a column that it may not be compared with (only its other flank is
    known, say) teaches nothing and is left out.

    Args:
        probabilities: of each pair, 0–1, out of fold: what calibrated them saw none of these
            individuals.
        truth: (q,) the individual of each query; one that is no column is new.
        seed: of the sample that is drawn where there are more than `FITTED` queries.

    Raises:
        UserError: if no query has its individual in the gallery.
    """
    known = probabilities.right(truth).any(axis=1)
    absent = ~np.isin(truth, probabilities.columns)
    new = np.asarray(absent & probabilities.comparable.any(axis=1), np.bool_)
    rows = _sample(np.asarray(known | new, np.bool_), seed)
    right = probabilities.right(truth)[rows]
    if not right.any():
        raise UserError(
            "no photo of the validation data has its individual in the gallery; fit on individuals"
            " with photos of at least two encounters"
        )
    left_out = bool(right.any(axis=1).all())
    logits = log_odds(probabilities.values[rows])
    if left_out:
        logits, right = _each_left_out(logits, right)
    slope, intercept = _maximum(logits, right)
    share = float(1 - right.any(axis=1).mean())
    counted = len(rows), len(np.unique(truth[rows]))
    return Decider(slope, intercept, share, left_out, *counted)


def _sample(usable: NDArray[np.bool_], seed: int) -> NDArray[np.intp]:
    rows = np.flatnonzero(usable)
    if len(rows) <= FITTED:
        return rows
    drawn = np.random.default_rng(seed).choice(rows, FITTED, replace=False)
    return np.sort(drawn)


def _each_left_out(
    logits: Floats64, right: NDArray[np.bool_]
) -> tuple[Floats64, NDArray[np.bool_]]:
    """Return every query twice: as it is, and with its own individual out of the gallery."""
    without = np.where(right, np.nan, logits)
    some = ~np.isnan(without).all(axis=1)
    return (
        np.concatenate([logits, without[some]]),
        np.concatenate([right, np.zeros_like(right[some])]),
    )


def log_odds(probabilities: Floats) -> Floats64:
    """Return the log odds of probabilities of any shape, finite; NaN stays NaN."""
    held = np.clip(probabilities.astype(np.float64), SURE, 1 - SURE)
    return np.asarray(np.log(held) - np.log1p(-held), np.float64)


def _softmax(logits: Floats64, new: float = 0.0) -> tuple[Floats64, Floats64]:
    """Return the probabilities of the candidates (q, m), NaN as in the logits, and of "new"."""
    counted = np.where(np.isnan(logits), -np.inf, logits)
    top = np.maximum(counted.max(axis=1, initial=-np.inf), new)
    weights = np.exp(counted - top[:, None])
    nobody = np.exp(new - top)
    total = weights.sum(axis=1) + nobody
    nothing = ~np.isfinite(counted).any(axis=1)
    shares = np.where(np.isnan(logits), np.nan, weights / total[:, None])
    return shares, np.where(nothing, np.nan, nobody / total)


def _maximum(logits: Floats64, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Climb to the most likely slope and intercept by damped Newton steps; the hill is convex."""
    place = np.array([1.0, 0.0])
    height, gradient, curve = _hill(place, logits, right)
    for _ in range(STEPS):
        step = np.linalg.solve(curve, gradient)
        while (lower := _hill(place + step, logits, right))[0] < height and np.abs(step).max() > 0:
            step = step / 2
        place = place + step
        height, gradient, curve = lower
        if np.abs(step).max() < 1e-9:
            break
    # A negative slope would mean that likeness speaks against a candidate: then it says nothing.
    return max(float(place[0]), 0.0), float(place[1])


def _hill(
    place: Floats64, logits: Floats64, right: NDArray[np.bool_]
) -> tuple[float, Floats64, Floats64]:
    """Return the log likelihood with its prior, its gradient, and its negative curvature."""
    shares, new = _softmax(logits * place[0] + place[1])
    shares, values = np.nan_to_num(shares), np.nan_to_num(logits)
    said = np.where(right.any(axis=1), (shares * right).sum(axis=1), new)
    any_, mean = shares.sum(axis=1), (shares * values).sum(axis=1)
    square = (shares * values**2).sum(axis=1)
    seen = np.array([(values * right).sum(), right.sum()])
    away = place - [1.0, 0.0]
    height = np.log(np.maximum(said, 1e-300)).sum() - (away**2 / _SPREAD**2).sum() / 2
    gradient = seen - [mean.sum(), any_.sum()] - away / _SPREAD**2
    mixed = (mean * (1 - any_)).sum()
    curve = np.array(
        [[(square - mean**2).sum(), mixed], [mixed, (any_ * (1 - any_)).sum()]]
    ) + np.diag(1 / _SPREAD**2)
    return float(height), gradient, curve

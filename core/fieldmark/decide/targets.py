"""From which probability on is something decided without a person, at a stated rate of error?

Two rates can be asked for:

- `false-match`: wrong names among the names that are given. Photos of individuals who are not in
  the gallery, or only with their other flank, count: any name is wrong for them.
- `false-new`: known individuals among those that are declared new. Individuals of whom the
  gallery holds nothing comparable are left out: no photo could have told.

The threshold is the lowest one that keeps the rate on the validation queries *with one more
individual, of mean size, all wrong*: the correction of conformal risk control (Angelopoulos et al.,
ICLR 2024), with individuals for its unit, because the photos of one animal fail together. With
few data it asks for more than the rate seen, and with too few it finds no threshold at all. The
rate that is reported was found on individuals that the threshold was not chosen on.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.verdict import Floats64, Verdicts
from fieldmark.errors import UserError
from fieldmark.types import Ids

Kind = Literal["false-match", "false-new"]

FOLDS = 5
DRAWS = 2000
FEWEST = 5
"""Individuals below which no interval is given."""


@dataclass(frozen=True)
class Rate:
    """A share and its 95 % interval over individuals.

    Attributes:
        low, high: None: fewer than `FEWEST` individuals.
        n: how many queries the share is of.
        individuals: how many individuals these belong to.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    individuals: int


@dataclass(frozen=True)
class Target:
    """What is decided without a person.

    Attributes:
        kind: which error is held.
        target: the rate that was asked for, 0–1.
        threshold: decide from this probability on; None: no threshold keeps the rate.
        rate: the rate on individuals that the threshold was not chosen on; None: nothing was
            decided there.
        decided: the share of the queries that was decided there.
    """

    kind: Kind
    target: float
    threshold: float | None
    rate: Rate | None
    decided: Rate


@dataclass(frozen=True)
class _Asked:
    """How sure each query's decision is, whether it would be wrong, and whose photo it is."""

    sure: Floats64
    wrong: NDArray[np.bool_]
    groups: Ids


def choose(
    verdicts: Verdicts,
    truth: Ids,
    kind: Kind,
    target: float,
    groups: Ids,
    seed: int = 0,
    of: NDArray[np.bool_] | None = None,
) -> Target:
    """Choose the threshold for a target, and measure it on other individuals.

    Args:
        verdicts: of the validation queries.
        truth: (q,) the individual of each query; one that is no column is new.
        kind: which error is held.
        target: the rate, between 0 and 1.
        groups: (q,) whose photo each query is: these are kept together.
        seed: of the folds and the bootstrap.
        of: (q,) for `false-match`: the queries of which the share decided is told; None: all.

    Raises:
        UserError: if the target is not between 0 and 1.
    """
    if not 0 < target < 1:
        raise UserError(
            f"the target must be a share between 0 and 1, not {target}, for example 0.05"
        )
    asked = _asked(verdicts, truth, kind, groups)
    decided = np.zeros(len(asked.sure), np.bool_)
    folds = _folds(asked.groups, seed)
    for fold in range(FOLDS):
        limit = threshold_for(asked.sure, asked.wrong, target, asked.groups, folds != fold)
        if limit is not None:
            decided |= (folds == fold) & (asked.sure >= limit)
    every = np.ones(len(decided), np.bool_)
    threshold = threshold_for(asked.sure, asked.wrong, target, asked.groups, every)
    rate = share(asked.wrong, decided, asked.groups, seed) if decided.any() else None
    counted = every if of is None else of
    return Target(kind, target, threshold, rate, share(decided, counted, asked.groups, seed))


def _asked(verdicts: Verdicts, truth: Ids, kind: Kind, groups: Ids) -> _Asked:
    """Return what a threshold decides about; a query that nobody was compared with is never."""
    column = (verdicts.columns == truth[:, None]).any(axis=1)
    if kind == "false-match":
        sure = np.nan_to_num(verdicts.surest, nan=-np.inf)
        return _Asked(sure, verdicts.first != truth, groups)
    right = (verdicts.columns == truth[:, None]) & ~np.isnan(verdicts.probability)
    kept = right.any(axis=1) | ~column
    sure = np.nan_to_num(verdicts.new, nan=-np.inf)
    return _Asked(sure[kept], column[kept], groups[kept])


def _folds(groups: Ids, seed: int) -> Ids:
    """Deal the individuals into folds of equal size."""
    found, place = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(found))
    return (order % FOLDS)[place].astype(np.int64)


def threshold_for(
    sure: Floats64, wrong: NDArray[np.bool_], target: float, groups: Ids, among: NDArray[np.bool_]
) -> float | None:
    """Return the lowest threshold that keeps the target; None: none does.

    A lower target never gives a lower threshold.

    Args:
        sure: (n,) probability of each decision; −inf: never decided.
        wrong: (n,) whether it would be wrong.
        target: the rate to keep.
        groups: (n,) individuals.
        among: (n,) the queries to choose on.
    """
    chosen = np.flatnonzero(among & (sure > -np.inf))
    order = chosen[np.argsort(-sure[chosen], kind="stable")]
    if not len(order):
        return None
    named, errors = np.arange(1, len(order) + 1), np.cumsum(wrong[order])
    one_more = named / _individuals_so_far(groups[order])
    kept = (errors + one_more) / (named + one_more) <= target
    # Equal probabilities are decided together: only the last of them is a place to stop.
    kept &= np.append(sure[order][1:] < sure[order][:-1], True)
    return float(sure[order][kept].min()) if kept.any() else None


def _individuals_so_far(groups: Ids) -> Ids:
    seen = np.zeros(len(groups), np.int64)
    seen[np.unique(groups, return_index=True)[1]] = 1
    return np.cumsum(seen)


def share(counted: NDArray[np.bool_], among: NDArray[np.bool_], groups: Ids, seed: int = 0) -> Rate:
    """Return which share of some queries is counted, with an interval over individuals.

    Where none (or all) are counted, resampling cannot say how far the share may be from it: that
    end is then what n individuals without exception leave open, 1 − 0.025^(1/n) (Hanley and
    Lippman-Hand, JAMA 1983).

    Args:
        counted: (n,) which queries are counted.
        among: (n,) which queries the share is of.
        groups: (n,) individuals.
        seed: of the bootstrap.
    """
    _, place = np.unique(groups[among], return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    hits = np.bincount(place, weights=counted[among]).astype(np.float64)
    value = float(hits.sum() / sizes.sum()) if len(sizes) else 0.0
    low, high = _interval(hits, sizes, seed)
    return Rate(value, low, high, int(sizes.sum()), len(sizes))


def _interval(hits: Floats64, sizes: Floats64, seed: int) -> tuple[float | None, float | None]:
    n = len(sizes)
    if n < FEWEST:
        return None, None
    open_ = 1 - 0.025 ** (1 / n)
    if hits.sum() in (0, sizes.sum()):
        return (0.0, float(open_)) if hits.sum() == 0 else (float(1 - open_), 1.0)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), DRAWS)
    low, high = np.quantile((drawn @ hits) / (drawn @ sizes), [0.025, 0.975])
    return float(low), float(high)

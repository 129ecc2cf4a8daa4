"""How sure a number is: 95 % intervals from drawing individuals, not photos, with replacement.

Photos of one animal succeed and fail together, so each draw takes as many individuals as there are
(the cluster bootstrap: Davison and Hinkley, Bootstrap Methods, 1997, section 3.8), with all their
queries. With fewer than five individuals no interval is stated. The same seed gives the same draws,
whatever is measured on the same queries.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.metrics import decided_right, expected_calibration_error
from fieldmark.evaluate.results import Estimate
from fieldmark.types import Ids

Floats64 = NDArray[np.float64]

DRAWS = 2000
ENOUGH = 5
"""Individuals below which no interval is stated."""
_TAIL = 0.025
"""Of a 95 % interval, on either side."""
_CELLS = 1 << 20
"""Cells of the draws made at once (8 MiB), so that memory does not grow with the individuals."""


def estimate(
    per_query: Floats64, groups: Ids, draws: int = DRAWS, seed: int = 0, balanced: bool = False
) -> Estimate:
    """Return the mean over queries, and its interval.

    Where every value is 0, or every value is 1, a bootstrap knows no doubt; there the exact
    binomial bound is given, counting individuals (Clopper and Pearson 1934): no fault among n
    leaves a share of right answers of 0.025^(1/n) possible. So the values must be 0–1 by nature.

    Args:
        per_query: (q,) a metric of each query; NaN: it was not asked, and counts nowhere.
        groups: (q,) the individual of each query.
        draws: how many times the individuals are drawn.
        seed: of the draws.
        balanced: the mean over individuals of each one's mean, instead of the mean over queries.

    Raises:
        ValueError: if no query was asked.
    """
    people = _People.of(per_query, groups, balanced)
    if np.nanmin(per_query) == np.nanmax(per_query) in {0.0, 1.0}:
        return people.without_doubt()
    return people.estimate(draws, seed)


def difference(
    first: Floats64,
    second: Floats64,
    groups: Ids,
    draws: int = DRAWS,
    seed: int = 0,
    balanced: bool = False,
) -> Estimate:
    """Return the mean of `first` − `second`, and its interval.

    It rests on the queries that both were asked. Both are measured on the same queries in every
    draw, so what is hard for both cancels out. Two pipelines that agree on every query have the
    interval 0 to 0.

    Raises:
        ValueError: if no query was asked of both.
    """
    return _People.of(first - second, groups, balanced).estimate(draws, seed)


def estimate_of(
    statistic: Callable[[Ids], float], groups: Ids, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """Return a statistic of all queries (or pairs), and its interval from drawing individuals.

    For what is no mean: AUROC, the calibration error. A statistic that is balanced over individuals
    itself would see somebody drawn twice as one; see `estimate` and `estimate_known_unknown`.

    Args:
        statistic: takes places among the queries, repeated where an individual is drawn twice.
            Draws in which it is NaN count nowhere; there is no interval if they are more than one
            in ten.
        groups: (q,) the individual of each query.
        draws: how many times the individuals are drawn.
        seed: of the draws.

    Raises:
        ValueError: if there is no query, or the statistic of all of them is not a number.
    """
    names, place = np.unique(groups, return_inverse=True)
    value = statistic(np.arange(len(groups))) if len(groups) else np.nan
    if np.isnan(value):
        raise ValueError("expected a statistic of at least one query, got none")
    low, high = None, None
    if len(names) >= ENOUGH:
        members = _Members.of(place, len(names))
        drawn = _drawn(len(names), draws, seed)
        low, high = _interval(np.array([statistic(members.of_people(row)) for row in drawn]))
    return Estimate(value=value, low=low, high=high, n=len(groups), individuals=len(names))


def calibration_error(
    said: Floats64, same: NDArray[np.bool_], groups: Ids, bins: int, draws: int = 500
) -> Estimate:
    """Return the expected calibration error of pairs; see `metrics.expected_calibration_error`.

    Every draw adds noise to every range, and noise is error, so that the draws lie above the value;
    the interval is made to hold it.
    """

    def statistic(pairs: Ids) -> float:
        return expected_calibration_error(said[pairs], same[pairs], bins)

    found = estimate_of(statistic, groups, draws)
    low = None if found.low is None else min(found.low, found.value)
    return found.model_copy(update={"low": low})


def estimate_known_unknown(
    decided: Ids, truth: Ids, enrolled: Ids, draws: int = DRAWS, seed: int = 0
) -> Mapping[str, Estimate]:
    """Return BAKS, BAUS and their geometric mean with intervals; see `metrics.known_unknown`.

    Known and new individuals are drawn by themselves: how many there are of each is the protocol's
    choice, not chance.

    Returns:
        `BAKS`, `BAUS` and `BAKS-BAUS`; what nobody was asked for is left out.
    """
    right, known = decided_right(decided, truth, enrolled)
    kinds = {"BAKS": known, "BAUS": ~known}
    asked = {name: of for name, of in kinds.items() if of.any()}
    people = {name: _People.of(right[of], truth[of], balanced=True) for name, of in asked.items()}
    found = {name: estimate(right[of], truth[of], draws, seed, True) for name, of in asked.items()}
    if len(people) < 2:
        return found
    return {**found, "BAKS-BAUS": _geometric(people["BAKS"], people["BAUS"], draws, seed)}


def _geometric(known: "_People", new: "_People", draws: int, seed: int) -> Estimate:
    low, high = None, None
    if min(known.count, new.count) >= ENOUGH:
        # different seeds: otherwise the same places would be drawn in both
        low, high = _interval(np.sqrt(known.means(draws, seed) * new.means(draws, seed + 1)))
    return Estimate(
        value=float(np.sqrt(known.value * new.value)),
        low=low,
        high=high,
        n=known.asked + new.asked,
        individuals=known.count + new.count,
    )


@dataclass(frozen=True)
class _People:
    """What is known of each individual: the sum of its queries, and what it weighs.

    Attributes:
        sums, weights: (p,); their ratio of sums is the mean. Balanced: the mean, and 1.
        asked: how many queries there are.
    """

    sums: Floats64
    weights: Floats64
    asked: int

    @classmethod
    def of(cls, per_query: Floats64, groups: Ids, balanced: bool) -> "_People":
        asked = ~np.isnan(per_query)
        if not asked.any():
            raise ValueError("expected at least one query that was asked, got none")
        names, place = np.unique(groups[asked], return_inverse=True)
        sums = np.bincount(place, per_query[asked], len(names)).astype(np.float64)
        counts = np.bincount(place, minlength=len(names)).astype(np.float64)
        n = int(asked.sum())
        return cls(sums / counts, np.ones(len(names)), n) if balanced else cls(sums, counts, n)

    @property
    def count(self) -> int:
        return len(self.sums)

    @property
    def value(self) -> float:
        return float(self.sums.sum() / self.weights.sum())

    def means(self, draws: int, seed: int) -> Floats64:
        """Return the mean in each draw: (draws,)."""
        blocks = _drawn_in_blocks(self.count, draws, seed)
        made = [self.sums[b].sum(axis=1) / self.weights[b].sum(axis=1) for b in blocks]
        return np.concatenate(made)

    def estimate(self, draws: int, seed: int) -> Estimate:
        low, high = None, None
        if self.count >= ENOUGH:
            low, high = _interval(self.means(draws, seed))
        return self._with(low, high)

    def without_doubt(self) -> Estimate:
        """Return the estimate where every value is 0, or every value is 1."""
        if self.count < ENOUGH:
            return self._with(None, None)
        bound = _TAIL ** (1 / self.count)
        return self._with(bound, 1.0) if self.value > 0 else self._with(0.0, 1 - bound)

    def _with(self, low: float | None, high: float | None) -> Estimate:
        n, individuals = self.asked, self.count
        return Estimate(value=self.value, low=low, high=high, n=n, individuals=individuals)


@dataclass(frozen=True)
class _Members:
    """The queries of each individual: `order[starts[i] : starts[i] + sizes[i]]`."""

    order: Ids
    starts: Ids
    sizes: Ids

    @classmethod
    def of(cls, place: Ids, count: int) -> "_Members":
        sizes = np.bincount(place, minlength=count)
        return cls(np.argsort(place, kind="stable"), np.cumsum(sizes) - sizes, sizes)

    def of_people(self, people: Ids) -> Ids:
        """Return the queries of these individuals, one after the other."""
        sizes = self.sizes[people]
        ends = np.cumsum(sizes)
        within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
        return np.asarray(self.order[np.repeat(self.starts[people], sizes) + within], np.int64)


def _drawn_in_blocks(count: int, draws: int, seed: int) -> Iterator[Ids]:
    """Yield places of individuals, (some, count) at a time."""
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS // count)
    for start in range(0, draws, step):
        yield generator.integers(0, count, (min(step, draws - start), count))


def _drawn(count: int, draws: int, seed: int) -> Iterator[Ids]:
    for block in _drawn_in_blocks(count, draws, seed):
        yield from block


def _interval(values: Floats64) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval, or nothing if it was a number in fewer than nine draws of ten."""
    known = values[~np.isnan(values)]
    if len(known) < 0.9 * len(values) or not len(known):
        return None, None
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL])
    return float(low), float(high)

"""How good each method is at each training size, and from which size on one is ahead of another.

Everything is resampled together: the individuals that ask, drawn with replacement, and the seeds
that the networks were trained with. One draw serves all methods and sizes, so differences are
paired.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.bootstrap import DRAWS, ENOUGH
from fieldmark.evaluate.results import Curve, Estimate, Point
from fieldmark.evaluate.sizes import Taken, Vary, in_words
from fieldmark.types import Ids

Kind: TypeAlias = Literal["local", "zero-shot", "fine-tuned", "from scratch"]
Array: TypeAlias = NDArray[np.float64]
LEVELS = 0.025, 0.975


@dataclass(frozen=True)
class Method:
    """What one method answered.

    Attributes:
        answers: by (size, seed), (q,) float64: 1 right, 0 wrong, NaN: cannot be asked. Methods
            that learn nothing have one alone, under (0, 0).
    """

    name: str
    kind: Kind
    answers: Mapping[tuple[int, int], Array]

    @property
    def learns(self) -> bool:
        """Whether it is another one at every size."""
        return self.kind in ("fine-tuned", "from scratch")

    @classmethod
    def still(cls, name: str, kind: Kind, answers: Array) -> "Method":
        """Return a method that learns nothing."""
        return cls(name, kind, {(0, 0): answers})

    def answered(self, size: int, seed: int) -> Array | None:
        """Return the answers at a size with a seed; None: there are none."""
        return self.answers.get((size, seed) if self.learns else (0, 0))


@dataclass(frozen=True)
class Grown:
    """All methods of a study, and what was learnt from.

    Attributes:
        steps: one for each size, of the first seed.
        seeds: how many.
        owners: (q,) the individual of each query.
    """

    varied: Vary
    steps: tuple[Taken, ...]
    seeds: int
    owners: Ids
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class _Sums:
    """Right answers of one method, by size, seed and individual, and which were measured.

    Attributes:
        right: (z, s, g); there: (z, s).
    """

    right: Array
    there: NDArray[np.bool_]


class Resampled:
    """Every method at every size, as it was found and as it would be with other individuals."""

    def __init__(self, grown: Grown, draws: int = DRAWS, seed: int = 0) -> None:
        """Draw individuals and seeds once, for all of it."""
        self.grown = grown
        asked = _asked(grown)
        people, place = np.unique(grown.owners[asked], return_inverse=True)
        self.queries, self.individuals = int(asked.sum()), len(people)
        self._asks = np.bincount(place, minlength=len(people)).astype(np.float64)
        self._sums = {
            method.name: _sums(grown, method, asked, place, len(people)) for method in grown.methods
        }
        rng = np.random.default_rng(seed)
        self._people = _drawn(rng, len(people), draws)
        self._seeds = _drawn(rng, grown.seeds, draws)

    @property
    def certain(self) -> bool:
        """Whether there are enough individuals for an interval."""
        return self.individuals >= ENOUGH

    def found(self, name: str) -> Array:
        """Return the share of right answers at each size (z,); NaN: not measured."""
        one = np.ones((1, self.individuals)), np.ones((1, self.grown.seeds))
        return np.asarray(self._shares(name, *one)[0], np.float64)

    def drawn(self, name: str) -> Array:
        """Return the same in every draw: (draws, z)."""
        return self._shares(name, self._people, self._seeds)

    def by_seed(self, name: str) -> Array:
        """Return the share of right answers at each size with each seed: (z, s)."""
        sums = self._sums[name]
        shares = sums.right.sum(axis=2) / max(self._asks.sum(), 1)
        return np.asarray(np.where(sums.there, shares, np.nan), np.float64)

    def _shares(self, name: str, people: Array, seeds: Array) -> Array:
        sums = self._sums[name]
        shares = np.einsum("dg,zsg->dzs", people, sums.right) / (people @ self._asks)[:, None, None]
        weights = seeds[:, None, :] * sums.there
        total = weights.sum(axis=2)
        with np.errstate(invalid="ignore"):
            return np.asarray((shares * weights).sum(axis=2) / np.where(total > 0, total, np.nan))

    def interval(self, draws: Array) -> tuple[float | None, float | None]:
        """Return the 95 % interval of some draws; None where there are too few individuals."""
        known = draws[~np.isnan(draws)]
        if not self.certain or not len(known):
            return None, None
        low, high = np.quantile(known, LEVELS)
        return float(low), float(high)


def _asked(grown: Grown) -> NDArray[np.bool_]:
    """Return which queries some method could be asked: (q,); where another could not, it erred."""
    answers = [row for method in grown.methods for row in method.answers.values()]
    return np.asarray(~np.isnan(np.stack(answers)).all(axis=0), np.bool_)


def _sums(grown: Grown, method: Method, asked: NDArray[np.bool_], place: Ids, people: int) -> _Sums:
    shape = len(grown.steps), grown.seeds
    right, there = np.zeros((*shape, people)), np.zeros(shape, np.bool_)
    for z, step in enumerate(grown.steps):
        for seed in range(grown.seeds):
            row = method.answered(step.size, seed)
            if row is not None:
                right[z, seed] = np.bincount(place, np.nan_to_num(row[asked]), people)
                there[z, seed] = True
    return _Sums(right, there)


def _drawn(rng: np.random.Generator, count: int, draws: int) -> Array:
    """Return how often each of `count` things is drawn, with replacement: (draws, count)."""
    if not count:
        return np.zeros((draws, 0))
    return rng.multinomial(count, np.full(count, 1 / count), draws).astype(np.float64)


def curves(resampled: Resampled) -> tuple[Curve, ...]:
    """Return the curve of every method; those that learn nothing have a flat one."""
    made = (
        Curve(name=method.name, kind=method.kind, points=tuple(_points(resampled, method)))
        for method in resampled.grown.methods
    )
    return tuple(made)


def _points(resampled: Resampled, method: Method) -> Iterator[Point]:
    found, drawn = resampled.found(method.name), resampled.drawn(method.name)
    by_seed = resampled.by_seed(method.name)
    for z, step in enumerate(resampled.grown.steps):
        if np.isnan(found[z]):
            continue
        low, high = resampled.interval(drawn[:, z])
        seeds = by_seed[z][~np.isnan(by_seed[z])].tolist() if method.learns else ()
        estimate = Estimate(
            value=float(found[z]), low=low, high=high, n=resampled.queries,
            individuals=resampled.individuals,
        )  # fmt: skip
        yield Point(
            photos=step.photos, individuals=step.individuals, estimate=estimate, seeds=tuple(seeds)
        )


def crossings(resampled: Resampled) -> tuple[str, ...]:
    """Say from which size on each network is ahead of the methods that learn nothing, if at all."""
    methods = resampled.grown.methods
    still = [method for method in methods if not method.learns]
    pairs = [(m, other) for m in methods if m.learns for other in still]
    pairs += [(m, other) for m in still if m.kind != "local" for other in still if other != m]
    return tuple(_sentence(resampled, first, second) for first, second in pairs)


def _sentence(resampled: Resampled, first: Method, second: Method) -> str:
    found = resampled.found(first.name) - resampled.found(second.name)
    drawn = resampled.drawn(first.name) - resampled.drawn(second.name)
    tried = np.flatnonzero(~np.isnan(found))
    if not len(tried):
        return f"{first.name} could not be trained at any size"
    found, drawn = found[tried], drawn[:, tried]
    last = _difference(resampled, found[-1], drawn[:, -1])
    if not first.learns:
        return f"{first.name} against {second.name}: {last}, whatever is learnt from"
    sizes = [resampled.grown.steps[z].size for z in tried]
    words = [in_words(resampled.grown.varied, size) for size in sizes]
    at = int(ahead_from(found[None])[0])
    ends = _ends(resampled, drawn)
    if at == len(tried):
        return (
            f"{first.name} is not ahead of {second.name} within what was tried, up to {words[-1]};"
            f" there the difference is {last}{_perhaps(ends, words)}"
        )
    start = f"already at the smallest size tried, {words[0]}" if at == 0 else f"from {words[at]} on"
    return (
        f"{first.name} is ahead of {second.name} {start}{_interval(ends, sizes)}; at {words[-1]}"
        f" the difference is {last}"
    )


def ahead_from(differences: Array) -> Ids:
    """Return the first size from which on a difference is above 0 at all sizes tried.

    Args:
        differences: (draws, z); NaN counts as not ahead.

    Returns:
        (draws,) places among the sizes; z: never.
    """
    ahead = differences > 0
    stays = np.logical_and.accumulate(ahead[:, ::-1], axis=1)[:, ::-1]
    first = np.where(stays.any(axis=1), stays.argmax(axis=1), stays.shape[1])
    return np.asarray(first, np.int64)


def _ends(resampled: Resampled, drawn: Array) -> tuple[int, int] | None:
    """Return the ends of the interval of the place from which on it is ahead."""
    if not resampled.certain:
        return None
    low, high = np.quantile(ahead_from(drawn), LEVELS, method="nearest")
    return int(low), int(high)


def _interval(ends: tuple[int, int] | None, sizes: Sequence[int]) -> str:
    if ends is None:
        return " (no interval: too few individuals were asked)"
    low, high = (_end(place, sizes) for place in ends)
    return f" (95 % interval of that size: {low if low == high else f'{low} to {high}'})"


def _perhaps(ends: tuple[int, int] | None, words: Sequence[str]) -> str:
    """Say from which size on it would be ahead in some draws; nothing where it never is."""
    if ends is None or ends[0] == len(words):
        return ""
    return f"; with other individuals it may be ahead from {words[ends[0]]} on"


def _end(place: int, sizes: Sequence[int]) -> str:
    if place == len(sizes):
        return f"more than {sizes[-1]}"
    return f"{sizes[0]} or fewer" if place == 0 else str(sizes[place])


def _difference(resampled: Resampled, found: float, drawn: Array) -> str:
    low, high = resampled.interval(drawn)
    points = f"{100 * found:+.1f} points"
    if low is None or high is None:
        return points
    chance = ", which may be chance" if low <= 0 <= high else ""
    return f"{points} (95 %: {100 * low:+.1f} to {100 * high:+.1f}){chance}"

"""What a report says of a holdout that is searched: measurements, neighbours, errors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.training import Sample
from fieldmark.types import Floats
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.report_numbers import Interval, interval, percent
from fieldmark_deep.training.report_pictures import Pictures, caption
from fieldmark_deep.training.retrieval import Answers
from fieldmark_deep.training.validation import Place, retrieve

WRONG, HARD, EXAMPLES = 6, 3, 12
"""Queries shown: the most confidently wrong, the hardest right ones, and in all."""
NEIGHBOURS = 5
CURVES = ("top-1", "mAP")
ROWS = 500
"""Individuals listed at most; the worst come first."""


@dataclass(frozen=True)
class Searched:
    """A holdout and its answers.

    Attributes:
        asked: the place among the chips of each answered query.
        found: (q, k) the places of their nearest; −1 where there is none.
        alike: (q, k) their cosines; NaN where there is none.
    """

    place: Place
    answers: Answers
    samples: Sequence[Sample]
    asked: NDArray[np.int64]
    found: NDArray[np.int64]
    alike: Floats

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the first neighbour of each query is the same individual: (q,)."""
        return self.answers.right[:, 0]

    @property
    def owners(self) -> list[str]:
        """The individual of each answered query."""
        return [self.samples[p].individual for p in self.asked]


def search(place: Place, made: dict[int, Floats], chips: Chips) -> Searched:
    """Search a holdout, with embeddings by place."""
    answers = retrieve(place, made, chips)
    queries, gallery = np.array(place.queries), np.array(place.gallery or place.queries)
    asked = queries[answers.queries]
    found = np.where(answers.nearest >= 0, gallery[answers.nearest], -1)
    alike = np.full(found.shape, np.nan, np.float32)
    for row, near in enumerate(found):
        there = near >= 0
        if there.any():
            alike[row, there] = np.stack([made[p] for p in near[there]]) @ made[int(asked[row])]
    return Searched(place, answers, chips.samples, asked, found, alike)


@dataclass(frozen=True)
class Measured:
    """One row of the table of measurements, ready to be read."""

    holdout: str
    queries: int
    individuals: int
    unanswered: int
    values: tuple[tuple[str, str], ...]
    between: Interval | None
    chance: str


def measured(searched: Searched) -> Measured:
    """Return the measurements of a holdout, with the interval and the floor of its top-1."""
    answers, asked = searched.answers, len(searched.asked)
    values = answers.measures()
    return Measured(
        searched.place.name,
        asked,
        len(set(searched.owners)),
        len(searched.place.queries) - asked,
        tuple(
            (name, percent(values[name])) for name in ("top-1", "top-5", "mAP") if name in values
        ),
        interval(searched.right, searched.owners) if asked else None,
        percent(float(answers.chance.mean())) if asked else "–",
    )


@dataclass(frozen=True)
class Shown:
    """A chip in the report; `right` is None for the query itself."""

    picture: str
    individual: str
    caption: str
    right: bool | None = None
    alike: float | None = None


@dataclass(frozen=True)
class Example:
    """A query and its nearest neighbours, and why it is shown."""

    why: str
    query: Shown
    neighbours: tuple[Shown, ...]


def examples(searched: Searched, pictures: Pictures, seed: int = 0) -> list[Example]:
    """Return the confidently wrong queries first, then the hardest right ones, then random ones."""
    return [_example(searched, row, why, pictures) for row, why in chosen(searched, seed)]


def chosen(searched: Searched, seed: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the rows of the queries to show, and why.

    Wrong ones by how alike the wrong first neighbour is; right ones by how little the first
    neighbour is ahead of the nearest other individual.
    """
    first = searched.alike[:, 0] if len(searched.asked) else np.empty(0, np.float32)
    wrong = sorted(np.flatnonzero(~searched.right).tolist(), key=lambda row: -first[row])[:WRONG]
    lead = _leads(searched)
    hard = sorted(np.flatnonzero(searched.right).tolist(), key=lambda row: lead[row])[:HARD]
    taken = {*wrong, *hard}
    rest = [row for row in range(len(searched.asked)) if row not in taken]
    drawn = np.random.default_rng(seed).permutation(rest)[: max(EXAMPLES - len(taken), 0)]
    yield from ((row, "confidently wrong") for row in wrong)
    yield from ((row, "right, but only just") for row in hard)
    yield from ((int(row), "drawn at random") for row in drawn)


def _leads(searched: Searched) -> NDArray[np.float64]:
    """Return by how much the first neighbour beats the nearest other individual: (q,).

    Infinite where no other individual is among the nearest.
    """
    other = np.where(searched.answers.right | (searched.found < 0), -np.inf, searched.alike)
    return np.asarray(searched.alike[:, 0] - other.max(axis=1, initial=-np.inf), np.float64)


def _example(searched: Searched, row: int, why: str, pictures: Pictures) -> Example:
    samples = searched.samples
    place = int(searched.asked[row])
    near = [
        Shown(
            pictures.of(int(p)),
            samples[p].individual,
            caption(samples[p]),
            bool(searched.answers.right[row, column]),
            float(searched.alike[row, column]),
        )
        for column, p in enumerate(searched.found[row, :NEIGHBOURS])
        if p >= 0
    ]
    asked = Shown(pictures.of(place), samples[place].individual, caption(samples[place]))
    return Example(why, asked, tuple(near))


@dataclass(frozen=True)
class Errors:
    """One individual's errors: how often its photos were taken for another's."""

    individual: str
    photos: int
    queries: int
    right: int
    taken_for: str

    @property
    def top1(self) -> str:
        """Share of its queries whose first neighbour is right."""
        return percent(self.right / self.queries)


def errors(searched: Searched) -> list[Errors]:
    """Return the errors of every individual that was asked for, the worst first."""
    samples, owners = searched.samples, searched.owners
    everyone = dict.fromkeys([*searched.place.queries, *searched.place.gallery])
    photos = Counter(samples[p].individual for p in everyone)
    asked, right = Counter(owners), Counter[str]()
    taken: dict[str, Counter[str]] = {owner: Counter() for owner in asked}
    for owner, good, near in zip(owners, searched.right, searched.found[:, 0], strict=True):
        right[owner] += int(good)
        if not good:
            taken[owner][samples[near].individual] += 1
    rows = [
        Errors(name, photos[name], count, right[name], _most(taken[name]))
        for name, count in asked.items()
    ]
    return sorted(rows, key=lambda e: (e.right / e.queries, -e.queries, e.individual))


def _most(taken: Counter[str]) -> str:
    if not taken:
        return ""
    name, times = min(taken.items(), key=lambda pair: (-pair[1], pair[0]))
    return f"{name} ({times} of {taken.total()} times)"

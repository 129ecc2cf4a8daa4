"""Who is learnt from at each training size, and who is asked.

Nothing is drawn from a generator: individuals, encounters and photos stand in the order of the
digests of their names and the seed, and the first ones are taken. So a size holds every photo of
the sizes below it, on every machine, whatever the order of the data.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.learn.facts import NEEDED
from fieldmark.learn.looking import Entry
from fieldmark.learn.models import Split
from fieldmark.learn.rows import Row
from fieldmark.learn.split import (
    ENCOUNTERS,
    ENOUGH,
    INDIVIDUALS,
    OUT,
    TRAIN,
    Parts,
    draw_split,
    split_by_column,
)
from fieldmark.learn.splitfile import write_split
from fieldmark.training import Sample
from fieldmark.wording import listing

Vary: TypeAlias = Literal["photos", "individuals"]
"""What grows: the photos of every individual, or how many individuals there are."""
VARY: tuple[Vary, ...] = ("photos", "individuals")
_TEST = frozenset({"test", "testing"})
_VALIDATION = frozenset({"val", "valid", "validation", "dev"})


@dataclass(frozen=True)
class Sides:
    """The two sides of the study; nobody is on both.

    Attributes:
        pool: may be learnt from.
        test: ask one another, and are never learnt from.
        notes: sentences that a person should read.
    """

    pool: tuple[Animal, ...]
    test: tuple[Animal, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """What is learnt from at one size.

    Attributes:
        size: photos of each individual, or individuals, as it was asked for.
        ids: annotation numbers.
        photos: of each individual: at most, where they grow; else the mean, rounded.
        individuals: how many there are.
    """

    varied: Vary
    size: int
    seed: int
    ids: frozenset[int]
    photos: int
    individuals: int


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read `1,2,4,8`.

    Raises:
        UserError: if these are not whole numbers from 1 on, each larger than the one before.
    """
    words = [word.strip() for word in text.split(",")]
    sizes = tuple(int(word) for word in words if word.isascii() and word.isdigit())
    if len(sizes) != len(words) or min(sizes) < 1 or any(a >= b for a, b in pairwise(sizes)):
        raise UserError(
            f"--sizes {text}: write whole numbers from 1 on, each larger than the one before, as"
            " in --sizes 1,2,4,8,16"
        )
    return sizes


def in_words(varied: Vary, size: int) -> str:
    """Return a size as people say it."""
    if varied == "individuals":
        return f"{size} individual{'s' * (size != 1)}"
    return f"{size} photo{'s' * (size != 1)} of each individual"


def sides(animals: Animals) -> Sides:
    """Hold individuals out whole: as the split column says, else a fifth of them, by digest.

    Of a column, `test` is asked, or `val` where there is no test; whoever is also learnt from is
    left out of both.

    Raises:
        UserError: if there is nobody to hold out, or nobody to learn from.
    """
    by_column = any(row.part for row in animals.rows)
    parts = _parts(animals.rows, by_column=by_column)
    at = dict(zip((row.id for row in animals.rows), parts.places, strict=True))
    pool, test = (
        tuple(row for row in animals.rows if at[row.id] == place) for place in (TRAIN, INDIVIDUALS)
    )
    if not test or not pool:
        raise UserError(_nobody(animals, by_column=by_column))
    both = sum(place == ENCOUNTERS for place in at.values())
    note = f"{both} photos held out of individuals that are also learnt from were left out"
    return Sides(pool, test, (note,) if both else ())


def _parts(rows: Sequence[Animal], *, by_column: bool) -> Parts:
    entries = [_entry(row) for row in rows]
    if not by_column:
        return draw_split(entries, Split(encounters=0))
    if any(row.part.casefold() in _TEST for row in rows):
        entries = [replace(e, row=replace(e.row, split=_asked(e.row.split))) for e in entries]
    return split_by_column(entries)


def _asked(word: str) -> str:
    """Return a split's word as a training reads it, with the test part in validation's place."""
    plain = word.casefold()
    return "val" if plain in _TEST else "left out" if plain in _VALIDATION else word


def _nobody(animals: Animals, *, by_column: bool) -> str:
    if by_column:
        words = listing(sorted({row.part for row in animals.rows}))
        return (
            f"the split column of {animals.name} says {words} and holds no individual out whole;"
            " give --split-column another column, or leave it out"
        )
    count = len({row.individual_id for row in animals.rows})
    return (
        f"{animals.name} has {count} individuals, and {ENOUGH} of one species are needed to hold"
        " some out of the training; add individuals, or leave out --sizes"
    )


def _entry(row: Animal) -> Entry:
    told = Row(
        row.data, row.shown, row.path, row.label, row.species, row.box, row.side, row.encounter,
        row.mask, row.part,
    )  # fmt: skip
    sample = Sample(
        row.path, told.individual, row.species, row.box, row.side, row.encounter, row.mask
    )
    return Entry(told, sample, row.sha256, row.phash)


def ladder(
    pool: Sequence[Animal], varied: Vary, sizes: Sequence[int], seed: int
) -> tuple[Taken, ...]:
    """Return what is learnt from at each size; sizes that add nothing are left out.

    Photos grow visit by visit: the first photo of each of an individual's encounters, then the
    second ones. Individuals grow with all their photos; those with one photo alone do not take
    part, because nothing is learnt from it of what stays the same.
    """
    steps: list[Taken] = []
    for size in sizes:
        rows = list(_first(pool, varied, size, seed))
        ids = frozenset(row.id for row in rows)
        if not steps or ids != steps[-1].ids:
            people = len({row.individual_id for row in rows})
            each = size if varied == "photos" else round(len(rows) / max(people, 1))
            steps.append(Taken(varied, size, seed, ids, each, people))
    return tuple(steps)


def _first(pool: Sequence[Animal], varied: Vary, size: int, seed: int) -> Iterator[Animal]:
    own: dict[int, list[Animal]] = defaultdict(list)
    for row in pool:
        own[row.individual_id].append(row)
    if varied == "photos":
        for photos in own.values():
            yield from _in_order(photos, seed)[:size]
        return
    several = [photos for photos in own.values() if len(photos) > 1]
    several.sort(key=lambda photos: _digest(seed, photos[0].species, photos[0].label))
    for photos in several[:size]:
        yield from photos


def _in_order(photos: Iterable[Animal], seed: int) -> list[Animal]:
    """Return an individual's photos so that the first ones are of as many visits as there are."""
    turn: Counter[str] = Counter()
    places = []
    for row in sorted(photos, key=lambda row: _digest(seed, row.shown, row.box)):
        visit = _digest(seed, row.encounter or f"{row.shown} {row.box}")
        places.append((turn[visit], visit, row))
        turn[visit] += 1
    return [row for _, _, row in sorted(places, key=lambda place: place[:2])]


def _digest(seed: int, *names: object) -> str:
    return hashlib.sha256(f"{seed}:{'/'.join(map(str, names))}".encode()).hexdigest()


def enough(taken: Taken, pool: Sequence[Animal]) -> bool:
    """Say whether a network can learn: two individuals with two photos each, at least."""
    photos = Counter(row.individual_id for row in pool if row.id in taken.ids)
    return sum(count >= NEEDED for count in photos.values()) >= NEEDED


def write_taken(path: Path, taken: Taken, rows: Iterable[Animal]) -> None:
    """Write the split of a training that learns from what was taken, and holds nothing out."""
    entries = [(_entry(row), TRAIN if row.id in taken.ids else OUT) for row in rows]
    write_split(path, Parts(tuple(e for e, _ in entries), tuple(place for _, place in entries)))

"""What all protocols share: settings, an order that the data do not change, and whole visits."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.split import Split
from fieldmark.types import Ids

Settings: TypeAlias = Mapping[str, str]
Draw: TypeAlias = Callable[[Animals, int, Settings], Split]

NO_ENCOUNTERS = (
    "the data name no encounters and no times, so each photo is its own encounter: photos of one"
    " moment may stand on both sides and flatter what is measured; add a column `encounter`, or"
    " give --group looks"
)

LEAKY = (
    "photos of one encounter stand on both sides of this split, so that a pipeline may find the"
    " background, the light and the pose instead of the animal; it is of use only to compare with"
    " numbers that were published so"
)


@dataclass(frozen=True)
class Protocol:
    """One way to draw a split.

    Attributes:
        summary: one line of what it asks.
        draw: makes the split; all settings are there and have their defaults.
        settings: names and defaults.
    """

    name: str
    summary: str
    draw: Draw
    settings: Settings = field(default_factory=dict)


def ordered(names: Iterable[str], seed: int) -> list[str]:
    """Return the names in the order of the digests of seed and name.

    Nothing is drawn from a generator, so a name's place hangs on no other name.
    """
    return sorted(names, key=lambda name: digest(name, seed))


def digest(name: str, seed: int) -> bytes:
    """Return what a name is ordered by."""
    return hashlib.sha256(f"{seed}:{name}".encode()).digest()


def individual(row: Animal) -> str:
    """Return the individual's name, unique over all species."""
    return f"{row.species}/{row.label}"


def visit(row: Animal) -> str:
    """Return the annotation's encounter; where it is not known, the photo stands for itself."""
    return photo(row) if row.encounter is None else row.encounter


def photo(row: Animal) -> str:
    """Return the photo's name, unique over all sets of data."""
    return f"{row.data} photo {row.shown}"


def ids(rows: Iterable[Animal]) -> Ids:
    """Return the rows' numbers, ascending."""
    return np.array(sorted(row.id for row in rows), np.int64)


def share(settings: Settings, name: str) -> float:
    """Return a setting between 0 and 1.

    Raises:
        UserError: if it is none.
    """
    try:
        value = float(settings[name])
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise UserError(
            f"{name} must lie between 0 and 1, as in --with {name}=0.7, and is {settings[name]!r}"
        )
    return value


def make(
    name: str,
    seed: int | None,
    gallery: Iterable[Animal],
    queries: Iterable[Animal],
    settings: Settings,
    *,
    encounters: Literal["removed", "kept"] = "removed",
    notes: Iterable[str] = (),
) -> Split:
    """Return a split.

    Raises:
        UserError: if nobody is enrolled, or nobody asks.
    """
    enrolled, asking = ids(gallery), ids(queries)
    if not len(enrolled) or not len(asking):
        side = "asks" if len(enrolled) else "is enrolled"
        raise UserError(
            f"under the protocol {name} no photo {side}: the data are too few, or the settings"
            " leave nobody; give more data, other settings, or --protocol encounter-disjoint"
        )
    said = tuple(filter(None, notes))
    return Split(name, seed, enrolled, asking, encounters, settings=dict(settings), notes=said)


def without_encounters(animals: Animals) -> str:
    """Return a sentence on photos whose encounter is not known; empty if there are none."""
    unknown = sum(row.encounter is None for row in animals.rows)
    if unknown == len(animals.rows):
        return NO_ENCOUNTERS
    if unknown:
        return f"the encounter of {unknown} photos is not known, so each of them is its own"
    return ""

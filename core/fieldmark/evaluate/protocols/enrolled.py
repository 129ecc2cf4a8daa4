"""A part of each individual's photos is enrolled, and the rest asks."""

from collections.abc import Callable, Iterable, Sequence

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.protocols.parts import (
    LEAKY,
    Protocol,
    Settings,
    individual,
    make,
    ordered,
    photo,
    share,
    visit,
    without_encounters,
)
from fieldmark.evaluate.split import Split


def _closed_set(animals: Animals, seed: int, settings: Settings) -> Split:
    gallery, queries = _parted(animals.rows, photo, seed, share(settings, "share"))
    return make(CLOSED_SET.name, seed, gallery, queries, settings, encounters="kept", notes=[LEAKY])


def _encounter_split(animals: Animals, seed: int, settings: Settings) -> Split:
    gallery, queries = _parted(animals.rows, visit, seed, share(settings, "share"))
    notes = [without_encounters(animals)]
    return make(ENCOUNTER_SPLIT.name, seed, gallery, queries, settings, notes=notes)


def _open_set(animals: Animals, seed: int, settings: Settings) -> Split:
    new = newcomers(animals, seed, share(settings, "new"))
    known = [row for row in animals.rows if individual(row) not in new]
    gallery, queries = _parted(known, visit, seed, share(settings, "share"))
    asking = [*queries, *(row for row in animals.rows if individual(row) in new)]
    notes = [f"{len(new)} individuals are never enrolled", without_encounters(animals)]
    return make(OPEN_SET.name, seed, gallery, asking, settings, notes=notes)


def newcomers(animals: Animals, seed: int, wanted: float) -> frozenset[str]:
    """Return the individuals that are never enrolled: this share, at least one, never all.

    Raises:
        UserError: if there is only one individual.
    """
    names = ordered({individual(row) for row in animals.rows}, seed)
    if len(names) < 2:
        raise UserError(
            f"{animals.name} has one individual, so that nobody can be new; give more data, or use"
            " --protocol encounter-split"
        )
    count = min(max(round(wanted * len(names)), 1), len(names) - 1)
    return frozenset(names[:count])


def _parted(
    rows: Sequence[Animal], unit: Callable[[Animal], str], seed: int, wanted: float
) -> tuple[list[Animal], list[Animal]]:
    """Return who is enrolled and who asks; a unit is never on both sides.

    A unit that several individuals share is enrolled if one of them needs it, so that everybody
    is enrolled; some may then ask nothing.
    """
    enrolled = set(_enrolled(rows, unit, seed, wanted))
    gallery = [row for row in rows if unit(row) in enrolled]
    return gallery, [row for row in rows if unit(row) not in enrolled]


def _enrolled(
    rows: Iterable[Animal], unit: Callable[[Animal], str], seed: int, wanted: float
) -> Iterable[str]:
    """Yield the share of each individual's units, at least one, and not all if it has several."""
    units: dict[str, set[str]] = {}
    for row in rows:
        units.setdefault(individual(row), set()).add(unit(row))
    for mine in units.values():
        count = max(round(wanted * len(mine)), 1)
        yield from ordered(mine, seed)[: count - (count == len(mine) > 1)]


CLOSED_SET = Protocol(
    "closed-set",
    "a share of each individual's photos is enrolled, encounters ignored (leaky, but usual)",
    _closed_set,
    {"share": "0.7"},
)
ENCOUNTER_SPLIT = Protocol(
    "encounter-split",
    "a share of each individual's encounters is enrolled, the others ask",
    _encounter_split,
    {"share": "0.7"},
)
OPEN_SET = Protocol(
    "open-set",
    "as encounter-split, but a share of the individuals is never enrolled",
    _open_set,
    {"share": "0.7", "new": "0.2"},
)

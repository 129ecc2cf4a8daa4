"""Only animals that nothing was trained on: held-out individuals, or held-out species."""

from collections.abc import Set as AbstractSet

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.protocols.parts import (
    Protocol,
    Settings,
    individual,
    make,
    ordered,
    share,
    without_encounters,
)
from fieldmark.evaluate.split import Split
from fieldmark.wording import listing

HELD = frozenset({"val", "valid", "validation", "dev", "test", "held-out", "holdout"})
"""What a split column calls a part that nothing is trained on."""


def _disjoint(animals: Animals, seed: int, settings: Settings) -> Split:
    held = _told(animals, settings["part"])
    drawn = held is None
    if held is None:
        names = ordered({individual(row) for row in animals.rows}, seed)
        held = frozenset(names[: max(round(share(settings, "held") * len(names)), 1)])
    rows = [row for row in animals.rows if individual(row) in held]
    notes = [
        f"{len(held)} individuals are held out"
        f" ({'drawn' if drawn else 'as the split column says'}) and ask one another; a pipeline"
        " trained on any of them is flattered",
        without_encounters(animals),
    ]
    return make(DISJOINT.name, seed if drawn else None, rows, rows, settings, notes=notes)


def _told(animals: Animals, part: str) -> frozenset[str] | None:
    """Return the individuals that the split column holds out; None: there is no such column.

    Raises:
        UserError: if it holds out nobody, or somebody who is also trained on.
    """
    words = {row.part.casefold() for row in animals.rows} - {""}
    wanted = {part.casefold()} if part else HELD
    if not words and not part:
        return None
    held = {individual(row) for row in animals.rows if row.part.casefold() in wanted}
    if not held:
        raise UserError(
            f"the split column of {animals.name} holds {listing(sorted(words))}, and none of"
            f" {listing(sorted(wanted))}; say which part is held out, as in --with part=val"
        )
    _refuse_both(animals, held, wanted)
    return frozenset(held)


def _refuse_both(animals: Animals, held: AbstractSet[str], wanted: AbstractSet[str]) -> None:
    rest = {individual(row) for row in animals.rows if row.part.casefold() not in wanted}
    if both := held & rest:
        raise UserError(
            f"{len(both)} individuals, such as {min(both)!r}, stand in held-out and in other parts"
            " of the split column, so they are not disjoint; use --protocol as-given, or leave out"
            " --split-column"
        )


def _unseen_species(animals: Animals, seed: int, settings: Settings) -> Split:
    species = sorted({row.species for row in animals.rows})
    if len(species) < 2:
        raise UserError(
            f"all animals of {animals.name} are {species[0]}, and unseen-species needs several"
            " species; give more data, as in --data tiger=a.csv --data leopard=b.csv"
        )
    named = {word.strip() for word in settings["species"].split(",")} - {""}
    if strange := sorted(named - set(species)):
        raise UserError(f"the data have no species {strange[0]!r}; they have {listing(species)}")
    held = named or set(ordered(species, seed)[: max(round(len(species) / 3), 1)])
    rows = [row for row in animals.rows if row.species in held]
    notes = [
        f"only {', '.join(sorted(held))}; nothing may have been trained on these species",
        without_encounters(animals),
    ]
    drawn = None if named else seed
    return make(UNSEEN_SPECIES.name, drawn, rows, rows, settings, notes=notes)


DISJOINT = Protocol(
    "disjoint",
    "held-out individuals alone ask one another, without their own encounter",
    _disjoint,
    {"held": "0.3", "part": ""},
)
UNSEEN_SPECIES = Protocol(
    "unseen-species",
    "animals of held-out species alone ask one another, without their own encounter",
    _unseen_species,
    {"species": ""},
)

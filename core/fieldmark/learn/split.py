"""What is learnt from and what is held out; the same whatever the order of the data.

Nothing is drawn from a generator: individuals and encounters stand in the order of the digests of
their names and the seed, and the first ones are held out. Adding a photo moves no other.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldmark.errors import UserError
from fieldmark.learn.looking import Entry
from fieldmark.learn.models import Split

TRAIN = "train"
INDIVIDUALS = "new individuals"
ENCOUNTERS = "new encounters"
OUT = "left out"
PLACES = (TRAIN, INDIVIDUALS, ENCOUNTERS, OUT)

ENOUGH = 10
"""Individuals that a species must have before some of them are held out."""
KEPT = 2
"""Photos that must remain in training before an individual's encounter is held out."""

_TRAIN_WORDS = frozenset({"train", "training", "fit"})
_HELD_WORDS = frozenset({"val", "valid", "validation", "dev", "held-out", "holdout"})


@dataclass(frozen=True)
class Parts:
    """Where each entry belongs.

    Attributes:
        places: one of `PLACES` for each entry.
        notes: what was decided, in sentences.
    """

    entries: tuple[Entry, ...]
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def at(self, place: str) -> tuple[Entry, ...]:
        """Return the entries of one place, in order."""
        pairs = zip(self.entries, self.places, strict=True)
        return tuple(entry for entry, where in pairs if where == place)


def split_by_column(entries: Sequence[Entry]) -> Parts:
    """Split as the rows' `split` says: train, val, and everything else left out.

    Of what is held out, individuals that are also trained on count as `new encounters`.

    Raises:
        UserError: if nothing is there to train on.
    """
    words = [entry.row.split.casefold() for entry in entries]
    trained = {
        e.sample.individual for e, word in zip(entries, words, strict=True) if word in _TRAIN_WORDS
    }
    if not trained:
        seen = ", ".join(repr(word) for word in sorted(set(words))[:8])
        raise UserError(f"the split column holds no 'train', but {seen}; name another column")
    places = tuple(
        _place(word, e.sample.individual in trained) for e, word in zip(entries, words, strict=True)
    )
    out = Counter(word for word, place in zip(words, places, strict=True) if place == OUT)
    notes = (f"{n} photos whose split is {word!r} were left out" for word, n in sorted(out.items()))
    return Parts(tuple(entries), places, tuple(notes))


def without_their_visits(parts: Parts) -> Parts:
    """Leave out of the training what shares a visit with anything held out.

    For a classifier: two animals of one visit share the light, the place and mostly the pose, so
    that the one in training would answer for the one held out.
    """
    pairs = list(zip(parts.entries, parts.places, strict=True))
    held = {visit(entry) for entry, place in pairs if place in (INDIVIDUALS, ENCOUNTERS)}
    places = tuple(
        OUT if place == TRAIN and visit(entry) in held else place for entry, place in pairs
    )
    moved = sum(a != b for a, b in zip(places, parts.places, strict=True))
    note = f"{moved} photos of visits that are partly held out were left out of the training"
    return Parts(parts.entries, places, (*parts.notes, *([note] if moved else [])))


def _place(word: str, trained: bool) -> str:
    if word in _TRAIN_WORDS:
        return TRAIN
    if word in _HELD_WORDS:
        return ENCOUNTERS if trained else INDIVIDUALS
    return OUT


def draw_split(entries: Sequence[Entry], shares: Split) -> Parts:
    """Hold out shares of the individuals, and of the others' encounters, species by species."""
    known = {entry.sample.individual: entry.sample.species for entry in entries}
    sizes = Counter(known.values())
    enough = {species for species, size in sizes.items() if size >= ENOUGH}
    held = set(_individuals(known, enough, shares))
    rest = [entry for entry in entries if entry.sample.individual not in held]
    visits = _encounters(rest, enough, shares)
    places = []
    for entry in entries:
        if entry.sample.individual in held:
            places.append(INDIVIDUALS)
        else:
            places.append(ENCOUNTERS if visit(entry) in visits else TRAIN)
    notes = [
        f"{species} has {size} individuals, and {ENOUGH} are needed to hold some out, so all of it"
        " is trained on and nothing is measured"
        for species, size in sorted(sizes.items())
        if species not in enough and (shares.individuals or shares.encounters)
    ]
    return Parts(tuple(entries), tuple(places), tuple(notes))


def _individuals(known: Mapping[str, str], enough: set[str], shares: Split) -> Iterator[str]:
    if not shares.individuals:
        return
    for species in sorted(enough):
        names = _ordered((n for n, own in known.items() if own == species), shares.seed)
        yield from names[: max(round(shares.individuals * len(names)), 1)]


def _encounters(entries: Sequence[Entry], enough: set[str], shares: Split) -> set[str]:
    """Return encounters to hold out, leaving every individual `KEPT` photos to learn from."""
    members: dict[str, Counter[str]] = {}
    for entry in entries:
        if entry.sample.species in enough:
            members.setdefault(visit(entry), Counter())[entry.sample.individual] += 1
    left = Counter(entry.sample.individual for entry in entries)
    wanted = round(shares.encounters * len(members))
    held: set[str] = set()
    for name in _ordered(members, shares.seed):
        if len(held) == wanted:
            break
        if all(left[who] - photos >= KEPT for who, photos in members[name].items()):
            held.add(name)
            left.subtract(members[name])
    return held


def visit(entry: Entry) -> str:
    """Return the entry's encounter; where it is not known, the photo stands for itself."""
    return entry.sample.encounter or f"{entry.row.data} photo {entry.row.shown}"


def _ordered(names: Iterable[str], seed: int) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())

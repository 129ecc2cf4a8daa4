"""What a training stands on, counted, and what a person should know of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldmark.errors import UserError
from fieldmark.learn.looking import counted
from fieldmark.learn.rows import Labelled, stray_labels
from fieldmark.learn.split import ENCOUNTERS, INDIVIDUALS, OUT, TRAIN, Parts
from fieldmark.training import Label, class_of

FEW = 10
"""Individuals below which a training is warned about."""
NEEDED = 2
"""Individuals with as many photos that a training needs at least."""
_MANY: Mapping[Label, str] = {"individual": "individuals", "species": "species", "side": "sides"}


@dataclass(frozen=True)
class Counts:
    """How much there is.

    Attributes:
        parts: for each place of the split, photos and individuals.
        single: individuals of the training part with one photo.
        unknown: photos whose encounter is not known.
    """

    photos: int
    individuals: int
    species: tuple[str, ...]
    parts: Mapping[str, tuple[int, int]]
    single: int
    unknown: int
    rejected: int

    def lines(self) -> Iterator[str]:
        """Yield the counts for people."""
        yield f"{self.photos} photos of {self.individuals} individuals ({', '.join(self.species)})"
        for place, (photos, individuals) in self.parts.items():
            yield f"  {place}: {photos} photos of {individuals} individuals"
        yield f"  trained on with one photo alone: {self.single} individuals"
        if self.rejected:
            yield f"  not used: {self.rejected} photos"


def count(parts: Parts, rejected: int) -> Counts:
    """Return how much there is in a split."""
    who = dict(counted(parts.entries))
    places = {place: parts.at(place) for place in (TRAIN, INDIVIDUALS, ENCOUNTERS, OUT)}
    return Counts(
        photos=len(parts.entries),
        individuals=len(who),
        species=tuple(sorted({entry.sample.species for entry in parts.entries})),
        parts={
            place: (len(found), len(dict(counted(found))))
            for place, found in places.items()
            if found or place == TRAIN
        },
        single=sum(n == 1 for _, n in counted(places[TRAIN])),
        unknown=sum(entry.sample.encounter is None for entry in parts.entries),
        rejected=rejected,
    )


def refuse_too_little(parts: Parts, label: Label) -> None:
    """Refuse data from which nothing can be learnt.

    Raises:
        UserError: if fewer than two individuals (or species, or sides, where those are told apart)
            have two photos to train on.
    """
    photos: dict[str, int] = {}
    for entry in parts.at(TRAIN):
        who = class_of(entry.sample, label)
        photos[who] = photos.get(who, 0) + 1
    enough = sum(n >= NEEDED for n in photos.values())
    if enough < NEEDED:
        raise UserError(
            f"{enough} of {len(photos)} {_MANY[label]} to train on have at least two photos, and"
            f" {NEEDED} are needed, because only photos of one and the same teach what stays the"
            " same; add photos, or hold out less with --set split.individuals=0"
        )


def warnings(found: Labelled, parts: Parts, counts: Counts, label: Label) -> Iterator[str]:
    """Yield what a person should know of the data before trusting what is learnt from them."""
    yield from (f"{text} ({n} times)" if n > 1 else text for text, n in sorted(found.notes.items()))
    yield from stray_labels(found.rows)
    yield from parts.notes
    if label == "individual":
        yield from _of_individuals(counts)


def _of_individuals(counts: Counts) -> Iterator[str]:
    if counts.single:
        yield (
            f"{counts.single} individuals have one photo to train on: it serves as a photo of"
            " somebody else, and nothing is learnt of what stays the same"
        )
    if counts.unknown:
        yield (
            f"the encounter of {counts.unknown} photos is not known, so retrieval is measured"
            " between single photos; frames of one visit then find each other by their background"
        )
    trained = counts.parts[TRAIN][1]
    if trained < FEW:
        yield (
            f"{trained} individuals are few to learn from; compare the result with the pipeline"
            " that needs no training before you use it"
        )

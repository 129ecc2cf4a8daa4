"""What every format needs to be written, and what it says when it is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.queries import ANIMAL, CURRENT
from fieldmark.errors import FieldmarkError
from fieldmark.exports.sharing import Names, Terms
from fieldmark.exports.shots import Mark, Shot, shots
from fieldmark.profile import find_profile, load_profile

UNSEEN = "photos were left out because no detector has looked at them; run: fieldmark detect"
"""A format that cannot say "nobody knows" must not say "nothing there"."""


@dataclass(frozen=True)
class Package:
    """What a package of data says about itself, and what the user has to say for it.

    Attributes:
        title: of the study.
        place: latitude and longitude of the study, for cameras whose own are not known.
    """

    title: str = "Camera-trap photos identified with fieldmark"
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Attributes:
        paths: the files that were written.
        photos: how many photos are in them.
        marks: how many animals, people and vehicles.
        left_out: how many photos, by why they were left out.
        base: the folder that the photos' paths start from; None in a shareable export.
        doubted: how many photos are in them with a time that is not believed.
    """

    paths: tuple[Path, ...]
    photos: int
    marks: int
    left_out: tuple[tuple[int, str], ...]
    base: Path | None
    doubted: int = 0


@dataclass
class Outgoing:
    """A project on its way out, in one reading session."""

    session: Session
    folder: Path
    species: str
    terms: Terms
    package: Package = field(default_factory=Package)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    _scientific: dict[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> Names:
        """The names under which things leave."""
        return Names(self.session, self.terms)

    def shots(self) -> Iterator[Shot]:
        """Yield every photo, and count it."""
        for shot in shots(self.session):
            self.counts["photos"] += 1
            self.counts["marks"] += len(shot.marks)
            self.counts["doubted"] += bool(shot.time_flag)
            yield shot

    def leave_out(self, shot: Shot, why: str) -> None:
        """Count a photo as one that the format cannot hold."""
        self.counts["photos"] -= 1
        self.counts["marks"] -= len(shot.marks)
        self.counts["doubted"] -= bool(shot.time_flag)
        self.left_out[why] += 1

    def looked_at(self) -> Iterator[Shot]:
        """Yield the photos of which somebody said what is in them, and count the others."""
        for shot in self.shots():
            if shot.looked:
                yield shot
            else:
                self.leave_out(shot, UNSEEN)

    def file(self, shot: Shot) -> str:
        """Return a photo's path as the export calls it."""
        return self.names.file(shot.sha256, shot.station, shot.path)

    def scientific(self, species: str) -> str:
        """Return the scientific name that a species' profile states; without one, its own."""
        if species not in self._scientific:
            self._scientific[species] = self._stated(species)
        return self._scientific[species]

    def _stated(self, species: str) -> str:
        try:
            return load_profile(find_profile(species, self.folder)).scientific_name or species
        except FieldmarkError:
            return species

    def species_there(self) -> list[str]:
        """Return the species of the animals, in alphabetical order."""
        a = t.Annotation
        query = select(a.species).where(ANIMAL, CURRENT).distinct().order_by(a.species)
        return list(self.session.scalars(query)) or [self.species]

    def labels_there(self) -> list[str]:
        """Return the labels in use: `animal`, `person` and `vehicle` first, then any others."""
        a = t.Annotation
        found = set(self.session.scalars(select(a.label).where(CURRENT).distinct()))
        usual = ("animal", "person", "vehicle")
        return [*usual, *sorted(found - set(usual))]

    def exported(self, *paths: Path) -> Exported:
        """Return what was done, once the files are there."""
        out = tuple((count, why) for why, count in sorted(self.left_out.items()))
        base = self.names.base if self.terms.private else None
        counts = self.counts
        return Exported(paths, counts["photos"], counts["marks"], out, base, counts["doubted"])


def sides(marks: tuple[Mark, ...]) -> list[str]:
    """Return the sides of the marks as the tables write them: empty where unknown."""
    return ["" if mark.side == "unknown" else str(mark.side) for mark in marks]

"""Labelled data as a source tells them, before any photo is opened."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from fieldmark.catalog.imports.items import PixelBox
from fieldmark.errors import UserError
from fieldmark.types import WHOLE, Box, Side
from fieldmark.wording import listing

Notes: TypeAlias = Counter[str]
"""Sentences that a person should read, and how often each is true."""
WILDLIFE = "wildlife:"
"""What stands before the name of a data set that wildlife-datasets reads."""
NO_SIDE = "a photo whose side nobody has said was left out"


@dataclass(frozen=True)
class Data:
    """One set of data that was asked for.

    Attributes:
        path: a project, a table, or a folder with `metadata.csv`.
        species: of everything in it; None: as it says itself.
        wildlife: the class of wildlife-datasets that reads the folder; None: fieldmark does.
    """

    path: Path
    species: str | None = None
    wildlife: str | None = None

    @property
    def name(self) -> str:
        """What to call it: the species, else its own name or that of its folder."""
        here = self.path.resolve()
        own = here.parent.name if here.stem == "metadata" else here.stem
        return self.species or self.wildlife or own


@dataclass(frozen=True)
class Reading:
    """How tables are read.

    Attributes:
        species: the recipe's, for data that say of none, or of this one in other words.
        where: use only rows with these values in these columns.
        columns: which column to use for what, where the name does not say it.
        split: the column that says what is held out.
        gap_seconds: photos of one station at most so far apart are one encounter, in projects.
        unnamed: whether photos without a name are of use (where individuals are not told apart).
        sided: whether only photos are of use whose side is known (where sides are told apart).
        placed: whether it is of use when and where a photo was taken.
    """

    species: str = "any"
    where: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    gap_seconds: float = 120
    unnamed: bool = False
    sided: bool = False
    placed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled animal.

    Attributes:
        data: the name of the set it belongs to.
        shown: the photo's path from the set's folder, with slashes.
        label: the individual as the data write it, blanks and all.
        encounter: unique over all sets; None: not known.
        split: what the split column says; empty where there is none.
        captured_at: as the camera's clock had it; midnight where only the day is known. This and
            all that follows only where `Reading.placed` asks for it.
        latitude, longitude: in degrees.
        camera, frame: of video data.
    """

    data: str
    shown: str
    photo: Path
    label: str
    species: str
    box: PixelBox | Box = WHOLE
    side: Side = Side.UNKNOWN
    encounter: str | None = None
    mask: Path | None = None
    split: str = ""
    captured_at: datetime | None = None
    station: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    frame: int | None = None

    @property
    def individual(self) -> str:
        """Unique over all species, e.g. `tiger/107`."""
        return f"{self.species}/{self.label}"


@dataclass
class Labelled:
    """What a source told.

    Attributes:
        rejected: what could not be used: its name, and why.
        licences: of the photos, as the data state them.
    """

    rows: list[Row] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    notes: Notes = field(default_factory=Counter)
    licences: set[str] = field(default_factory=set)

    def extend(self, other: "Labelled") -> None:
        """Add what another source told."""
        self.rows += other.rows
        self.rejected += other.rejected
        self.notes += other.notes
        self.licences |= other.licences


def parse_data(text: str) -> Data:
    """Read `PATH`, `SPECIES=PATH`, or `wildlife:CLASS=PATH`.

    Raises:
        UserError: if there is nothing at the path.
    """
    species, equals, path = text.partition("=")
    if Path(text).exists():
        return Data(Path(text))
    if equals and species and Path(path).exists():
        wildlife = species.removeprefix(WILDLIFE)
        return Data(Path(path), *((species,) if wildlife == species else (None, wildlife)))
    raise UserError(
        f"there is nothing at {path if equals else text}; give a project, a table (.csv) or a"
        " folder with metadata.csv, as in --data photos.csv or --data tiger=photos.csv"
    )


def stray_labels(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a sentence for each group of labels that differ in case or blanks alone.

    They are reported and never merged: whether they are one animal only a person knows.
    """
    spellings: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        key = row.species, " ".join(row.label.split()).casefold()
        spellings.setdefault(key, set()).add(row.label)
    for (species, _), labels in sorted(spellings.items()):
        if len(labels) > 1:
            yield (
                f"{species}: the labels {listing(sorted(labels))} differ in case or blanks alone;"
                " they were kept apart, so write them alike if they are one animal"
            )

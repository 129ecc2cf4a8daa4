"""What was asked of an import, and what a format makes of its file."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from fieldmark.catalog.imports.intake import take_in
from fieldmark.catalog.imports.items import Item
from fieldmark.catalog.imports.jsonstream import elements
from fieldmark.catalog.imports.labels import Naming
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.stations import Stations
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.imports.values import UnusableError
from fieldmark.catalog.places import portable
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError


@dataclass(frozen=True)
class Asked:
    """What a person asked for.

    Attributes:
        source: a file or a folder, absolute.
        root: the folder that relative paths start from; None: the source's own.
        threshold: 0–1; a detector's boxes with a lower confidence are left out.
        species: of every animal, whatever the source says; None: the project's, where it says none.
        names: further names of the project's species, such as its scientific name.
        stations: how photos get their stations.
        columns: which column to use for what, where the name does not say it.
        where: only rows with these values in these columns.

    Raises:
        UserError: if the threshold is none.
    """

    source: Path
    root: Path | None = None
    threshold: float = 0.2
    species: str | None = None
    names: Collection[str] = ()
    stations: Stations = "auto"
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise UserError(f"expected a threshold from 0 to 1, such as 0.2, got {self.threshold}")

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        if self.root is not None:
            return self.root
        return self.source if self.source.is_dir() else self.source.parent

    def naming(self, project: Project, tally: Tally) -> Naming:
        """Return who names the species in this import."""
        forced = self.species is not None
        return Naming(self.species or project.species, forced=forced, names=self.names, tally=tally)


@dataclass(frozen=True)
class Reading:
    """What a format makes of its file, after a first look at the whole of it.

    Attributes:
        kind: the format, as in `FORMATS`.
        source: who drew the boxes, as the catalogue holds it.
        items: what it says, photo by photo.
        total: how many photos or rows there are; None: unknown.
        station_words: how to say where a station's name came from.
        table: whether the source names stations itself, which is believed before GPS.
        columns: which column was used for what.
    """

    kind: str
    source: str
    items: Iterator[Item]
    total: int | None = None
    station_words: str = "the name of their folder"
    table: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)


Options: TypeAlias = dict[str, Any]


def photo_items(
    source: Path, key: str, item: Callable[[object], Item | None], tally: Tally
) -> Iterator[Item]:
    """Yield what a JSON file says of its photos; entries that cannot be used are listed.

    Args:
        source: a list of photos, or an object that has one under `key`.
        key: see above.
        item: reads one entry; None: it is no photo. Raises `UnusableError`.
        tally: where what cannot be used is listed, by its number in the list.
    """
    photos = (entry for part, entry in elements(source, {key}) if part in {None, key})
    for number, entry in enumerate(photos, start=1):
        try:
            read = item(entry)
        except UnusableError as error:
            tally.reject(f"{source.name} photo {number}", str(error))
            continue
        if read is not None:
            yield read


def take(
    project: Project,
    asked: Asked,
    reading: Reading,
    tally: Tally,
    progress: Progress = no_progress,
) -> ImportSummary:
    """Import what was read.

    Raises:
        ProjectError: when the disk is full.
    """
    plan = Plan(
        command=f"import {reading.kind}",
        name=asked.source.name,
        scope=portable(project.folder, asked.source),
        source=reading.source,
        species=asked.species or project.species,
        options=_options(asked),
        stations=asked.stations,
        station_words=reading.station_words,
        table=reading.table,
    )
    tally.format, tally.columns = reading.kind, reading.columns
    return take_in(project, plan, reading.items, tally, reading.total, progress)


def _options(asked: Asked) -> Options:
    return {
        "file": str(asked.source), "root": str(asked.folder), "threshold": asked.threshold,
        "stations": asked.stations, "species": asked.species,
        **({"columns": dict(asked.columns)} if asked.columns else {}),
        **({"where": dict(asked.where)} if asked.where else {}),
    }  # fmt: skip

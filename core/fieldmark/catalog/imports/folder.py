"""Importing a folder of photos, perhaps with one folder per individual."""

import os
from collections.abc import Iterator
from pathlib import Path

from fieldmark.catalog.imports.files import is_photo, kind_of, printable, walk
from fieldmark.catalog.imports.intake import take_in
from fieldmark.catalog.imports.items import Animal, Item, known_name
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.stations import Stations
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.places import portable
from fieldmark.catalog.project import CACHE, DATABASE, Project
from fieldmark.errors import UserError


def import_folder(
    project: Project,
    folder: str | os.PathLike[str],
    *,
    individuals_from_folders: bool = False,
    stations: Stations = "auto",
    species: str | None = None,
    progress: Progress = no_progress,
) -> ImportSummary:
    """Import every photo below a folder; where nobody has boxed the animal, the whole photo is it.

    Hidden files, symbolic links and the project's own folder are left out. Tags in the photos, such
    as `Individual|T-017`, say who is in them (see `xmp`), where the folder does not.

    Args:
        project: where to.
        folder: may be the project's folder.
        individuals_from_folders: the folder that directly holds a photo names the individual.
        stations: how photos get their stations; a folder that names an individual is none.
        species: of the animals; the project's when None.
        progress: called after every batch.

    Raises:
        UserError: if there is no such folder.
        ProjectError: when the disk is full.
    """
    where = Path(folder).resolve()
    if not where.is_dir():
        raise UserError(f"{folder} is not a folder; give the folder that holds the photos")
    plan = Plan(
        command="import folder",
        name=where.name,
        scope=portable(project.folder, where),
        source="photo",
        species=species or project.species,
        options={
            "folder": str(where), "individuals": individuals_from_folders,
            "stations": stations, "species": species,
        },
        stations=stations,
        station_words="the name of their folder",
        tagged=True,
    )  # fmt: skip
    tally = Tally(format="folder")
    skip = frozenset({project.folder, project.folder / CACHE} - {where})
    total = sum(1 for _ in _files(where, skip, Tally()))
    items = _items(where, skip, tally, individuals_from_folders, plan)
    return take_in(project, plan, items, tally, total, progress)


def _files(where: Path, skip: frozenset[Path], tally: Tally) -> Iterator[str]:
    """Yield the paths that may be photos, and count the others."""
    try:
        for entry in walk(where, skip, tally.remark):
            if is_photo(entry.path):
                yield entry.path
            elif not entry.name.startswith(DATABASE):
                tally.not_photos[kind_of(entry.path)] += 1
    except OSError as error:
        raise UserError(
            f"the folder {where} cannot be read ({error.strerror}); give yourself permission for it"
        ) from error


def _items(
    where: Path, skip: frozenset[Path], tally: Tally, individuals: bool, plan: Plan
) -> Iterator[Item]:
    for path in _files(where, skip, tally):
        shown = printable(path)
        if shown != path:
            tally.reject(shown, "the file's name is not valid text; rename the file")
            continue
        file = Path(path)
        folders = file.relative_to(where).parts[:-1]
        name = known_name(folders[-1]) if individuals and folders else ""
        named = plan.stations != "gps" and not (individuals and plan.stations == "auto")
        station = folders[0] if named and folders else ""
        yield Item(file, shown, where, (Animal(name=name),), station=station)

"""One way in for everything that can be imported."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from fieldmark.catalog.imports.addaxai import read_addaxai
from fieldmark.catalog.imports.camtrapdp import read_camtrapdp
from fieldmark.catalog.imports.coco import read_coco
from fieldmark.catalog.imports.folder import import_folder
from fieldmark.catalog.imports.megadetector import read_megadetector
from fieldmark.catalog.imports.reading import Asked, Reading, take
from fieldmark.catalog.imports.sniff import recognise
from fieldmark.catalog.imports.speciesnet import read_speciesnet
from fieldmark.catalog.imports.stations import Stations
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.imports.table import import_table
from fieldmark.catalog.imports.timelapse import read_timelapse
from fieldmark.catalog.imports.wildlife_insights import read_wildlife_insights
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError

_READERS: Mapping[str, Callable[[Project, Asked, Tally], Reading]] = {
    "megadetector": read_megadetector,
    "speciesnet": read_speciesnet,
    "camtrap-dp": read_camtrapdp,
    "coco": read_coco,
    "wildlife-insights": read_wildlife_insights,
    "timelapse": read_timelapse,
    "addaxai": read_addaxai,
}

FORMATS: tuple[str, ...] = ("folder", "table", *_READERS)
"""What can be imported, besides `auto`, which looks into the source."""


def import_any(  # noqa: PLR0913 - one way in for every kind of source
    project: Project,
    source: Path,
    *,
    format: str = "auto",  # noqa: A002 - the word that people know
    root: Path | None = None,
    threshold: float = 0.2,
    individuals: bool = False,
    stations: Stations = "auto",
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    species: str | None = None,
    names: Collection[str] = (),
    progress: Progress = no_progress,
) -> ImportSummary:
    """Import photos with whatever a folder or a file says about them.

    JSON is read to its end before anything is written: of a file that is cut off nothing is
    imported, and the same command on the mended file imports all of it.

    `format` is one of `FORMATS`, or `auto`: by the content. `individuals` is of a folder, whose
    subfolder that holds a photo then names the individual; all others are as in `Asked`.

    Raises:
        UserError: if the source is nothing that can be imported, or is damaged.
        ProjectError: when the disk is full.
    """
    if format not in {"auto", *FORMATS}:
        raise UserError(f"{format!r} is no format; say auto, {', '.join(FORMATS)}")
    kind = recognise(source) if format == "auto" else format
    if kind == "folder":
        return import_folder(
            project, source, individuals_from_folders=individuals, stations=stations,
            species=species, progress=progress,
        )  # fmt: skip
    root = root.resolve() if root is not None else None
    if kind == "table":
        return import_table(
            project, source, root=root, columns=columns, where=where, species=species,
            progress=progress,
        )  # fmt: skip
    asked = Asked(
        source.resolve(), root, threshold, species, names, stations, columns or {}, where or {}
    )
    tally = Tally()
    return take(project, asked, _READERS[kind](project, asked, tally), tally, progress)

"""`fieldmark import`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import project_option, quiet_option

if TYPE_CHECKING:
    from fieldmark.catalog import Project
    from fieldmark.catalog.imports import ImportSummary

LISTED = 20
"""Rejected files printed on the terminal; the catalogue holds all of them."""

FORMATS = (
    "auto", "folder", "table", "megadetector", "speciesnet", "camtrap-dp", "coco",
    "wildlife-insights", "timelapse", "addaxai",
)  # fmt: skip
"""`auto` and `fieldmark.catalog.imports.FORMATS`, which is too slow to import for `--help`."""


def _pairs(
    _context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    wrong = [value for value, pair in zip(values, pairs, strict=True) if not (pair[0] and pair[1])]
    if wrong:
        raise click.BadParameter(f"expected NAME=VALUE, got {wrong[0]!r}", param=option)
    return {name: value for name, _, value in pairs}


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@project_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="What SOURCE is; auto: by its content.",
)
@click.option(
    "--individuals",
    is_flag=True,
    help="A folder: the subfolder that holds a photo names the individual.",
)
@click.option(
    "--stations",
    type=click.Choice(["auto", "folder", "gps", "none"]),
    default="auto",
    show_default=True,
    help="Where stations come from, if the source does not name them.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A file: the folder its paths start from; default: its own folder.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_pairs,
    metavar="USE=COLUMN",
    help="A table: which column is the path, identity, bbox, orientation, date, species,"
    " station or encounter, e.g. --column encounter=visit.",
)
@click.option(
    "--where",
    multiple=True,
    callback=_pairs,
    metavar="COLUMN=VALUE",
    help="A table: only the rows with this value.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="A detector's file: leave out detections below this confidence.",
)
@click.option(
    "--species",
    help="The species of every animal, whatever the source says.",
)
@quiet_option
def command(
    source: Path,
    folder: Path,
    kind: str,
    individuals: bool,
    stations: Literal["auto", "folder", "gps", "none"],
    root: Path | None,
    columns: Mapping[str, str],
    where: Mapping[str, str],
    threshold: float,
    species: str | None,
    quiet: bool,
) -> int:
    """Add photos to a project; they stay where they are and are never changed.

    SOURCE is a folder of photos, a table (.csv, .tsv) with the columns of wildlife-datasets, or the
    output of another program: JSON of MegaDetector, SpeciesNet, AddaxAI or COCO Camera Traps, a
    Camtrap DP package, a download of Wildlife Insights, CSV of Timelapse or AddaxAI. It is
    recognised by its content. Importing again adds nothing twice, and finds moved photos.
    """
    from fieldmark.catalog import Project, contradictions
    from fieldmark.catalog.imports import import_any
    from fieldmark.cli.progress import progress

    with Project.open(folder) as project, progress(quiet=quiet) as report:

        def seen(done: int, total: int | None, _last: str) -> None:
            report(done, total, "import")

        summary = import_any(
            project,
            source,
            format=kind,
            root=root,
            threshold=threshold,
            individuals=individuals,
            stations=stations,
            columns=columns,
            where=where,
            species=species,
            names=names_of_species(project),
            progress=seen,
        )
        with project.reading() as session:
            clashes = [clash.sentence for clash in contradictions(session)]
    return _show(summary, clashes)


def names_of_species(project: "Project") -> tuple[str, ...]:
    """Return further names of the project's species; none if its profile cannot be read."""
    from fieldmark.errors import FieldmarkError
    from fieldmark.profile import find_profile, load_profile

    try:
        profile = load_profile(find_profile(project.species, project.folder))
    except FieldmarkError:
        return ()
    return tuple(filter(None, (profile.scientific_name, profile.common_name)))


def _show(summary: "ImportSummary", clashes: list[str]) -> int:
    from fieldmark.cli import SKIPPED

    click.echo(
        f"{summary.photos_added} photos added, {summary.photos_known} known already,"
        f" {summary.photos_moved} found at a new place, {summary.copies} copies"
    )
    click.echo(
        f"{summary.annotations_added} annotations and {summary.individuals_added} named individuals"
        f" added; {summary.names_given} animals were given a name; {summary.encounters} encounters"
        " in all"
    )
    if summary.format not in {"folder", "table"}:
        click.echo(f"Read as {summary.format}")
    if summary.columns:
        used = ", ".join(f"{use} from {column!r}" for use, column in summary.columns.items())
        click.echo(f"Columns: {used}")
    click.echo(f"Stations: {summary.stations}")
    for note in summary.notes:
        click.echo(f"Note: {note}")
    if not (summary.photos_added or summary.photos_known or summary.rejected):
        click.secho("no photo was found there", fg="yellow", err=True)
        return SKIPPED
    for clash in clashes[:LISTED]:
        click.secho(f"Contradiction: {clash}", fg="yellow", err=True)
    for name, reason in summary.rejected[:LISTED]:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    unlisted = len(summary.rejected) + summary.rejected_more - LISTED
    if unlisted > 0:
        click.echo(f"... and {unlisted} more not used", err=True)
    return SKIPPED if summary.rejected else 0

"""`fieldmark import`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import project_option, quiet_option

if TYPE_CHECKING:
    from fieldmark.catalog.imports import ImportSummary

LISTED = 20
"""Rejected files printed on the terminal; the catalogue holds all of them."""


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
    "--individuals",
    is_flag=True,
    help="A folder: the subfolder that holds a photo names the individual.",
)
@click.option(
    "--stations",
    type=click.Choice(["auto", "folder", "gps", "none"]),
    default="auto",
    show_default=True,
    help="A folder: where stations come from.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A table or JSON: the folder its paths start from; default: its own folder.",
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
    help="A MegaDetector file: leave out detections below this confidence.",
)
@quiet_option
def command(
    source: Path,
    folder: Path,
    individuals: bool,
    stations: Literal["auto", "folder", "gps", "none"],
    root: Path | None,
    columns: Mapping[str, str],
    where: Mapping[str, str],
    threshold: float,
    quiet: bool,
) -> int:
    """Add photos to a project; they stay where they are and are never changed.

    SOURCE is a folder of photos, a table (.csv, .tsv) with the columns of wildlife-datasets, or a
    MegaDetector file (.json). Importing again adds nothing twice, and finds moved photos.
    """
    from fieldmark.catalog import Project, contradictions
    from fieldmark.catalog.imports import import_folder, import_megadetector, import_table
    from fieldmark.cli.progress import progress

    with Project.open(folder) as project, progress(quiet=quiet) as report:

        def seen(done: int, total: int | None, _last: str) -> None:
            report(done, total, "import")

        if source.is_dir():
            summary = import_folder(
                project,
                source,
                individuals_from_folders=individuals,
                stations=stations,
                progress=seen,
            )
        elif source.suffix.lower() == ".json":
            summary = import_megadetector(
                project, source, root=root, threshold=threshold, progress=seen
            )
        else:
            summary = import_table(
                project, source, root=root, columns=columns, where=where, progress=seen
            )
        with project.reading() as session:
            clashes = [clash.sentence for clash in contradictions(session)]
    return _show(summary, clashes)


def _show(summary: "ImportSummary", clashes: list[str]) -> int:
    from fieldmark.cli import SKIPPED

    click.echo(
        f"{summary.photos_added} photos added, {summary.photos_known} known already,"
        f" {summary.photos_moved} found at a new place, {summary.copies} copies"
    )
    click.echo(
        f"{summary.annotations_added} annotations and {summary.individuals_added} named individuals"
        f" added; {summary.encounters} encounters in all"
    )
    if summary.columns:
        used = ", ".join(f"{use} from {column!r}" for use, column in summary.columns.items())
        click.echo(f"Columns: {used}")
    click.echo(f"Stations: {summary.stations}")
    for note in summary.notes:
        click.echo(f"Note: {note}")
    for clash in clashes[:LISTED]:
        click.secho(f"Contradiction: {clash}", fg="yellow", err=True)
    for name, reason in summary.rejected[:LISTED]:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    if len(summary.rejected) > LISTED:
        click.echo(f"... and {len(summary.rejected) - LISTED} more not used", err=True)
    return SKIPPED if summary.rejected else 0

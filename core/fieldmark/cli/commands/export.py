"""`fieldmark export`."""

from pathlib import Path

import click

from fieldmark.cli.options import project_option


@click.group("export")
def command() -> None:
    """Write the catalogue as files for other programs."""


@command.command("csv")
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder; default: export-csv in the project.",
)
@click.option(
    "--places", is_flag=True, help="Also stations and coordinates: think before you share them."
)
def csv_(folder: Path, out: Path | None, places: bool) -> None:
    """Write annotations.csv, individuals.csv and decisions.csv.

    annotations.csv has the columns of wildlife-datasets, so 'fieldmark import' reads it again.
    """
    from fieldmark.catalog import Project
    from fieldmark.exports.table import export_csv

    with Project.open(folder) as project:
        out = out or project.folder / "export-csv"
        for path in export_csv(project, out, places=places):
            click.echo(f"Wrote {path}")

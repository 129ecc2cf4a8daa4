"""`fieldmark export`."""

from pathlib import Path

import click

from fieldmark.cli.options import project_option
from fieldmark.cli.sharing import private_option, warn


@click.group("export")
def command() -> None:
    """Write the catalogue as files for other programs."""


@command.command("csv")
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder; default: export-csv in the project, or export-csv-private.",
)
@private_option
def csv_(folder: Path, out: Path | None, private: bool) -> None:
    """Write annotations.csv, individuals.csv and decisions.csv.

    annotations.csv has the columns of wildlife-datasets; with --private, 'fieldmark import' reads
    it again. Without, stations, files and people have other names: see docs/privacy.md.
    """
    from fieldmark.catalog import Project
    from fieldmark.exports.sharing import Terms
    from fieldmark.exports.table import export_csv

    with Project.open(folder) as project:
        out = out or project.folder / ("export-csv-private" if private else "export-csv")
        for path in export_csv(project, out, Terms(private)):
            click.echo(f"Wrote {path}")
    warn(private)

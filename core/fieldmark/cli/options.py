"""Options that several commands share."""

from pathlib import Path

import click

project_option = click.option(
    "-p",
    "--project",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The project's folder; default: this folder.",
)
pipeline_option = click.option(
    "--pipeline", help="A pipeline of the profile; default: the profile's own default."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=None,
    help="Processes that work at once; default: one for each core.",
)
licence_option = click.option(
    "--licence-policy",
    "licences",
    type=click.Choice(["any", "permissive"]),
    default="any",
    show_default=True,
    envvar="FIELDMARK_LICENCE_POLICY",
    help="permissive: refuse weights whose licence does not allow every use, or is not stated.",
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask; for scripts.")

"""`fieldmark init`."""

import shlex
from pathlib import Path

import click


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--species",
    required=True,
    help="The species profile: a name from 'fieldmark species list'.",
)
def command(folder: Path, species: str) -> None:
    """Start a project in FOLDER, which is made if it is not there.

    Photos stay where they are; the project keeps the catalogue, and caches that may be deleted.
    """
    from fieldmark.catalog import Project
    from fieldmark.plugins import Plugins
    from fieldmark.profile import find_profile, load_profile

    profile = load_profile(find_profile(species, folder), Plugins.installed())
    with Project.create(folder, profile.name) as project:
        click.echo(f"Made a project for {profile.name} in {project.folder}")
    typed = shlex.quote(str(folder))
    click.echo(f"Add photos with: fieldmark import PHOTOS --project {typed}")

"""`fieldmark blur-people`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import project_option, quiet_option

if TYPE_CHECKING:
    from fieldmark.api.blur import Blurred

LISTED = 20
"""Photos that could not be copied printed on the terminal."""


@click.command("blur-people")
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for the copies; default: blurred in the project.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every photo that a detector has looked at, not only those with people.",
)
@click.option(
    "--undetected",
    is_flag=True,
    help="Also photos that no detector has looked at; nobody in them is hidden.",
)
@click.option("--vehicles", is_flag=True, help="Hide vehicles, too.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Hide only people that the detector gave at least this score.",
)
@click.option(
    "--margin",
    type=click.FloatRange(0, 2),
    default=0.15,
    show_default=True,
    help="Part of its size by which each box is grown on every side.",
)
@click.option(
    "--top",
    type=click.FloatRange(0, 0.5),
    default=0.0,
    help="Also hide this part of the height at the top, where a camera prints the place.",
)
@click.option(
    "--bottom", type=click.FloatRange(0, 0.5), default=0.0, help="The same at the bottom."
)
@click.option(
    "--keep-names", is_flag=True, help="Keep the paths of the originals; they may tell the place."
)
@quiet_option
def command(
    folder: Path,
    out: Path | None,
    everything: bool,
    undetected: bool,
    vehicles: bool,
    threshold: float,
    margin: float,
    top: float,
    bottom: float,
    keep_names: bool,
    quiet: bool,
) -> int:
    """Write copies of photos in which the people that were found are covered.

    Each person is covered with one colour. The copies carry nothing that the camera wrote: no
    place, time or small picture. Originals are never changed. The same command continues after a
    kill, and makes copies again whose people have changed.
    """
    from fieldmark.api.blur import Request, blur_people
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress

    request = Request(everything, undetected, vehicles, threshold, margin, top, bottom, keep_names)
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        done = blur_people(project, out or project.folder / "blurred", request, report)
    if not (top or bottom):
        click.echo(
            "Note: look at the copies before you share them; where the cameras print a place into"
            " the picture, hide it with --bottom 0.08 or --top 0.08."
        )
    return _show(done)


def _show(done: "Blurred") -> int:
    from fieldmark.cli import SKIPPED

    click.echo(
        f"{done.written} copies written to {done.folder}, {done.there} there already;"
        f" {done.hidden} people or vehicles hidden in them"
    )
    for name, reason in done.failed[:LISTED]:
        click.secho(f"not copied: {name}: {reason}", fg="yellow", err=True)
    if len(done.failed) > LISTED:
        click.echo(f"... and {len(done.failed) - LISTED} more not copied", err=True)
    if done.undetected:
        click.secho(
            f"{done.undetected} photos were left out because no detector has looked at them;"
            " run: fieldmark detect",
            fg="yellow",
            err=True,
        )
    return SKIPPED if done.failed or done.undetected else 0

"""`fieldmark sides`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import licence_option, project_option, quiet_option

if TYPE_CHECKING:
    from fieldmark.api.sides import SidesTold

LISTED = 20
"""Annotations that could not be judged, printed on the terminal."""
_SIDES = ("left", "right", "front", "back", "top", "unknown")


@click.group("sides", invoke_without_command=True)
@project_option
@click.option("--species", help="Another profile than the project's, for this once.")
@click.option(
    "--redo", is_flag=True, help="Also judge again what this classifier has judged before."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=None,
    help="Threads that prepare pictures; default: one for each core.",
)
@licence_option
@quiet_option
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    species: str | None,
    redo: bool,
    workers: int | None,
    licences: Literal["any", "permissive"],
    quiet: bool,
) -> int:
    """Tell which side of each animal is seen, or say so yourself.

    The classifier of the profile judges what no person and no import has said, and leaves unknown
    what it is not sure of. What another classifier said is judged anew. The same command continues
    after a kill.
    """
    context.obj = folder
    if context.invoked_subcommand is not None:
        return 0
    from fieldmark.api.sides import SidesRequest, tell_sides
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    request = SidesRequest(redo, workers or default_workers(), species, licences)
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        found = tell_sides(project, request, report)
    return _show(found)


def _show(found: "SidesTold") -> int:
    from fieldmark.cli import SKIPPED

    for line in _in_words(found):
        click.echo(line)
    for name, reason in found.failed[:LISTED]:
        click.secho(f"not judged: {name}: {reason}", fg="yellow", err=True)
    if len(found.failed) > LISTED:
        click.echo(f"... and {len(found.failed) - LISTED} more not judged", err=True)
    return SKIPPED if found.failed else 0


def _in_words(found: "SidesTold") -> Iterator[str]:
    counts = found.counts
    yield f"{found.done} animals judged by {found.by}; in all, it says:"
    yield from (f"  {side}: {number}" for side, number in counts.told.items())
    yield f"  unknown, because it is not sure enough: {counts.unsure}"
    if counts.set_aside:
        yield f"  set aside before it saw them: {counts.set_aside}"
    for reason, number in found.set_aside.most_common():
        yield f"    {number}: {reason}"
    yield f"kept: {counts.people} that a person said, {counts.imports} that came with an import"
    if counts.others:
        yield f"not judged by it: {counts.others}"
    for model in found.models:
        yield f"Model: {model.name} ({model.component}). Licence: {model.terms}."


@command.command("set")
@click.argument("annotation")
@click.argument("side", type=click.Choice(_SIDES))
@click.option("--by", "name", required=True, metavar="NAME", help="Who says so.")
@click.option(
    "-p",
    "--project",
    "own",
    type=click.Path(path_type=Path, file_okay=False),
    help="The project's folder; default: this folder.",
)
@click.pass_obj
def set_(folder: Path, annotation: str, side: str, name: str, own: Path | None) -> int:
    """Say which side an annotation shows; no classifier changes it any more.

    ANNOTATION is a number, or the end of its photo's path such as cam1/IMG_0007.jpg. What stood
    there before is kept in the catalogue's log of runs.
    """
    from fieldmark.api.sides import decide_side
    from fieldmark.catalog import Project
    from fieldmark.types import Side

    with Project.open(own or folder) as project:
        before = decide_side(project, annotation, Side(side), name)
    said = f", as {before.side_by} said" if before.side_by else ""
    click.echo(f"annotation {before.id} shows: {side} (before: {before.side}{said})")
    return 0

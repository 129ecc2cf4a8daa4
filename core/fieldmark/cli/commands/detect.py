"""`fieldmark detect`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import licence_option, project_option, quiet_option

if TYPE_CHECKING:
    from fieldmark.api.detect import Detected
    from fieldmark.catalog.looked import Looked

LISTED = 20
"""Photos that could not be looked at, printed on the terminal."""


@click.command("detect")
@project_option
@click.option("--species", help="Another profile than the project's, for this once.")
@click.option(
    "--detector", help="Another detector than the profile's; see: fieldmark plugins list."
)
@click.option(
    "--weights",
    help="Other weights than the profile's: a model card, which also names the detector, or a"
    " reference.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the detector, as in --set confidence=0.3. May be repeated.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Also photos that another detector, or another program, has looked at already.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=None,
    help="Threads that open photos; default: one for each core.",
)
@licence_option
@quiet_option
def command(
    folder: Path,
    species: str | None,
    detector: str | None,
    weights: str | None,
    sets: tuple[str, ...],
    again: bool,
    workers: int | None,
    licences: Literal["any", "permissive"],
    quiet: bool,
) -> int:
    """Find the animals, people and vehicles in the photos.

    Looks at every photo that no detector has looked at yet. People and vehicles are recorded and
    never identified. The same command continues after a kill.
    """
    from fieldmark.api.detect import DetectRequest, detect
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    request = DetectRequest(
        detector,
        weights,
        _options(sets),
        again=again,
        workers=workers or default_workers(),
        species=species,
        licences=licences,
    )
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        found = detect(project, request, report)
    return _show(found)


def _options(sets: tuple[str, ...]) -> dict[str, object]:
    from fieldmark.learn.overlay import overlaid, parse_setting

    options: dict[str, object] = overlaid({}, [parse_setting(text) for text in sets])
    return options


def _show(found: "Detected") -> int:
    from fieldmark.cli import SKIPPED

    click.echo(f"{found.done} photos looked at with {found.detector}")
    for line in _in_words(found.seen):
        click.echo(line)
    for name, photos in found.others.items():
        click.echo(f"{photos} photos were left as {name} saw them; to look at them too: --again")
    if found.model is not None:
        click.echo(
            f"Model: {found.model.name} ({found.model.component}). Licence: {found.model.terms}."
        )
    for reason, photos in Counter(reason for _, reason in found.failed).most_common():
        click.echo(f"{photos} set aside: {reason}")
    for name, reason in found.failed[:LISTED]:
        click.secho(f"not looked at: {name}: {reason}", fg="yellow", err=True)
    if len(found.failed) > LISTED:
        click.echo(f"... and {len(found.failed) - LISTED} more not looked at", err=True)
    return SKIPPED if found.failed else 0


def _in_words(seen: "Looked") -> Iterator[str]:
    """Yield what the detector has seen in all photos, this time and before."""
    yield f"{seen.photos} photos seen by it in all, {seen.blank} of them show nothing"
    for label, boxes in seen.boxes.items():
        never = "" if label == "animal" else " (recorded, never identified)"
        yield f"  {label}: {boxes} in {seen.photos_with[label]} photos{never}"

"""`fieldmark cluster`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import (
    licence_option,
    pipeline_option,
    project_option,
    quiet_option,
    workers_option,
)

if TYPE_CHECKING:
    from fieldmark.api.cluster import Grouped


@click.command("cluster")
@project_option
@pipeline_option
@click.option(
    "--join-from",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Join from this probability on; a higher one joins fewer animals wrongly, and counts more"
    " of them twice.",
)
@click.option(
    "--same-visit",
    type=click.FloatRange(0.5, 1),
    default=1.0,
    show_default=True,
    help="How sure it is that an encounter shows one animal, where no photo of it shows two: 1 is"
    " certain, 0.5 is unknown.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for CSV, JSON and HTML; default: in the project.",
)
@licence_option
@workers_option
@quiet_option
def command(
    folder: Path,
    pipeline: str | None,
    join_from: float,
    same_visit: float,
    out: Path | None,
    licences: Literal["any", "permissive"],
    workers: int | None,
    quiet: bool,
) -> int:
    """Group all photos of a survey into proposed individuals.

    Every sighting is compared with all others, named or not. Names are kept apart, and what you
    have decided is obeyed. Nothing is written into the catalogue: the groups are proposals. Needs
    a calibration (see: fieldmark calibrate). The same command continues after a kill.
    """
    from fieldmark.api.cluster import group
    from fieldmark.api.cluster_groups import Request
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    request = Request(pipeline, join_from, same_visit, workers or default_workers(), licences)
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        found = group(project, request, out, report)
    return _show(found)


def _show(found: "Grouped") -> int:
    from fieldmark.cli import SKIPPED

    for line in _lines(found):
        click.echo(line)
    for sentence in found.survey.contradictions:
        click.secho(f"Contradiction: {sentence}.", fg="yellow", err=True)
    for name, reason in found.survey.skipped:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    for path in found.files:
        click.echo(f"Wrote {path}")
    return SKIPPED if found.survey.skipped else 0


def _lines(found: "Grouped") -> Iterator[str]:
    survey, groups = found.survey, found.groups
    named = sum(each.name is not None for each in groups)
    once = sum(each.encounters == 1 for each in groups)
    yield (
        f"{survey.annotations} sightings in {len(groups)} groups, {named} of them named;"
        f" {once} were met once only."
    )
    if survey.flanks is not None:
        flanks = survey.flanks
        yield (
            f"{flanks.left} are known from the left, {flanks.right} from the right,"
            f" {flanks.linked} from both: if the groups are right, between {flanks.least} and"
            f" {flanks.most} animals."
        )
    for one, other, said in survey.doubles:
        yield f"{one} and {other} may be one animal ({said:.2f})."
    for model in survey.models:
        yield f"Model: {model.name} ({model.component}). Licence: {model.terms}."
        if model.unseen:
            yield f"Unseen species: {model.unseen}."
    yield from (f"Note: {remark}." for remark in survey.remarks)
    yield "These are proposals; no name was written. A person decides."

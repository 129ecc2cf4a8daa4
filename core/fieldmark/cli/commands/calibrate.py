"""`fieldmark calibrate`."""

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
    from fieldmark.api.calibrate import Calibrating


@click.command("calibrate")
@project_option
@pipeline_option
@click.option(
    "--kind",
    type=click.Choice(["isotonic", "logistic"]),
    default="isotonic",
    show_default=True,
    help="Any rising curve, or a straight line in log odds: steadier where there are few animals.",
)
@click.option(
    "--target",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="The share of the proposals that may be wrong.",
)
@click.option(
    "--data",
    multiple=True,
    metavar="PATH",
    help="Fit on other labelled data than the project: a project, a table, or a folder with"
    " metadata.csv; can be given several times.",
)
@licence_option
@workers_option
@quiet_option
def command(
    folder: Path,
    pipeline: str | None,
    kind: Literal["isotonic", "logistic"],
    target: float,
    data: tuple[str, ...],
    licences: Literal["any", "permissive"],
    workers: int | None,
    quiet: bool,
) -> None:
    """Learn from named animals how likely a score means the same individual.

    Every photo of a named animal asks the others, with its own encounter left out. What is learnt
    is kept in the project and used by `fieldmark identify`. Needs at least ten animals that were
    seen in two encounters. The same command continues after a kill.
    """
    from fieldmark.api.calibrate import Request, calibrate
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    request = Request(pipeline, kind, target, data, licences, workers or default_workers())
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        made = calibrate(project, request, report)
    for line in _lines(made, folder):
        click.echo(line)


def _lines(made: "Calibrating", folder: Path) -> Iterator[str]:
    from fieldmark.report.trust import error_in_words, limit_in_words, percent

    facts = made.facts
    yield (
        f"{made.pipeline}: fitted on {facts.data}: {facts.n} queries of {facts.individuals}"
        f" individuals; {percent(made.share)} of the pairs that a shortlist shows are one animal."
    )
    yield error_in_words(facts.error, facts.low, facts.high)
    yield from (f"Shortlist: {line}." for line in made.lengths)
    for what, limits in (("Single photos", facts.photos), ("Whole encounters", facts.visits)):
        yield f"{what}: {limit_in_words('same as', limits.same)}."
        yield f"{what}: {limit_in_words('new', limits.new)}."
    yield from (f"Note: {note}." for note in made.notes)
    yield f"Wrote {made.path}"
    where = "" if folder == Path() else f" --project {folder}"
    yield f"Now type: fieldmark identify{where} --pipeline {made.pipeline}"

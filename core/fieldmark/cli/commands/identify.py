"""`fieldmark identify`."""

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
    from fieldmark.api.identify import Identification
    from fieldmark.report.view import Facts, Identified

SHOWN = 20
"""Queries printed on the terminal; the files hold all of them."""


@click.command("identify")
@click.argument("annotations", nargs=-1)
@project_option
@click.option("--species", help="Another profile than the project's, for this once.")
@pipeline_option
@licence_option
@click.option(
    "--queries",
    type=click.Choice(["new", "all"]),
    default="new",
    show_default=True,
    help="Without ANNOTATIONS: those without a name, or all of them.",
)
@click.option(
    "--gallery",
    type=click.Choice(["all", "named"]),
    default="all",
    show_default=True,
    help="Search among all annotations, or only among those with a name.",
)
@click.option(
    "-k",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Candidates to keep for each query.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for CSV, JSON and HTML; default: in the project.",
)
@workers_option
@quiet_option
def command(
    annotations: tuple[str, ...],
    folder: Path,
    species: str | None,
    pipeline: str | None,
    licences: Literal["any", "permissive"],
    queries: Literal["new", "all"],
    gallery: Literal["all", "named"],
    k: int,
    out: Path | None,
    workers: int | None,
    quiet: bool,
) -> int:
    """Rank the individuals that each photo may show.

    ANNOTATIONS are numbers, or the ends of photos' paths such as cam1/IMG_0007.jpg. A query is
    never compared with its own encounter. The same command continues after a kill.
    """
    from fieldmark.api.identify import Request, identify
    from fieldmark.catalog import Project
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    request = Request(
        pipeline,
        annotations or queries,
        gallery,
        k,
        workers or default_workers(),
        species,
        licences,
    )
    with Project.open(folder) as project, progress(quiet=quiet) as report:
        found = identify(project, request, out, report)
    return _show(found)


def _show(found: "Identification") -> int:
    from fieldmark.cli import SKIPPED

    _print_table(found)
    for line in _terms(found.facts):
        click.echo(line)
    for remark in found.facts.remarks:
        click.echo(f"Note: {remark}.")
    click.echo("Scores rank the candidates of one query; they are not probabilities.")
    for name, reason in found.facts.skipped:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    for path in found.files:
        click.echo(f"Wrote {path}")
    return SKIPPED if found.facts.skipped else 0


def _terms(facts: "Facts") -> Iterator[str]:
    """Yield on what terms the weights are used, what they have not seen, and the threshold."""
    for model in facts.models:
        yield f"Model: {model.name} ({model.component}). Licence: {model.terms}."
        if model.unseen:
            yield f"Unseen species: {model.unseen}."
    if facts.threshold is not None:
        value = facts.threshold.value
        yield f"Threshold: {'' if value is None else f'{value:.3f}: '}{facts.threshold.why}."


def _print_table(found: "Identification") -> None:
    from rich.console import Console
    from rich.table import Table

    facts = found.facts
    against = ("threshold",) if facts.threshold and facts.threshold.value is not None else ()
    names = ("query", "photo", "side", "first candidate", "score", "times the next", "then")
    table = Table(*names, *against)
    for result in found.results[:SHOWN]:
        best = result.candidates[:1] if against else ()
        table.add_row(*_cells(result), *(facts.side_of_threshold(each) for each in best))
    Console().print(table)
    if len(found.results) > SHOWN:
        click.echo(f"... and {len(found.results) - SHOWN} more queries in the files below.")


def _cells(result: "Identified") -> list[str]:
    """Return the cells of one row; rich would read square brackets as markup."""
    from rich.markup import escape

    who = [str(result.query.id), result.query.name, str(result.query.side)]
    if not result.candidates:
        return [*map(escape, who), f"nobody: {result.note or 'no candidate'}", "", "", ""]
    best, *others = result.candidates
    lead = "" if result.lead is None else f"{result.lead:.1f}"
    then = ", ".join(other.label for other in others[:2])
    return [escape(cell) for cell in (*who, best.label, f"{best.score:.3g}", lead, then)]

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
    "--false-match",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The share of the proposals that may be wrong; default: as calibrated.",
)
@click.option(
    "--new-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The share of the queries that you expect to be new animals; default: as calibrated.",
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
    false_match: float | None,
    new_share: float | None,
    out: Path | None,
    workers: int | None,
    quiet: bool,
) -> int:
    """Rank the individuals that each photo may show.

    ANNOTATIONS are numbers, or the ends of photos' paths such as cam1/IMG_0007.jpg. A query is
    never compared with its own encounter. After `fieldmark calibrate` there are probabilities, and
    proposals that a person decides about. The same command continues after a kill.
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
        false_match,
        new_share,
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
    if found.facts.calibrated is None:
        click.echo("Scores rank the candidates of one query; they are not probabilities.")
    for name, reason in found.facts.skipped:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    for path in found.files:
        click.echo(f"Wrote {path}")
    return SKIPPED if found.facts.skipped else 0


def _terms(facts: "Facts") -> Iterator[str]:
    """Yield the weights' terms, what they have not seen, and how far the result can be trusted."""
    from fieldmark.report.trust import calibration_in_words

    for model in facts.models:
        yield f"Model: {model.name} ({model.component}). Licence: {model.terms}."
        if model.unseen:
            yield f"Unseen species: {model.unseen}."
    if facts.threshold is not None:
        value = facts.threshold.value
        yield f"Threshold: {'' if value is None else f'{value:.3f}: '}{facts.threshold.why}."
    if facts.calibrated is not None:
        yield f"Probabilities: {calibration_in_words(facts.calibrated)}"


def _print_table(found: "Identification") -> None:
    from rich.console import Console
    from rich.table import Table

    show = _with_probability if found.facts.calibrated else _with_score
    table = Table(*show(found.facts, None))
    for result in found.results[:SHOWN]:
        table.add_row(*show(found.facts, result))
    Console().print(table)
    if len(found.results) > SHOWN:
        click.echo(f"... and {len(found.results) - SHOWN} more queries in the files below.")


def _with_score(facts: "Facts", result: "Identified | None") -> list[str]:
    """Return the cells of one row, or the names of the columns."""
    against = ["threshold"] if facts.threshold and facts.threshold.value is not None else []
    if result is None:
        names = ["query", "photo", "side", "first candidate", "score", "times the next", "then"]
        return names + against
    if not result.candidates:
        return [*_who(result), f"nobody: {result.note or 'no candidate'}", "", "", ""]
    best, *others = result.candidates
    lead = "" if result.lead is None else f"{result.lead:.1f}"
    then = ", ".join(other.label for other in others[:2])
    cells = [*_who(result), *_plain(best.label, f"{best.score:.3g}", lead, then)]
    return cells + [facts.side_of_threshold(best) for _ in against]


def _with_probability(facts: "Facts", result: "Identified | None") -> list[str]:  # noqa: ARG001 - as `_with_score`
    """Return the cells of one row, or the names of the columns."""
    from fieldmark.report.trust import percent

    if result is None:
        names = ["query", "photo", "side", "first candidate", "probability", "new", "proposal"]
        return [*names, "its encounter"]
    new = "" if result.new is None else percent(result.new)
    visit = str(result.visit.proposal) if result.visit else ""
    proposed = _plain(new, str(result.proposal or ""), visit)
    if not result.candidates:
        return [*_who(result), f"nobody: {result.note or 'no candidate'}", "", *proposed]
    best = result.candidates[0]
    share = "" if best.probability is None else percent(best.probability)
    return [*_who(result), *_plain(best.label, share), *proposed]


def _who(result: "Identified") -> list[str]:
    return _plain(str(result.query.id), result.query.name, str(result.query.side))


def _plain(*cells: str) -> list[str]:
    """Return cells in which rich sees no markup: it would read square brackets as such."""
    from rich.markup import escape

    return [escape(cell) for cell in cells]

"""`fieldmark compare`."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fieldmark.cli.options import licence_option, quiet_option, workers_option
from fieldmark.cli.training import name_value_pairs

if TYPE_CHECKING:
    from fieldmark.api.comparison import Compared
    from fieldmark.evaluate.results import Cell, Estimate

SHOWN = ("top-1", "top-5", "AUROC new", "ECE")
"""Metrics on the terminal; the report has all."""


@click.command("compare")
@click.option(
    "--species", help="The profile whose pipelines are compared; default: that of the project."
)
@click.option(
    "--data",
    multiple=True,
    metavar="[SPECIES=]PATH",
    help="Labelled animals: a project, a table (.csv), a folder with metadata.csv, or"
    " wildlife:CLASS=FOLDER (extra `datasets`). May be repeated; each is compared on by itself."
    " Default: the project in this folder.",
)
@click.option(
    "--pipeline",
    "pipelines",
    multiple=True,
    help="A pipeline of the profile; may be repeated. Default: all that can run here.",
)
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    metavar="NAME",
    help="Who asks whom: encounter-disjoint (the default), encounter-split, open-set,"
    " time-aware, disjoint, unseen-species, closed-set, as-given, atrw-plain, wildlife:…; see"
    " docs/protocols.md. May be repeated.",
)
@click.option(
    "--split",
    "splits",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A split file of an earlier comparison, to repeat it; instead of --protocol.",
)
@click.option(
    "--with",
    "settings",
    multiple=True,
    callback=name_value_pairs,
    metavar="NAME=VALUE",
    help="A setting of the protocols; see docs/protocols.md. May be repeated.",
)
@click.option(
    "--where",
    multiple=True,
    callback=name_value_pairs,
    metavar="COLUMN=VALUE",
    help="Of tables only the rows with this value.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=name_value_pairs,
    metavar="USE=COLUMN",
    help="Which column of the tables is the path, identity, encounter, ...",
)
@click.option(
    "--split-column",
    metavar="COLUMN",
    help="The column of the tables that says train, val or test; for as-given and disjoint.",
)
@click.option(
    "--group",
    type=click.Choice(["given", "looks"]),
    default="given",
    show_default=True,
    help="looks: where the data tell no encounters, photos of one individual that look like one"
    " moment or one place are one.",
)
@click.option(
    "--no-controls",
    is_flag=True,
    help="Leave out the controls, which run under the first protocol; you will know less.",
)
@click.option(
    "--target",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Share of wrong decisions that is allowed without a person.",
)
@click.option(
    "--folds",
    type=click.IntRange(2, 50),
    default=5,
    show_default=True,
    help="Groups of individuals: what is learnt from the others is tested on each.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all draws.")
@click.option(
    "--examples",
    type=click.IntRange(0, 50),
    default=4,
    show_default=True,
    help="Pairs of each kind to show for each pipeline.",
)
@click.option(
    "--sizes",
    metavar="N,N,...",
    help="Also train on so many photos of each individual, and compare; as in 1,2,4,8,16.",
)
@click.option(
    "--vary",
    type=click.Choice(["photos", "individuals"]),
    multiple=True,
    default=("photos",),
    show_default=True,
    help="What --sizes counts; may be repeated.",
)
@click.option(
    "--seeds", type=click.IntRange(1, 20), default=3, show_default=True, help="Trainings per size."
)
@click.option("--recipe", help="With --sizes: the recipe that trains from scratch.")
@click.option(
    "--fine-tune", metavar="WEIGHTS", help="With --sizes: weights to use as they are, and to go on."
)
@click.option(
    "--set",
    "settings_typed",
    multiple=True,
    metavar="NAME=VALUE",
    help="With --sizes: another value than the recipe's, as in --set train.epochs=3.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("comparison"),
    show_default=True,
    help="The folder for everything that is written.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of features, to share it between comparisons; default: the project's own,"
    " else in --out.",
)
@workers_option
@licence_option
@quiet_option
def command(
    species: str | None,
    data: tuple[str, ...],
    pipelines: tuple[str, ...],
    protocols: tuple[str, ...],
    splits: tuple[Path, ...],
    settings: Mapping[str, str],
    where: Mapping[str, str],
    columns: Mapping[str, str],
    split_column: str | None,
    group: str,
    no_controls: bool,
    target: float,
    folds: int,
    seed: int,
    examples: int,
    sizes: str | None,
    vary: tuple[Literal["photos", "individuals"], ...],
    seeds: int,
    recipe: str | None,
    fine_tune: str | None,
    settings_typed: tuple[str, ...],
    out: Path,
    cache: Path | None,
    workers: int | None,
    licences: Literal["any", "permissive"],
    quiet: bool,
) -> int:
    """Compare pipelines on labelled animals, and say what can be trusted.

    Writes one report (HTML), its numbers (JSON, CSV) and the splits. The same command continues
    after a kill.
    """
    from fieldmark.api.comparison import Growth, Request, compare
    from fieldmark.cli.progress import progress
    from fieldmark.evaluate.learnt import Way
    from fieldmark.evaluate.sizes import parse_sizes
    from fieldmark.jobs import default_workers
    from fieldmark.learn.overlay import parse_setting
    from fieldmark.learn.rows import parse_data
    from fieldmark.learn.sources import species_of

    if splits and protocols:
        raise click.UsageError("give --protocol or --split, not both")
    if sizes is None and (recipe or fine_tune or settings_typed):
        raise click.UsageError("--recipe, --fine-tune and --set belong to --sizes; give it, too")
    growth = None
    if sizes is not None:
        typed = tuple(map(parse_setting, settings_typed))
        growth = Growth(parse_sizes(sizes), vary, seeds, recipe, fine_tune, typed)
    sets = tuple(map(parse_data, data or (".",)))
    request = Request(
        sets,
        species or species_of(sets),
        out,
        pipelines,
        protocols,
        splits,
        settings,
        seed,
        where,
        columns,
        split_column,
        group,
        not no_controls,
        Way(folds, target, seed),
        examples,
        cache,
        workers or default_workers(),
        licences,
        growth,
        shlex.join(["fieldmark", *sys.argv[1:]]),
    )
    with progress(quiet=quiet) as report:
        compared = compare(request, report)
    return _show(compared)


def _show(compared: "Compared") -> int:
    from fieldmark.cli import SKIPPED

    found = compared.comparison
    for title in dict.fromkeys((cell.data, cell.protocol) for cell in found.cells):
        _print_table(title, [c for c in found.cells if (c.data, c.protocol) == title])
    for sentence in found.conclusion:
        click.echo(sentence)
    for remark in found.remarks:
        click.secho(f"Note: {remark}", fg="yellow", err=True)
    click.echo(f"Report: {compared.files[0].resolve()}")
    return SKIPPED if found.remarks else 0


def _print_table(title: tuple[str, str], cells: "Sequence[Cell]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = [name for name in SHOWN if any(name in cell.metrics for cell in cells)]
    table = Table("pipeline", *shown, title=escape(", ".join(title)), title_justify="left")
    for cell in cells:
        numbers = (_number(cell.metrics.get(name)) for name in shown)
        table.add_row(escape(cell.pipeline), *numbers)
    Console().print(table)


def _number(found: "Estimate | None") -> str:
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f}–{found.high:.3f})"

"""What `fieldmark train` and `fieldmark fine-tune` have in common."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fieldmark.cli.options import quiet_option, workers_option

if TYPE_CHECKING:
    from fieldmark.api.train import Prepared, Request, Result
    from fieldmark.learn.overlay import Setting
    from fieldmark.training import Preview

LISTED = 20
"""Photos that could not be used, printed on the terminal; `data.json` holds all of them."""
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


def name_value_pairs(
    _context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    """Read `NAME=VALUE`, typed several times; for click's `callback`."""
    pairs = [value.partition("=") for value in values]
    wrong = [value for value, pair in zip(values, pairs, strict=True) if not (pair[0] and pair[1])]
    if wrong:
        raise click.BadParameter(f"expected NAME=VALUE, got {wrong[0]!r}", param=option)
    return {name: value for name, _, value in pairs}


_OPTIONS = (
    click.option(
        "--data",
        multiple=True,
        metavar="[SPECIES=]PATH",
        help="What to learn from: a project, a table (.csv) or a folder with metadata.csv."
        " May be repeated.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        help="The folder for everything that is written; default: training/<recipe's name>.",
    ),
    click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="NAME=VALUE",
        help="Another value than the recipe's, as in --set train.epochs=3. May be repeated.",
    ),
    click.option("--resume", is_flag=True, help="Continue the training in the folder."),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Count the data and measure a few batches; write nothing.",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        help="auto, cpu, cuda, cuda:1 or mps.",
    ),
    click.option(
        "--split-column",
        metavar="COLUMN",
        help="The column of the tables that says train, val or test.",
    ),
    click.option(
        "--split-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The split.csv of an earlier training, to repeat its split.",
    ),
    click.option(
        "--where",
        multiple=True,
        callback=name_value_pairs,
        metavar="COLUMN=VALUE",
        help="Of tables only the rows with this value.",
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        callback=name_value_pairs,
        metavar="USE=COLUMN",
        help="Which column of the tables is the path, identity, bbox, orientation, species or"
        " encounter, e.g. --column encounter=visit.",
    ),
    click.option(
        "--seed", type=click.IntRange(0), help="Of the split, and of the training where it has one."
    ),
    workers_option,
    quiet_option,
)


def training_options(function: AnyFunction) -> AnyFunction:
    """Give a command the options of both."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def settings_of(
    sets: tuple[str, ...], split_column: str | None, seed: int | None
) -> "list[Setting]":
    """Return what was typed as settings that lie over a recipe.

    Raises:
        UserError: if a `--set` has not the form NAME=VALUE.
    """
    from fieldmark.learn.overlay import Setting, parse_setting

    made = []
    if split_column is not None:
        said = f"--split-column {split_column}"
        made.append(Setting(("split", "column"), split_column, said))
    if seed is not None:
        made.append(Setting(("split", "seed"), seed, f"--seed {seed}"))
    return [*made, *map(parse_setting, sets)]


def profile_setting(species: str | None) -> "list[Setting]":
    """Return the profile that was typed as a setting that lies over a recipe."""
    from fieldmark.learn.overlay import Setting

    said = f"--species {species}"
    return [] if species is None else [Setting(("species",), species, said)]


def carry_out(request: "Request", *, dry_run: bool, quiet: bool) -> int:
    """Train, or only count and measure; print what came of it and return the exit status."""
    from fieldmark.api import train as api
    from fieldmark.cli.progress import progress

    with progress(quiet=quiet) as report:
        if dry_run:
            prepared, preview = api.dry_run(request, _say, report)
        else:
            try:
                result = api.train(request, _say, report)
            except KeyboardInterrupt:
                _say("the training was stopped; continue it with --resume")
                raise
            prepared = result.prepared
    for line in prepared.counts.lines():
        click.echo(line)
    lines = _preview(preview) if dry_run else _result(result)
    for line in lines:
        click.echo(line)
    return _list_unused(prepared)


def _say(sentence: str) -> None:
    click.secho(f"Note: {sentence}", fg="yellow", err=True)


def _preview(preview: "Preview") -> Iterator[str]:
    yield f"batches per epoch: {preview.batches}"
    yield f"time per epoch: {_duration(preview.epoch_seconds)}, without validation"
    yield f"memory: {preview.peak_bytes / 2**30:.2f} GiB at most"
    yield from preview.facts
    yield "Nothing was written; leave out --dry-run to train."


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _result(result: "Result") -> Iterator[str]:
    trained = result.trained
    yield f"{trained.epochs} epochs; the best one:"
    for name, value in trained.best.items():
        yield f"  {name}: {value:.4g}"
    if trained.report is not None:
        yield f"Report: {trained.report.resolve()}"
    whole = result.snippet.startswith("sides:")
    yield f"To use it, write into {'' if whole else 'a pipeline of '}a profile:"
    yield from (f"    {line}" for line in result.snippet.splitlines())
    yield f"Wrote {result.folder.resolve()}"


def _list_unused(prepared: "Prepared") -> int:
    from fieldmark.cli import SKIPPED

    for name, reason in prepared.rejected[:LISTED]:
        click.secho(f"not used: {name}: {reason}", fg="yellow", err=True)
    if len(prepared.rejected) > LISTED:
        click.echo(f"... and {len(prepared.rejected) - LISTED} more not used", err=True)
    return SKIPPED if prepared.rejected else 0

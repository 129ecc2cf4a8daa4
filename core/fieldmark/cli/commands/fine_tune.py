"""`fieldmark fine-tune`."""

from collections.abc import Mapping
from pathlib import Path

import click

from fieldmark.cli.training import carry_out, settings_of, training_options


@click.command("fine-tune")
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="The weights to begin with: a .safetensors file, or the folder of a training.",
)
@click.option(
    "--recipe", help="Train as this recipe says, and not as the weights were trained before."
)
@click.option(
    "--watch",
    multiple=True,
    metavar="[SPECIES=]PATH",
    help="Data that are measured beside and never learnt from: what is forgotten. May be repeated.",
)
@training_options
def command(
    start: Path,
    recipe: str | None,
    watch: tuple[str, ...],
    data: tuple[str, ...],
    out: Path | None,
    sets: tuple[str, ...],
    resume: bool,
    dry_run: bool,
    device: str,
    split_column: str | None,
    split_file: Path | None,
    where: Mapping[str, str],
    columns: Mapping[str, str],
    seed: int | None,
    workers: int | None,
    quiet: bool,
) -> int:
    """Train weights on, with your own photos: two for each individual are enough to begin.

    The weights say themselves which component they belong to and how pictures were prepared.
    """
    from fieldmark.api.recipes import Shelf, recipe_of_weights, seeded
    from fieldmark.api.train import Request
    from fieldmark.jobs import default_workers
    from fieldmark.learn.header import weights_file
    from fieldmark.learn.rows import parse_data
    from fieldmark.learn.sources import home
    from fieldmark.plugins import Plugins

    weights, learnt = weights_file(start), tuple(map(parse_data, data))
    shelf = Shelf(home(learnt), Plugins.installed(), settings_of(sets, split_column, seed))
    resolved = recipe_of_weights(weights, recipe, shelf)
    request = Request(
        seeded(resolved, seed), learnt, tuple(map(parse_data, watch)), where, columns, split_file,
        out, device, weights, resume, workers or default_workers(),
    )  # fmt: skip
    return carry_out(request, dry_run=dry_run, quiet=quiet)

"""`fieldmark fine-tune`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import licence_option
from fieldmark.cli.training import carry_out, settings_of, training_options

if TYPE_CHECKING:
    from fieldmark_registry.licences import Policy


@click.command("fine-tune")
@click.option(
    "--from",
    "start",
    required=True,
    metavar="WEIGHTS",
    help="The weights to begin with: a .safetensors file, the folder of a training, or a model of"
    " 'fieldmark models list' that was pulled.",
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
@licence_option
@training_options
def command(
    start: str,
    recipe: str | None,
    watch: tuple[str, ...],
    licences: "Policy",
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
    from fieldmark.api.start import start_from
    from fieldmark.api.train import Request
    from fieldmark.jobs import default_workers
    from fieldmark.learn.rows import parse_data
    from fieldmark.learn.sources import home
    from fieldmark.plugins import Plugins

    begun, learnt = start_from(start, licences), tuple(map(parse_data, data))
    shelf = Shelf(home(learnt), Plugins.installed(), settings_of(sets, split_column, seed))
    resolved = recipe_of_weights(begun.weights, recipe, shelf, begun.embedder)
    request = Request(
        seeded(resolved, seed), learnt, tuple(map(parse_data, watch)), where, columns, split_file,
        out, device, begun.weights, resume, workers or default_workers(), begun.base,
    )  # fmt: skip
    return carry_out(request, dry_run=dry_run, quiet=quiet)

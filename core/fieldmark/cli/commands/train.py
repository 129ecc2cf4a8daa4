"""`fieldmark train`."""

from collections.abc import Mapping
from pathlib import Path

import click

from fieldmark.cli.training import carry_out, profile_setting, settings_of, training_options


def _list(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the recipes and leave, whatever else was typed."""
    if not wanted or context.resilient_parsing:
        return
    from fieldmark.errors import ProfileError
    from fieldmark.learn.recipes import list_recipes
    from fieldmark.yamlfile import Document

    for found in list_recipes(Path()):
        try:
            about = str(Document.open(found.path).get(("summary",)) or "")
        except ProfileError as error:
            about = f"cannot be used ({error})"
        click.echo(f"{found.name:<26} {found.origin:<8} {about}")
    context.exit()


@click.command("train")
@click.argument("recipe", required=False)
@click.option(
    "--species",
    help="The profile: which sides may be compared; without RECIPE, its pipeline is trained.",
)
@click.option(
    "--pipeline", help="Without RECIPE: which pipeline of --species; default: its default."
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List the recipes that can be used by name.",
)
@training_options
def command(
    recipe: str | None,
    species: str | None,
    pipeline: str | None,
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
    """Train a component from labelled photos, as RECIPE says: a name or a file.

    The result is a folder whose weights a profile can name. A killed training continues with the
    same command and --resume.
    """
    from fieldmark.api.recipes import Shelf, named_recipe, recipe_for, seeded
    from fieldmark.api.train import Request
    from fieldmark.jobs import default_workers
    from fieldmark.learn.rows import parse_data
    from fieldmark.learn.sources import home
    from fieldmark.plugins import Plugins

    if recipe is None and species is None:
        raise click.UsageError("name a RECIPE (see: fieldmark train --list), or --species")
    if recipe is not None and pipeline is not None:
        raise click.UsageError("name a RECIPE or a --pipeline to train, not both")
    learnt, typed = tuple(map(parse_data, data)), settings_of(sets, split_column, seed)
    if recipe is not None:
        typed = [*profile_setting(species), *typed]
        resolved = named_recipe(recipe, Shelf(home(learnt), Plugins.installed(), typed))
    else:
        shelf = Shelf(home(learnt), Plugins.installed(), typed)
        resolved = recipe_for(str(species), pipeline, shelf)
    request = Request(
        seeded(resolved, seed), learnt, (), where, columns, split_file,
        out, device, None, resume, workers or default_workers(),
    )  # fmt: skip
    return carry_out(request, dry_run=dry_run, quiet=quiet)

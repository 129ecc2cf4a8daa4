"""What leaves this computer or comes by hand: `push`, `pack`, `install`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import licence_option, quiet_option, yes_option

if TYPE_CHECKING:
    from fieldmark_registry.licences import Policy
    from fieldmark_registry.publish import Prepared


@click.command("push")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("repo", metavar="ORG/NAME")
@click.option(
    "--licence",
    required=True,
    help="On what terms others may use the weights, as SPDX writes it: Apache-2.0, CC-BY-4.0.",
)
@click.option("--title", help="What people call the model; default: its name.")
@click.option("--contact", help="Where questions go; an organisation rather than a person.")
@click.option(
    "--base-licence",
    help="The licence of the weights that the training began with, where they do not say it.",
)
@click.option(
    "--permission",
    help="Who allowed publishing what was made from weights without a licence, and when.",
)
@click.option("--public", is_flag=True, help="Visible to everybody; default: to your organisation.")
@click.option("--dry-run", is_flag=True, help="Show the files and the model card; send nothing.")
@yes_option
@quiet_option
def push(
    folder: Path,
    repo: str,
    licence: str,
    title: str | None,
    contact: str | None,
    base_licence: str | None,
    permission: str | None,
    public: bool,
    dry_run: bool,
    yes: bool,
    quiet: bool,
) -> None:
    """Publish what was trained in FOLDER, with a model card and a self-test.

    Only weights, configuration, recipe, evaluation and card are sent. Photos, coordinates and
    paths of this computer are looked for, and nothing is sent where one is found.
    """
    from fieldmark.api.publishing import Said, about_training
    from fieldmark.api.weights import in_words, shelf
    from fieldmark.cli.progress import progress
    from fieldmark_registry.privacy import UNSEEN, faults
    from fieldmark_registry.publish import prepare
    from fieldmark_registry.publish import push as send

    about = about_training(folder, Said(repo, licence, title, permission, contact, base_licence))
    with in_words():
        prepared = prepare(folder, about)
        _show(prepared)
        if dry_run:
            click.echo(prepared.card)
            for fault in faults(prepared):
                click.secho(f"would be refused: {fault}", fg="yellow", err=True)
            click.echo(f"{UNSEEN}.")
            click.echo("Nothing was sent; leave out --dry-run to publish.")
            return
        if not yes:
            click.confirm(f"Publish these files as {repo}?", abort=True)
        with progress(quiet=quiet) as report:
            commit = send(shelf().hub, prepared, repo, not public, f"Publish {repo}", report)
    click.echo(f"Published {repo} at {commit}")
    click.echo(f"To use it, pin it: fieldmark models pin {repo}@{commit}")


def _show(prepared: "Prepared") -> None:
    from fieldmark.cli.sizes import in_bytes
    from fieldmark_registry.publish import describe

    for name, size in describe(prepared):
        click.echo(f"{in_bytes(size):>12}  {name}")
    for name, why in prepared.left_out:
        click.echo(f"    not sent  {name}: {why}", err=True)


@click.command("pack")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("names", nargs=-1)
@click.option(
    "--species", multiple=True, help="A profile, with all weights that it names. May be repeated."
)
@quiet_option
def pack(out: Path, names: tuple[str, ...], species: tuple[str, ...], quiet: bool) -> None:
    """Write weights, cards and profiles into one zip, OUT, for a computer without a network.

    NAMES are model cards or references; all of them must be on this computer.
    """
    from fieldmark.api.publishing import parcel_of
    from fieldmark.api.weights import in_words, shelf
    from fieldmark.cli.progress import progress
    from fieldmark.cli.sizes import in_bytes
    from fieldmark_registry.pack import pack as write

    parcel = parcel_of(names, species, Path())
    with progress(quiet=quiet) as report, in_words():
        write(shelf(), parcel.references, parcel.profiles, out, report)
    click.echo(f"Wrote {out}, {in_bytes(out.stat().st_size)}")
    click.echo(f"On the other computer: fieldmark models install {out.name}")


@click.command("install")
@click.argument("package", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put its cards and profiles in place of yours.")
@licence_option
@quiet_option
def install(package: Path, replace: bool, licences: "Policy", quiet: bool) -> None:
    """Install a zip of `fieldmark models pack`; everything in it is verified first."""
    from fieldmark.api.weights import in_words, shelf
    from fieldmark.cli.progress import progress
    from fieldmark.profile import user_folder
    from fieldmark_registry.install import install as carry_out

    with progress(quiet=quiet) as report, in_words():
        done = carry_out(shelf(), package, user_folder(), licences, report, replace)
    for reference in done.weights:
        click.echo(f"installed: {reference}")
    for reference in done.there:
        click.echo(f"here already: {reference}")
    for path in done.written:
        click.echo(f"Wrote {path}")
    for path in done.kept:
        click.echo(f"kept yours, which differs: {path}; to change it: --replace", err=True)

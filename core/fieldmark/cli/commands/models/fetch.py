"""What is fetched from the hub or the web, and only after a person said so: `pull`, `pin`."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import licence_option, quiet_option, yes_option

if TYPE_CHECKING:
    from fieldmark_registry.licences import Policy
    from fieldmark_registry.pull import Plan


@click.command("pull")
@click.argument("names", nargs=-1)
@click.option("--species", help="All weights that this profile names.")
@click.option("--pipeline", help="Of the profile only this pipeline.")
@click.option("--convert", is_flag=True, help="Convert a pickle to safetensors, once.")
@click.option("--again", is_flag=True, help="Fetch it again, although it is here.")
@licence_option
@yes_option
@quiet_option
def pull(
    names: tuple[str, ...],
    species: str | None,
    pipeline: str | None,
    convert: bool,
    again: bool,
    licences: "Policy",
    yes: bool,
    quiet: bool,
) -> None:
    """Fetch weights, after showing their size and licence.

    NAMES are model cards or references hf://…. What is here already is only verified. A download
    that was broken off continues with the same command.
    """
    from fieldmark.api.models import references
    from fieldmark.api.weights import in_words, shelf
    from fieldmark_registry.licences import refuse
    from fieldmark_registry.pull import plan, refuse_unconverted

    for name in references(names, species, pipeline, photos=True):
        with in_words():
            planned = plan(shelf(), name, again=again)
            refuse(planned.licence, licences, name)
            for line in _shown(name, planned):
                click.echo(line)
            if not convert:
                refuse_unconverted(planned)
        if not planned.here:
            _agreed(f"Download {name}?", yes=yes)
        _fetch(planned, convert=convert, again=again, quiet=quiet)


def _shown(name: str, planned: "Plan") -> Iterator[str]:
    from fieldmark.cli.sizes import in_bytes

    yield f"{name}: {planned.named}"
    yield f"  licence: {planned.licence.sentence}"
    if planned.card is not None:
        yield f"  not for: {planned.card.not_for}"
    if planned.here:
        yield "  here already"
        return
    if planned.pins:
        yield "  the card names no version yet; this one is kept on this computer from now on"
    count = len(planned.files)
    known = in_bytes(planned.total) if planned.total or planned.web is None else "an unknown size"
    yield f"  to download: {known} in {count} file{'s' if count != 1 else ''}"
    if planned.card is not None and planned.card.as_is:
        yield "  opened as it is, by a process of its own that reads tensors and layers alone"
    if planned.convert:
        yield "  a pickle: its tensors are copied to safetensors, in a process of their own"


def _agreed(question: str, *, yes: bool) -> None:
    """Ask once; without a terminal only --yes agrees."""
    from fieldmark.errors import UserError

    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("nothing was downloaded, because nobody could be asked; add --yes to agree")
    if not click.confirm(question):
        raise click.Abort


def _fetch(planned: "Plan", *, convert: bool, again: bool, quiet: bool) -> None:
    from fieldmark.api.weights import in_words, shelf
    from fieldmark.cli.progress import progress
    from fieldmark_registry.pull import pull as carry_out

    with progress(quiet=quiet) as report, in_words():
        path = carry_out(shelf(), planned, report, convert=convert, again=again)
    click.echo(f"  verified: {path}")


@click.command("pin")
@click.argument("what")
def pin(what: str) -> None:
    """Name one exact version, by commit and digest, without a download.

    WHAT is a model card, ORG/NAME[@BRANCH][/FILE] on the hub, or a file on this computer. The
    reference that is printed goes beside `use:` in a profile.
    """
    from fieldmark.api.weights import in_words, shelf
    from fieldmark_registry.pin import pin as look_up

    with in_words():
        pinned = look_up(shelf(), what)
    click.echo(f"weights: {pinned.reference}")
    click.echo(f"licence: {pinned.licence.sentence}", err=True)
    if pinned.card is not None and pinned.card.name != what:
        click.echo(f"It is the file of the model card {pinned.card.name}.", err=True)
    if pinned.newest is not None:
        click.echo(f"The repository has moved on since, to {pinned.newest}.", err=True)
    if pinned.written is not None:
        click.echo(f"Wrote {pinned.written}", err=True)

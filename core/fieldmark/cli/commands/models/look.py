"""What models there are: `list`, `search`, `info`."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fieldmark.api.models import Listed
    from fieldmark_registry.cards import Card


@click.command("list")
def list_() -> None:
    """List the known models, their licences, and which are on this computer."""
    from fieldmark.api.models import listed

    _table(listed())
    click.echo("More about one: fieldmark models info NAME")


@click.command("search")
@click.argument("text")
@click.option("--hub", is_flag=True, help="Ask the model hub, too; needs the internet.")
def search(text: str, hub: bool) -> None:
    """Find models by a species or a word.

    TEXT is looked for in the cards' names, titles and species.
    """
    from fieldmark.api.models import listed
    from fieldmark.api.weights import in_words, shelf

    found = listed(text)
    if found:
        _table(found)
    else:
        click.echo(f"No model card mentions {text!r}.")
    if not hub:
        return
    with in_words():
        others = shelf().hub.search(text)
    click.echo(f"On the hub, looked at by nobody of fieldmark: {len(others)}")
    for other in others:
        click.echo(f"  {other.repo:<50} licence: {other.licence or 'none stated'}")
    click.echo("To use one: fieldmark models pin ORG/NAME")


@click.command("info")
@click.argument("name")
def info(name: str) -> None:
    """Say what is known of a model: NAME is a card, or a reference hf://… or file:///…."""
    from fieldmark.api.weights import in_words, shelf

    with in_words():
        found = shelf().locate(name)
        if found.card is not None:
            origin = shelf().cards.origin(found.card.name)
            _print(*_about(found.card, origin))
        _print(f"licence: {found.licence.sentence}")
        click.echo(f"version: {found.reference or 'not pinned yet'}")
        click.echo(f"here: {found.path or f'no; type: fieldmark models pull {name}'}")


def _print(*lines: str) -> None:
    """Print lines, long ones folded and indented."""
    width = min(shutil.get_terminal_size().columns, 100)
    for line in lines:
        click.echo(click.wrap_text(line, width, subsequent_indent="    "))


def _table(models: "list[Listed]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from fieldmark.cli.sizes import in_bytes

    heads = ("model", "state", "size", "licence", "species")
    table = Table(*(Column(head, no_wrap=True) for head in heads), box=None, pad_edge=False)
    for each in models:
        card = each.card
        size = in_bytes(card.size) if card.size else "?"
        cells = (card.name, each.state, size, each.licence.text, _count(card))
        table.add_row(*map(escape, cells))
    Console().print(table)


def _about(card: "Card", origin: str) -> Iterator[str]:
    from fieldmark.cli.sizes import in_bytes

    whose = "your own card" if origin == "yours" else "shipped card"
    yield f"{card.name}: {card.title} ({whose}, checked {card.checked})"
    yield card.summary
    needed = ", ".join(f"{key}: {value}" for key, value in card.options.items())
    options = f", options: {{{needed}}}" if needed else ""
    yield f"used by: {{use: {card.component}{options}, weights: {card.name}}}"
    yield f"source: {card.source}"
    size = in_bytes(card.size) if card.size else "size not known"
    yield f"file: {card.file} {'of' if card.repo else 'at'} {card.place}, {size}"
    shape = f"{card.input.height}×{card.input.width} pixels, {card.input.channels} channels"
    output = f"{card.dimensions} numbers" if card.dimensions else "boxes"
    yield f"input: {shape}; output: {output}"
    yield f"trained on: {_species(card)}"
    yield f"  said by: {card.species_source}"
    for score in card.scores:
        yield f"score: {score.data}: {score.measure} {score.value} ({score.source})"
    yield f"good for: {card.good_for}"
    yield f"not for: {card.not_for}"


def _count(card: "Card") -> str:
    """Return the number of species for the table; `3+` where more are likely."""
    more = "" if card.species_complete else "+"
    return f"{len(card.species)}{more}" if card.species else "?" if more else "-"


def _species(card: "Card") -> str:
    if card.species:
        return ", ".join(card.species) + (
            "" if card.species_complete else ", and others not listed"
        )
    return "no animals in particular" if card.species_complete else "not stated"

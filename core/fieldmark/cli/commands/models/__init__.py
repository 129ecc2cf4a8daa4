"""`fieldmark models`: trained weights, where they come from and on what terms."""

import click

from fieldmark.cli.commands.models import fetch, look, share, tend


@click.group("models")
def command() -> None:
    """Find, pull, check, publish and carry trained weights."""


for each in (
    look.list_, look.search, look.info, fetch.pull, tend.verify, fetch.pin,
    share.push, share.pack, share.install, tend.gc, tend.test,
):  # fmt: skip
    command.add_command(each)

"""`fieldmark photos`: the project's photos, their times and their faults."""

import click

from fieldmark.cli.commands.photos import check, clock


@click.group("photos")
def command() -> None:
    """Check the photos, and correct the clocks of the cameras."""


for each in (check.check, clock.clock):
    command.add_command(each)

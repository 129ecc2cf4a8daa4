"""`fieldmark doctor`."""

from pathlib import Path

import click

_MARK = {"ok": ("ok", "green"), "optional": ("--", "yellow"), "broken": ("!!", "red")}


@click.command("doctor")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def command(folder: Path) -> int:
    """Say what is installed, what is missing and what to type.

    FOLDER is where your project is or will be; its disk is checked.
    """
    from fieldmark.cli import SKIPPED
    from fieldmark.doctor import examine

    broken = 0
    for check in examine(folder):
        mark, colour = _MARK[check.state]
        click.secho(f"{mark}  ", fg=colour, nl=False)
        click.echo(f"{check.name}: {check.detail}")
        if check.advice:
            click.echo(f"    {check.advice}")
        broken += check.state == "broken"
    click.echo(f"{broken} broken" if broken else "Nothing is broken.")
    return SKIPPED if broken else 0

"""`fieldmark demo`."""

from pathlib import Path

import click

from fieldmark.cli.options import quiet_option


@click.command("demo")
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("fieldmark-demo")
)
@quiet_option
def command(folder: Path, quiet: bool) -> None:
    """Make a small synthetic survey in FOLDER and identify its animals.

    Needs no network, no photos and no licence. The animals are drawn: what you see is how fieldmark
    works, not how well it does on your species.
    """
    from fieldmark.api.demo import run_demo
    from fieldmark.cli.progress import progress

    with progress(quiet=quiet) as report:
        demo = run_demo(folder, report)
    click.echo(
        f"{demo.known} new photos show an animal that has a name from that side:"
        f" {demo.first} have it first, {demo.five} among the first five candidates."
    )
    click.echo(
        f"{demo.strangers} show an animal that nobody has named from that side; whoever is"
        " proposed for them is wrong. Only a person can tell: open the report and look."
    )
    click.echo(f"Report: {demo.identification.files[2].resolve()}")
    click.echo(f"Project: {(folder / 'project').resolve()}")

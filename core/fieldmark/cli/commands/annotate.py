"""`fieldmark annotate`: annotations of, and for, other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.commands.import_ import command as import_
from fieldmark.cli.options import project_option
from fieldmark.cli.sharing import private_option, warn

if TYPE_CHECKING:
    from fieldmark.exports.annotations import Exported

FORMATS = ("megadetector", "camtrap-dp", "coco", "timelapse", "wildlife-insights")


@click.group("annotate")
def command() -> None:
    """Exchange boxes, names and sides with other programs."""


command.add_command(import_, "import")


@command.command("export")
@click.argument("format_", metavar="FORMAT", type=click.Choice(FORMATS))
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file, or (camtrap-dp, wildlife-insights) the folder; default: in the project's"
    " folder annotations.",
)
@private_option
@click.option(
    "--precision",
    type=click.Choice(["0.1", "0.01", "0.001"]),
    default="0.1",
    show_default=True,
    help="camtrap-dp: degrees that coordinates are rounded to, unless private.",
)
@click.option("--title", help="camtrap-dp and coco: the name of the study.")
@click.option(
    "--place",
    type=(click.FloatRange(-90, 90), click.FloatRange(-180, 180)),
    metavar="LAT LON",
    help="camtrap-dp: where the study is, for cameras whose place is not known.",
)
def export(
    format_: str,
    folder: Path,
    out: Path | None,
    private: bool,
    precision: str,
    title: str | None,
    place: tuple[float, float] | None,
) -> int:
    """Write what is known of the animals in the photos in a FORMAT of other programs.

    FORMAT is megadetector, camtrap-dp, coco, timelapse or wildlife-insights. Without --private,
    stations, files and people have other names and coordinates are rounded or left out: see
    docs/privacy.md. Copies of the photos under the same names: fieldmark blur-people --all.
    """
    from fieldmark.catalog import Project
    from fieldmark.exports.annotations import Package, Terms, export_annotations, place_for

    terms = Terms(private, float(precision))
    package = Package(title or Package.title, place)
    with Project.open(folder) as project:
        where = place_for(project, format_, terms, out)
        done = export_annotations(project, format_, where, terms, package)
    return _show(done, private)


def _show(done: "Exported", private: bool) -> int:
    from fieldmark.cli import SKIPPED

    click.echo(f"{done.photos} photos with {done.marks} animals, people and vehicles")
    for path in done.paths:
        click.echo(f"Wrote {path}")
    if done.base is not None:
        click.echo(f"The paths in it start from {done.base}")
    for count, why in done.left_out:
        click.secho(f"{count} {why}", fg="yellow", err=True)
    if done.doubted:
        click.secho(
            f"{done.doubted} photos have a time that is not believed, and most formats cannot say"
            " so; see: fieldmark photos check",
            fg="yellow",
            err=True,
        )
    warn(private)
    return SKIPPED if done.left_out else 0

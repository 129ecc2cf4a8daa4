"""`fieldmark photos check`."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import project_option, quiet_option, workers_option

if TYPE_CHECKING:
    from fieldmark.api.photos import Checked
    from fieldmark.catalog.photocheck import PhotoCounts

WIDE = 200
"""Columns of a table that is not printed on a terminal, where nothing may be cut off."""


@click.command("check")
@project_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the table of findings goes; default: photos-check.csv in the project.",
)
@workers_option
@quiet_option
def check(folder: Path, out: Path | None, workers: int | None, quiet: bool) -> int:
    """Say what the photos hold and what is wrong with them: files, times, stations, repeats.

    Looks at every photo once; when it is stopped, the same command continues. Ends with status 1
    if anything was found.
    """
    from fieldmark.api.photos import Request, check_photos
    from fieldmark.catalog import Project
    from fieldmark.cli import SKIPPED
    from fieldmark.cli.progress import progress
    from fieldmark.jobs import default_workers

    with Project.open(folder) as project, progress(quiet=quiet) as report:
        request = Request(workers or default_workers(), out)
        checked = check_photos(project, request, report)
    _show(checked)
    return SKIPPED if checked.findings else 0


def _show(checked: "Checked") -> None:
    from fieldmark.api.photos import KINDS, NO_ZONE

    print_table(("what there is", "n", ""), _counted(checked.counts, checked.encounters))
    numbers = checked.numbers
    if numbers:
        known = [
            (kind, str(numbers[kind]), what) for kind, what in KINDS.items() if kind in numbers
        ]
        print_table(("what is wrong", "n", ""), known)
    if zone := next((f.what for f in checked.findings if f.kind == NO_ZONE), None):
        click.echo(f"To set a time zone, {zone}")
        click.echo("or, for all stations: fieldmark photos clock --timezone Africa/Johannesburg")
    click.echo(f"{len(checked.findings)} findings, one to a row: {checked.file}")


def _counted(counts: "PhotoCounts", encounters: int) -> list[tuple[str, str, str]]:
    rows = [
        ("photos", counts.photos, ""),
        ("animals", counts.animals, f"in {encounters} encounters"),
        ("people", counts.people, "never identified"),
        ("vehicles", counts.vehicles, ""),
        ("blank", counts.blank, "photos on which a detector saw nothing"),
        ("unseen", counts.unseen, "photos that no detector has looked at"),
        *(("set aside", number, reason) for reason, number in counts.set_aside),
    ]
    return [(name, str(number), what) for name, number, what in rows]


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table without the columns that are empty; into a file or a pipe, in full width."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    cells = list(rows)
    used = [n for n in range(len(heads)) if not cells or any(row[n] for row in cells)]
    table = Table(*(Column(heads[n]) for n in used), box=None, pad_edge=False)
    for row in cells:
        table.add_row(*(escape(row[n]) for n in used))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)

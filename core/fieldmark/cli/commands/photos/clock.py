"""`fieldmark photos clock`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldmark.cli.options import project_option

if TYPE_CHECKING:
    from fieldmark.api.photos_clock import Changed, Clocks
    from fieldmark.catalog.clocks import ClockRow


@click.command("clock")
@click.argument("stations", nargs=-1, metavar="[STATION]...")
@project_option
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Where the clock was set, as Africa/Johannesburg or +02:00; without a STATION: of the"
    " whole project.",
)
@click.option(
    "--offset",
    metavar="TIME",
    help="What to add to the camera's times, as +1d2h or -00:17:30; 0 for nothing. It takes the"
    " place of an earlier one.",
)
@click.option("--shows", metavar="TIME", help="The time that the camera wrote into a photo ...")
@click.option("--was", metavar="TIME", help="... that was taken at this time.")
@click.option("--undo", is_flag=True, help="Take the last change back.")
def clock(
    stations: tuple[str, ...],
    folder: Path,
    timezone: str | None,
    offset: str | None,
    shows: str | None,
    was: str | None,
    undo: bool,
) -> None:
    """Correct the clocks of cameras; without options, list them.

    STATION is a station, a deployment, or a number from the list, as id:3. The photos and the
    times in them stay as they are.
    """
    from fieldmark.api.photos_clock import change_clocks, read_clocks, undo_clocks
    from fieldmark.catalog import Project
    from fieldmark.catalog.clocks_text import checked_zone

    zone = None if timezone is None else checked_zone(timezone)
    seconds = _seconds(offset, shows, was)
    with Project.open(folder) as project:
        if undo:
            _refuse_more(stations, zone, seconds)
            _say(undo_clocks(project))
        elif zone is not None or seconds is not None:
            _say(change_clocks(project, stations, zone, seconds))
        _list(read_clocks(project), stations)


def _seconds(offset: str | None, shows: str | None, was: str | None) -> int | None:
    from fieldmark.catalog.clocks_text import offset_between, parse_offset

    if (shows is None) != (was is None) or (shows and offset):
        raise click.UsageError(
            "--shows and --was belong together, in place of --offset: --shows '2019-03-04 03:04:50'"
            " --was '2026-03-04 03:04:50'"
        )
    if shows is not None and was is not None:
        return offset_between(shows, was)
    return None if offset is None else parse_offset(offset)


def _refuse_more(stations: tuple[str, ...], zone: str | None, seconds: int | None) -> None:
    if stations or zone is not None or seconds is not None:
        raise click.UsageError("--undo takes the last change back whole; give it alone")


def _say(changed: "Changed") -> None:
    what = f"{changed.deployments} deployments" if changed.deployments else "the project's zone"
    click.echo(
        f"Changed {what}; {changed.encounters} encounters now. To take it back:"
        " fieldmark photos clock --undo"
    )


def _list(clocks: "Clocks", stations: tuple[str, ...]) -> None:
    from fieldmark.cli.commands.photos.check import print_table

    heads = ("id", "station", "deployment", "photos", "first", "last", "zone", "offset", "flags")
    rows = [
        _cells(row, clocks.timezone)
        for row in clocks.rows
        if not stations or {row.station, row.name, f"id:{row.id}"} & set(stations)
    ]
    print_table(heads, rows)
    click.echo(f"The project's time zone: {clocks.timezone or 'not said'}")


def _cells(row: "ClockRow", project_zone: str | None) -> tuple[str, ...]:
    from fieldmark.catalog.clocks_text import offset_in_words

    return (
        f"id:{row.id}",
        row.station,
        row.name or "",
        str(row.photos),
        (row.first or "?").replace("T", " "),
        (row.last or "?").replace("T", " "),
        row.timezone or (f"({project_zone})" if project_zone else "?"),
        offset_in_words(row.offset),
        ", ".join(f"{flag} {number}" for flag, number in row.flags),
    )

"""Correcting the clocks of cameras: what was set is remembered, and can be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from fieldmark.api.ground import gap_of
from fieldmark.catalog import Project, finish_run, group_encounters, runs, start_run
from fieldmark.catalog.clocks import (
    Clock,
    ClockRow,
    clock_of,
    clocks,
    deployments_named,
    project_zone,
    set_clock,
    set_project_zone,
)
from fieldmark.errors import UserError

COMMAND = "photos clock"


@dataclass(frozen=True)
class Clocks:
    """The project's own time zone, and the clock of each deployment that has photos."""

    timezone: str | None
    rows: tuple[ClockRow, ...]


@dataclass(frozen=True)
class Changed:
    """What a change of clocks did.

    Attributes:
        deployments: how many were changed.
        encounters: how many there are now.
        run: the number under which the change, and what it replaced, is remembered.
    """

    deployments: int
    encounters: int
    run: int


def read_clocks(project: Project) -> Clocks:
    """Return what is known of the cameras' clocks."""
    with project.reading() as session:
        return Clocks(project_zone(session), tuple(clocks(session)))


def change_clocks(
    project: Project, names: Sequence[str], timezone: str | None, offset: int | None
) -> Changed:
    """Set time zone or clock correction; the photos' own times and files stay as they are.

    Args:
        project: the catalogue.
        names: stations or deployments; empty: the project's own time zone is meant.
        timezone: as `checked_zone` returns it; None leaves it.
        offset: seconds, in place of an earlier correction; None leaves it.

    Raises:
        UserError: if a name is not known, or a correction is given for no station.
    """
    if not names and offset is not None:
        raise UserError(
            "say whose clock is wrong: fieldmark photos clock STATION --offset +1d2h; list the"
            " stations with: fieldmark photos clock"
        )
    gap = gap_of(project)
    with project.deciding() as session:
        chosen = deployments_named(session, names)
        options = {"deployments": chosen, "timezone": timezone, "offset": offset}
        run = start_run(session, COMMAND, options).id
        before = _set(session, chosen, timezone, offset)
        finish_run(session, run, {"before": before})
        return Changed(len(chosen), group_encounters(session, gap), run)


def _set(
    session: Session, chosen: Sequence[int], timezone: str | None, offset: int | None
) -> dict[str, object]:
    """Set the clocks; return what `_restore` needs to take it back."""
    if not chosen:
        before = project_zone(session)
        set_project_zone(session, timezone)
        return {"project": before}
    held = []
    for each in chosen:
        now = clock_of(session, each)
        new = Clock(timezone or now.timezone, now.offset if offset is None else offset)
        held.append([each, *set_clock(session, each, new)])
    return {"deployments": held}


def undo_clocks(project: Project) -> Changed:
    """Take the newest change back that was not taken back yet.

    Raises:
        UserError: if there is none.
    """
    gap = gap_of(project)
    with project.deciding() as session:
        past = runs(session, COMMAND)
        undone = {run.options.get("undo") for run in past}
        changes = (run for run in past if "before" in run.summary and run.id not in undone)
        last = next(changes, None)
        if last is None:
            raise UserError("no change of a clock is left to take back")
        before = last.summary["before"]
        assert isinstance(before, dict)  # noqa: S101 - written by `change_clocks`
        run = start_run(session, COMMAND, {"undo": last.id}).id
        number = _restore(session, before)
        finish_run(session, run, {"restored": before})
        return Changed(number, group_encounters(session, gap), run)


def _restore(session: Session, before: dict[str, object]) -> int:
    if "project" in before:
        zone = before["project"]
        set_project_zone(session, None if zone is None else str(zone))
        return 0
    held = before["deployments"]
    assert isinstance(held, list)  # noqa: S101 - written by `_set`
    for number, timezone, offset in held:
        set_clock(session, number, Clock(timezone, offset))
    return len(held)

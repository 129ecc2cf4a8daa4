"""The clocks of deployments."""

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.catalog.clocks import (
    Clock,
    clock_of,
    clocks,
    deployments_named,
    project_zone,
    set_clock,
    set_project_zone,
)
from fieldmark.catalog.timecheck import flag_times
from fieldmark.errors import UserError


def fill(session: Session) -> None:
    """Write a station with two cameras, one of them with a reset clock, and one without photos."""
    for number, station, name in [(1, "K1", "K1-a"), (2, "K1", "K1-b"), (3, "K2", None)]:
        session.execute(insert(t.Deployment), {"id": number, "station": station, "name": name})
    times = ["2023-05-01T10:00:00", "2023-05-02T10:00:00", "1970-01-01T00:00:05", "2023-05-03"]
    for number, time in enumerate(times, start=1):
        what = {"id": number, "sha256": f"{number:064d}", "captured_at": time}
        size = {"size": 1, "width": 9, "height": 9, "orientation": 1}
        camera = {"deployment_id": 1 if number < 4 else 2}
        session.execute(insert(t.Photo), what | size | camera)


def test_clocks_are_listed_with_the_times_that_are_believed(project: Project) -> None:
    """Corrected, without the flagged ones, and only of deployments that have photos."""
    with project.writing() as session:
        fill(session)
        flag_times(session)
        set_clock(session, 1, Clock("+02:00", 60))
        one, two = clocks(session)
        assert (one.first, one.last) == ("2023-05-01T10:01:00", "2023-05-02T10:01:00")
        assert (one.photos, one.timezone, one.offset) == (3, "+02:00", 60)
        assert one.flags == (("clock-reset", 1),)
        assert (two.name, two.first, two.flags) == ("K1-b", "2023-05-03", ())


def test_deployments_are_found_by_station_name_or_number(project: Project) -> None:
    """A station means all its cameras."""
    with project.writing() as session:
        fill(session)
        assert deployments_named(session, ["K1"]) == [1, 2]
        assert deployments_named(session, ["K1-b", "id:3", "K1-b"]) == [2, 3]
        for wrong in ("K9", "id:9", "id:x", ""):
            with pytest.raises(UserError, match="photos clock"):
                deployments_named(session, [wrong])


def test_setting_a_clock_tells_what_it_was(project: Project) -> None:
    """So that it can be put back."""
    with project.writing() as session:
        fill(session)
        assert set_clock(session, 2, Clock("UTC", -5)) == Clock(None, 0)
        assert clock_of(session, 2) == Clock("UTC", -5)


def test_no_photo_leaves_the_calendar(project: Project) -> None:
    """A correction that would end before the year 1 is refused, and nothing is set."""
    with project.writing() as session:
        fill(session)
        session.get_one(t.Photo, 1).captured_at = "0001-01-02T00:00:00"
        session.flush()
        with pytest.raises(UserError, match="calendar"):
            set_clock(session, 1, Clock(None, -2 * 86_400))
        assert clock_of(session, 1).offset == 0


def test_the_project_has_a_zone_of_its_own(project: Project) -> None:
    """Set, changed and taken away."""
    with project.writing() as session:
        for zone in (None, "+02:00", "Africa/Johannesburg", None):
            set_project_zone(session, zone)
            session.flush()
            assert project_zone(session) == zone

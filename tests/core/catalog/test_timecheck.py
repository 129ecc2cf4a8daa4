"""Times that cannot be are flagged, and nothing else is."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.catalog.timecheck import flag_times, flagged

NOW = datetime(2024, 6, 1, 12)
SEASON = ["2023-05-01T10:00:00", "2023-05-20T10:00:00"]


def write(
    session: Session,
    times: Sequence[str | None],
    dates: tuple[str | None, str | None] = (None, None),
    station: bool = True,
) -> None:
    """Write photos 1, 2, … with these times, of one camera or of none."""
    for model in (t.Photo, t.Deployment):
        session.execute(delete(model))
    if station:
        starts, ends = dates
        session.execute(
            insert(t.Deployment), {"id": 1, "station": "K1", "starts": starts, "ends": ends}
        )
    for number, time in enumerate(times, start=1):
        what = {"id": number, "sha256": f"{number:064d}", "captured_at": time}
        size = {"size": 1, "width": 9, "height": 9, "orientation": 1}
        session.execute(insert(t.Photo), what | size | {"deployment_id": 1 if station else None})


def flags(session: Session, now: datetime = NOW) -> list[str]:
    """Return the flags of the photos, in the order of their numbers."""
    flag_times(session, now)
    return list(session.scalars(select(t.Photo.time_flag).order_by(t.Photo.id)))


@pytest.mark.parametrize(
    "time",
    ["1970-01-01T00:00:09", "1980-01-01T14:00:00", "2000-01-01T23:59:00", "1994-12-31T10:00:00"],
)
def test_no_photo_is_from_a_clock_s_epoch(project: Project, time: str) -> None:
    """A day from which clocks count, or from before digital cameras, is not believed."""
    with project.writing() as session:
        write(session, [time, *SEASON])
        assert flags(session) == ["clock-reset", "", ""]
        write(session, [time, *SEASON], station=False)
        assert flags(session) == ["clock-reset", "", ""]


def test_a_clock_that_was_reset_walks_on(project: Project) -> None:
    """Every photo after the reset is flagged, also days later; those before it are believed."""
    with project.writing() as session:
        walked = ["2015-01-01T00:12:00", "2015-01-03T08:00:00", "2015-01-09T09:00:00"]
        write(session, [*SEASON, *walked])
        assert flags(session) == ["", "", *["clock-reset"] * 3]
        write(session, ["2000-01-01T00:10:00", "2000-01-05T00:00:00"])
        assert flags(session) == ["clock-reset"] * 2


def test_the_first_second_of_a_year_is_a_reset(project: Project) -> None:
    """It needs no later photos to show it."""
    with project.writing() as session:
        write(session, ["2012-01-01T00:00:00", "2012-01-02T10:00:00"])
        assert flags(session) == ["clock-reset"] * 2


@pytest.mark.parametrize(
    "times",
    [
        ["2022-12-30T10:00:00", "2023-01-01T00:00:30", "2023-01-01T00:30:00"],  # no pause before
        ["2023-01-01T00:30:00", "2023-01-02T08:00:00"],  # nothing later
        ["2023-01-01T01:30:00", *SEASON],  # too late in the night
        ["2019-01-01", *SEASON],  # only the year or the day is known
    ],
)
def test_a_photo_of_new_year_is_believed(project: Project, times: list[str]) -> None:
    """A camera that works over New Year, or begins then, is not under suspicion."""
    with project.writing() as session:
        write(session, times)
        assert flags(session) == [""] * len(times)


def test_the_dates_of_a_deployment_vouch(project: Project) -> None:
    """Who wrote down that the camera hung there on that day knows it better."""
    with project.writing() as session:
        times = ["2000-01-01T00:00:00", "2000-01-02T10:00:00"]
        write(session, times, ("1999-12-20", "2000-02-01"))
        assert flags(session) == ["", ""]


def test_outside_the_deployment(project: Project) -> None:
    """A day of slack on both sides; the last day counts to its end."""
    with project.writing() as session:
        times = [
            "2023-04-29T23:00:00", "2023-04-30T01:00:00", "2023-06-02T23:00:00",
            "2023-06-03T01:00:00",
        ]  # fmt: skip
        write(session, times, ("2023-05-01", "2023-06-01"))
        assert flags(session) == ["before-deployment", "", "", "after-deployment"]


def test_the_future(project: Project) -> None:
    """More than a day from now; less may be another time zone."""
    with project.writing() as session:
        write(session, ["2024-06-02T11:00:00", "2024-06-02T13:00:00"])
        assert flags(session) == ["", "future"]


def test_unknown_times_and_senseless_dates_have_no_flag(project: Project) -> None:
    """There is nothing to say about a time that is not there."""
    with project.writing() as session:
        write(session, [None, "2023-05-01"], ("in spring", None))
        assert flags(session) == ["", ""]


def test_an_offset_that_mends_the_times_clears_the_flags(project: Project) -> None:
    """The flag is about the corrected time, and goes and comes with the correction."""
    with project.writing() as session:
        write(session, ["1970-01-01T00:00:09", "1970-01-04T10:00:00"])
        assert flags(session) == ["clock-reset"] * 2
        assert flagged(session) == {(1, "clock-reset"): 2}
        years = (datetime(2023, 5, 1, 9) - datetime(1970, 1, 1)) // timedelta(seconds=1)
        session.execute(update(t.Deployment).values(clock_offset=years))
        assert flags(session) == ["", ""]
        session.execute(update(t.Deployment).values(clock_offset=0))
        assert flag_times(session, NOW) == 2
        assert flag_times(session, NOW) == 0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.none() | st.datetimes(datetime(1960, 1, 1), datetime(2030, 1, 1)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_photos_does_not_matter(
    project: Project, times: list[datetime | None], chance: random.Random
) -> None:
    """Every photo's flag depends on the times alone; real times of one season have none."""
    said = [time.isoformat(timespec="seconds") if time else None for time in times]
    with project.writing() as session:
        write(session, said)
        before = sorted(zip(map(str, said), flags(session), strict=True))
        chance.shuffle(said)
        write(session, said)
        assert sorted(zip(map(str, said), flags(session), strict=True)) == before
        session.rollback()

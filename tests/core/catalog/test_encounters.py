"""Photos of one visit belong together."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from fieldmark.catalog import Project, annotations, encounters, group_encounters
from fieldmark.catalog import tables as t

Dump = Callable[[Path], object]
START = datetime(2019, 3, 4, 23, 59)


@pytest.fixture
def stations(project: Project) -> Project:
    """A project with the stations K1 (deployments 1 and 3, the latter's clock off) and K2 (2)."""
    with project.writing() as session:
        for number, name, offset in [(1, "K1", 0), (2, "K2", 0), (3, "K1", 3600)]:
            values = {"id": number, "station": name, "clock_offset": offset}
            session.execute(insert(t.Deployment), values)
    return project


def add(
    session: Session,
    number: int,
    seconds: float | None,
    station: int | None = 1,
    species: str = "tiger",
    photo: int | None = None,
) -> None:
    """Add an annotation, on a new photo unless `photo` names one."""
    time = None if seconds is None else (START + timedelta(seconds=seconds)).isoformat()
    if photo is None:
        size = {"size": 1, "width": 9, "height": 9, "orientation": 1}
        what = {"id": number, "sha256": f"{number:064d}", "captured_at": time}
        session.execute(insert(t.Photo), what | size | {"deployment_id": station})
    place = {"x": number / 1000, "y": 0, "w": 0.5, "h": 1, "side": "left", "source": "table"}
    values = {"id": number, "photo_id": photo or number, "species": species} | place
    session.execute(insert(t.Annotation), values)


def visits(session: Session) -> list[list[int]]:
    """Return the annotations by encounter."""
    found: dict[int | None, list[int]] = {}
    for row in annotations(session):
        found.setdefault(row.encounter_id, []).append(row.id)
    return sorted(found.values())


def test_photos_within_the_gap_are_one_visit(stations: Project) -> None:
    """Each at most 120 s after the one before, over midnight too; order of import is no matter."""
    with stations.writing() as session:
        for number, seconds in [(1, 240), (2, 0), (3, 120), (4, 361)]:
            add(session, number, seconds)
        assert group_encounters(session) == 2
        assert visits(session) == [[1, 2, 3], [4]]
        assert group_encounters(session, gap_seconds=121) == 1
        assert group_encounters(session, gap_seconds=0) == 4


def test_pages_are_invisible(stations: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit that spans two pages of the stream is one visit."""
    monkeypatch.setattr(encounters, "_PAGE", 2)
    with stations.writing() as session:
        for number in range(1, 8):
            add(session, number, number * 100)
        assert group_encounters(session) == 1
        assert group_encounters(session, gap_seconds=99) == 7


def test_station_and_species_separate(stations: Project) -> None:
    """Another station or species at the same moment is another visit."""
    with stations.writing() as session:
        add(session, 1, 0)
        add(session, 2, 0, station=2)
        add(session, 3, 0, species="leopard")
        add(session, 4, 10)
        group_encounters(session)
        assert visits(session) == [[1, 4], [2], [3]]


def test_the_clock_offset_counts(stations: Project) -> None:
    """Two cameras at one station agree after the correction of one clock."""
    with stations.writing() as session:
        add(session, 1, 3600)
        add(session, 2, 30, station=3)
        group_encounters(session)
        assert visits(session) == [[1, 2]]
        one, two = annotations(session)
        assert one.captured_at is not None
        assert two.captured_at == one.captured_at + timedelta(seconds=30)


def test_unknown_time_or_station_stays_alone(stations: Project) -> None:
    """But the animals of one photo are together."""
    with stations.writing() as session:
        add(session, 1, None)
        add(session, 2, None)
        add(session, 3, 0, station=None)
        add(session, 4, 0, station=None)
        add(session, 5, 0, photo=1)
        add(session, 6, 0, photo=3)
        session.execute(update(t.Photo).where(t.Photo.id == 2).values(captured_at="2019-03-04"))
        group_encounters(session)
        assert visits(session) == [[1, 5], [2], [3, 6], [4]]


def test_a_day_without_a_time_groups_nothing(stations: Project) -> None:
    """Photos of which only the day is known are not one visit of midnight."""
    with stations.writing() as session:
        for number in (1, 2):
            add(session, number, 0)
        session.execute(update(t.Photo).values(captured_at="2019-03-04"))
        group_encounters(session)
        assert visits(session) == [[1], [2]]


def test_a_time_that_is_not_believed_groups_nothing(stations: Project) -> None:
    """Photos of a reset clock, or from before the deployment, are not one visit."""
    with stations.writing() as session:
        for number in range(1, 5):
            add(session, number, number)
        reset = update(t.Photo).where(t.Photo.id.in_([1, 2]))
        session.execute(reset.values(captured_at="1970-01-01T00:00:09"))
        group_encounters(session)
        assert visits(session) == [[1], [2], [3, 4]]
        session.execute(update(t.Deployment).values(starts="2019-03-07"))
        assert group_encounters(session) == 4


def test_cameras_that_face_each_other_see_one_visit(stations: Project) -> None:
    """The photos of both cameras interleave, each by its own corrected clock."""
    with stations.writing() as session:
        for number, seconds, camera in [(1, 3600, 1), (2, 60, 3), (3, 3720, 1), (4, 300, 3)]:
            add(session, number, seconds, station=camera)
        group_encounters(session)
        assert visits(session) == [[1, 2, 3], [4]]


def test_two_animals_of_a_photo_share_its_visit(stations: Project) -> None:
    """But another species in it has its own."""
    with stations.writing() as session:
        add(session, 1, 0)
        add(session, 2, 0, photo=1)
        add(session, 3, 0, photo=1, species="leopard")
        add(session, 4, 100)
        group_encounters(session)
        assert visits(session) == [[1, 2, 4], [3]]


def test_a_given_encounter_is_kept(stations: Project) -> None:
    """What the import gave wins, and the photo's other annotations join it."""
    with stations.writing() as session:
        values = {"id": 9, "key": "given:x", "label": "x", "species": "tiger"}
        session.execute(insert(t.Encounter), values)
        add(session, 1, 0)
        add(session, 2, 9000)
        add(session, 3, 9000, photo=2)
        add(session, 4, 9001)
        given_one = update(t.Annotation).where(t.Annotation.id.in_([1, 2]))
        session.execute(given_one.values(encounter_id=9))
        group_encounters(session)
        assert visits(session) == [[1, 2, 3], [4]]


def test_empty_encounters_go(stations: Project) -> None:
    """A visit that joins another leaves nothing behind."""
    with stations.writing() as session:
        add(session, 1, 0)
        add(session, 2, 200)
        assert group_encounters(session) == 2
        add(session, 3, 100)
        assert group_encounters(session) == 1
        assert session.scalars(select(t.Encounter.key)).all() == ["photo:1:tiger"]


def test_a_negative_gap_is_refused(stations: Project) -> None:
    """A gap is a duration."""
    with pytest.raises(ValueError, match="gap"), stations.writing() as session:
        group_encounters(session, -1)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    photos=st.lists(
        st.tuples(
            st.none() | st.integers(0, 900),
            st.sampled_from([None, 1, 2, 3]),
            st.sampled_from(["tiger", "leopard"]),
        ),
        max_size=12,
    ),
    seed=st.integers(),
)
def test_grouping_does_not_depend_on_history(
    stations: Project, photos: list[tuple[int | None, int | None, str]], seed: int
) -> None:
    """Grouped at once or after every photo, in any order: the same visits; again: no change."""
    numbers = list(range(1, len(photos) + 1))
    random.Random(seed).shuffle(numbers)
    with stations.writing() as session:
        for number in numbers:
            add(session, number, *photos[number - 1])
            group_encounters(session)
        step_by_step = visits(session)
        assert group_encounters(session) == len(step_by_step)
        session.execute(update(t.Annotation).values(encounter_id=None))
        session.execute(delete(t.Encounter))
        group_encounters(session)
        assert visits(session) == step_by_step
        session.rollback()

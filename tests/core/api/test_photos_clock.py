"""Clocks are corrected, the visits follow, and every change can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from fieldmark.api.photos_clock import change_clocks, read_clocks, undo_clocks
from fieldmark.catalog import Project, group_encounters, runs
from fieldmark.catalog import tables as t
from fieldmark.errors import UserError


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with two cameras at one station; the clock of the second was reset."""
    with Project.create(tmp_path / "project", "tiger") as made:
        with made.writing() as session:
            for number in (1, 2):
                camera = {"id": number, "station": "K1", "name": f"camera {number}"}
                session.execute(insert(t.Deployment), camera)
                time = "2023-05-01T10:00:00" if number == 1 else "1970-01-01T00:00:30"
                what = {"id": number, "sha256": f"{number:064d}", "captured_at": time}
                size = {"size": 1, "width": 9, "height": 9, "orientation": 1}
                session.execute(insert(t.Photo), what | size | {"deployment_id": number})
                box = {"x": 0, "y": 0, "w": 1, "h": 1, "species": "tiger", "side": "left"}
                where = {"id": number, "photo_id": number, "source": "photo"}
                session.execute(insert(t.Annotation), where | box)
            group_encounters(session)
        yield made


def offsets(project: Project) -> list[int]:
    """Return the clock corrections."""
    return [row.offset for row in read_clocks(project).rows]


SECONDS = 1_682_935_200
"""From 1970-01-01 00:00:30 to 2023-05-01 10:00:30."""


def test_a_correction_mends_the_flag_and_the_visit(project: Project) -> None:
    """Two photos of one visit come together; the photos' own times stay."""
    assert read_clocks(project).rows[1].flags == (("clock-reset", 1),)
    changed = change_clocks(project, ["camera 2"], None, SECONDS)
    assert (changed.deployments, changed.encounters) == (1, 1)
    assert read_clocks(project).rows[1].flags == ()
    with project.reading() as session:
        times = session.scalars(select(t.Photo.captured_at).order_by(t.Photo.id)).all()
    assert times == ["2023-05-01T10:00:00", "1970-01-01T00:00:30"]


def test_what_is_not_given_stays(project: Project) -> None:
    """A time zone alone leaves the correction, and the other way round."""
    change_clocks(project, ["K1"], None, 60)
    change_clocks(project, ["K1"], "+02:00", None)
    change_clocks(project, ["id:2"], None, 0)
    rows = read_clocks(project).rows
    assert [(row.timezone, row.offset) for row in rows] == [("+02:00", 60), ("+02:00", 0)]


def test_changes_are_taken_back_one_by_one(project: Project) -> None:
    """The newest first, down to nothing, also the project's zone; the log keeps all."""
    change_clocks(project, ["camera 2"], None, SECONDS)
    change_clocks(project, [], "Africa/Johannesburg", None)
    change_clocks(project, ["K1"], "UTC", 5)
    assert undo_clocks(project).deployments == 2
    assert offsets(project) == [0, SECONDS]
    assert undo_clocks(project).deployments == 0
    assert read_clocks(project).timezone is None
    assert undo_clocks(project).encounters == 2
    assert offsets(project) == [0, 0]
    with pytest.raises(UserError, match="no change"):
        undo_clocks(project)
    with project.reading() as session:
        assert len(runs(session, "photos clock")) == 6


def test_a_change_after_an_undo_can_be_taken_back(project: Project) -> None:
    """Taking back does not lose count."""
    change_clocks(project, ["K1"], None, 10)
    undo_clocks(project)
    change_clocks(project, ["K1"], None, 20)
    change_clocks(project, ["K1"], None, 30)
    undo_clocks(project)
    assert offsets(project) == [20, 20]
    undo_clocks(project)
    assert offsets(project) == [0, 0]


def test_a_refused_change_changes_nothing(project: Project) -> None:
    """Also where only the second name is wrong, or the offset is nobody's."""
    for names in (["K1", "K9"], []):
        with pytest.raises(UserError, match="photos clock"):
            change_clocks(project, names, None, 5)
    assert offsets(project) == [0, 0]
    with project.reading() as session:
        assert runs(session, "photos clock") == []

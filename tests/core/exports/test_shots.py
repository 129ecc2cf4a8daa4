"""Photos with what is known of the animals in them, for every export."""

from pathlib import Path

import pytest

from fieldmark.catalog import Kind, NewDecision, Project, decide
from fieldmark.catalog import tables as t
from fieldmark.exports import shots as module
from fieldmark.exports.shots import Shot, shots


def _all(folder: Path) -> list[Shot]:
    with Project.open(folder) as project, project.reading() as session:
        return list(shots(session))


def test_a_photo_of_which_nobody_said_anything_has_no_mark(secret: Path) -> None:
    """Importing it made an annotation of the whole photo, which is no statement."""
    unseen = [shot for shot in _all(secret) if not shot.looked]
    assert [(shot.detector, shot.marks) for shot in unseen] == [(None, ())]
    assert unseen[0].path is not None
    assert unseen[0].path.name == "IMG_0007.jpg"


def test_a_name_makes_the_whole_photo_a_statement(secret: Path) -> None:
    """Somebody who names the animal has looked."""
    with Project.open(secret) as project, project.deciding() as session:
        whole = session.query(t.Annotation).filter_by(source="photo", replaced=False).one()
        decide(session, NewDecision(Kind.NAME, whole.id, "Anna Smith", name="T-9"))
    assert sum(shot.looked for shot in _all(secret)) == 7


def test_the_last_decision_in_force_says_who_named_it(secret: Path) -> None:
    """Kabelo said "same" after Anna Smith had given the name; withdrawn, it counts no more."""
    first = next(shot for shot in _all(secret) if shot.animals and shot.animals[0].name == "T-17")
    assert first.animals[0].named_by == "Kabelo"


def test_pages_change_nothing(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many photos a statement reads, the photos are the same, in their order."""
    before = _all(secret)
    monkeypatch.setattr(module, "PAGE", 2)
    assert _all(secret) == before
    assert [shot.id for shot in before] == sorted(shot.id for shot in before)
    with Project.open(secret) as project, project.reading() as session:
        assert list(shots(session, before[2].id)) == before[3:]


def test_the_clocks_correction_is_in_the_time(secret: Path) -> None:
    """Exports write when it was, not what a wrong clock showed."""
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Deployment).update({"clock_offset": 3600})
    times = sorted(shot.time for shot in _all(secret) if shot.time is not None)
    assert times[0].isoformat() == "2024-03-04T06:00:00"

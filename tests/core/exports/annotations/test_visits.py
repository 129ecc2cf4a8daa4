"""Encounters as the events of Camtrap DP."""

from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.exports.annotations import visits as module
from fieldmark.exports.annotations.visits import Present, Visit, visits


def _all(folder: Path, only: set[int] | None = None) -> list[Visit]:
    with Project.open(folder) as project, project.reading() as session:
        return list(visits(session, only))


def test_who_was_there_and_when(secret: Path) -> None:
    """Two photos of one visit: one animal in both, another in the second."""
    first = next(visit for visit in _all(secret) if len(visit.present) == 2)
    assert first.present == (
        Present("tiger", "T-17", 1, ("left",)), Present("tiger", "T-18", 1, ("right",)),
    )  # fmt: skip
    assert (first.end - first.begin).total_seconds() == 30


def test_the_nameless_are_as_many_as_one_photo_shows(secret: Path) -> None:
    """Whether two photos show the same animals or others, nobody knows: the most is the least."""
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Annotation).update({"individual_id": None})
    first = max(_all(secret), key=lambda visit: visit.end - visit.begin)
    assert first.present == (Present("tiger", None, 2, ("left", "right")),)


def test_what_nobody_saw_or_nobody_can_date_is_no_event(secret: Path) -> None:
    """A photo that no detector has looked at, one without a time, and one of a person."""
    times = sorted(visit.begin.isoformat() for visit in _all(secret))
    assert times == ["2024-03-04T05:00:00", "2024-03-05T06:00:00"]


def test_some_of_them(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for by number, and however many a statement reads, they are the same."""
    before = _all(secret)
    monkeypatch.setattr(module, "_PAGE", 1)
    assert _all(secret) == before
    assert _all(secret, {before[1].encounter}) == before[1:]
    assert _all(secret, set()) == []

"""Who says which side is seen: a person before an import before a classifier."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from fieldmark.catalog import Project, annotations, record_detections, runs
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_folder
from fieldmark.catalog.sides import (
    SideSaid,
    open_sides,
    set_side,
    side_counts,
    write_sides,
)
from fieldmark.errors import UserError
from fieldmark.types import Box, Detection, Side

MakePhoto = Callable[..., Path]
OURS, THEIRS = "model:0123456789ab", "model:ba9876543210"
SAID = (
    ("unknown", None),  # 1: nobody
    ("left", None),  # 2: an import of an older version
    ("right", "import:photos.csv"),  # 3
    ("unknown", "import:photos.csv"),  # 4: an import that does not know
    ("left", "person:Ana"),  # 5
    ("unknown", "person:Ana"),  # 6: a person who cannot tell
    ("left", THEIRS),  # 7
    ("right", OURS),  # 8
    ("unknown", OURS),  # 9: set aside
)


@pytest.fixture
def said(project: Project, tmp_path: Path, photo: MakePhoto) -> Project:
    """A project with nine photos whose sides everybody has spoken of."""
    for seed in range(len(SAID)):
        photo(tmp_path / "photos" / f"{seed}.jpg", seed)
    import_folder(project, tmp_path / "photos")
    with project.writing() as session:
        for number, (side, by) in enumerate(SAID, start=1):
            change = update(t.Annotation).where(t.Annotation.id == number)
            session.execute(change.values(side=side, side_by=by))
    return project


def now(project: Project) -> dict[int, tuple[str, str | None]]:
    """Return each annotation's side, and who says so."""
    with project.reading() as session:
        return {row.id: (str(row.side), row.side_by) for row in annotations(session)}


def test_a_classifier_is_asked_only_what_is_open(said: Project) -> None:
    """Not what a person or an import said; and not again what it has said itself."""
    with said.reading() as session:
        assert open_sides(session) == [1, 4, 7, 8, 9]
        assert open_sides(session, but=OURS) == [1, 4, 7]


def test_a_classifier_never_replaces_people_and_imports(said: Project) -> None:
    """Whatever it is told to write; an earlier classifier's word is replaced."""
    before = now(said)
    with said.writing() as session:
        write_sides(session, [SideSaid(n, Side.RIGHT, 0.9) for n in range(1, 10)], OURS)
    after = now(said)
    assert {n for n in after if after[n] != before[n]} == {1, 4, 7, 9}
    assert all(after[n] == ("right", OURS) for n in (1, 4, 7, 8, 9))


def test_an_unsure_classifier_leaves_its_probability(said: Project) -> None:
    """The side stays unknown, and how sure it was is kept."""
    with said.writing() as session:
        write_sides(session, [SideSaid(1, Side.UNKNOWN, 0.61)], OURS)
    with said.reading() as session:
        (row,) = annotations(session, ids=[1])
    assert (row.side, row.side_by, row.side_probability) == (Side.UNKNOWN, OURS, 0.61)


def test_a_person_replaces_everything_and_nothing_is_lost(said: Project) -> None:
    """What stood there is in the log of runs, with who said it and how surely."""
    with said.writing() as session:
        write_sides(session, [SideSaid(7, Side.LEFT, 0.97)], THEIRS)
    with said.writing() as session:
        for number in (3, 5, 7):
            set_side(session, number, Side.FRONT, "Ben")
    assert all(now(said)[n] == ("front", "person:Ben") for n in (3, 5, 7))
    with said.reading() as session:
        logged = [run.options for run in runs(session, "sides set")]
    assert logged[0] == {
        "annotation": 7,
        "before": {"side": "left", "by": THEIRS, "probability": 0.97},
        "after": {"side": "front", "by": "person:Ben", "probability": None},
    }
    assert [each["annotation"] for each in logged] == [7, 5, 3]


def test_a_person_who_cannot_tell_is_believed(said: Project) -> None:
    """An animal that a person called unknown is never judged again."""
    with said.writing() as session:
        set_side(session, 1, Side.UNKNOWN, "Ben")
    with said.reading() as session:
        assert 1 not in open_sides(session)


def test_what_stepped_back_is_not_decided_on(said: Project) -> None:
    """A person is told which annotations took its place; a word on the old one would be lost."""
    seen = [Detection(Box(0.1, 0.1, 0.3, 0.3), "animal", 0.9)]
    with said.deciding() as session:
        (new,) = record_detections(session, 1, seen, "detector", "tiger")
    with said.writing() as session, pytest.raises(UserError, match=f"took its place: {new}$"):
        set_side(session, 1, Side.LEFT, "Ana")


def test_everybody_is_counted_once(said: Project) -> None:
    """By side for the classifier, and by whom for the others."""
    with said.writing() as session:
        write_sides(session, [SideSaid(1, Side.UNKNOWN, 0.6)], OURS)
    with said.reading() as session:
        found = side_counts(session, OURS)
    assert found.told == {Side.RIGHT: 1}
    assert (found.unsure, found.set_aside) == (1, 1)
    assert (found.people, found.imports, found.others) == (2, 2, 2)

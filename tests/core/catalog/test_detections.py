"""What a second detector says of a photo; nothing that a person said is lost."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fieldmark.catalog import (
    Kind,
    NewDecision,
    Project,
    annotations,
    decide,
    photos,
    record_detections,
)
from fieldmark.catalog import tables as t
from fieldmark.catalog.detections import annotation_at, matched, overlap
from fieldmark.catalog.imports import import_folder
from fieldmark.catalog.looked import detectors, looked
from fieldmark.types import WHOLE, Box, Detection, Mask

MakePhoto: TypeAlias = Callable[..., Path]

LEFT, RIGHT = Box(0.1, 0.1, 0.3, 0.5), Box(0.6, 0.1, 0.3, 0.5)
NEARLY_LEFT = Box(0.12, 0.1, 0.3, 0.5)

coordinates = st.floats(0, 0.8)
lengths = st.floats(0.01, 0.2)
boxes = st.builds(Box, coordinates, coordinates, lengths, lengths)


@pytest.fixture
def one(project: Project, tmp_path: Path, photo: MakePhoto) -> Iterator[Session]:
    """Give a session on a project of one photo, the first, which nobody has boxed."""
    photo(tmp_path / "photos" / "a.jpg")
    import_folder(project, tmp_path / "photos")
    with project.deciding() as session:
        yield session


def animal(box: Box, score: float = 0.9) -> Detection:
    """Return an animal in a box."""
    return Detection(box, "animal", score)


def record(session: Session, detector: str, *seen: Detection) -> list[int]:
    """Record what a detector saw in the photo."""
    return record_detections(session, 1, seen, detector, "tiger")


def current(session: Session) -> list[int]:
    """Return the animals that may be identified."""
    return [row.id for row in annotations(session)]


def test_a_second_detectors_box_is_the_same_animal(one: Session) -> None:
    """A box that overlaps by half keeps the number, and all that was decided on it."""
    (first,) = record(one, "a", animal(LEFT))
    decide(one, NewDecision(Kind.NAME, first, "anna", name="T-1"))
    assert record(one, "b", animal(NEARLY_LEFT, 0.5)) == [first]
    (row,) = annotations(one)
    assert (row.individual_name, row.box, row.score, row.source) == ("T-1", LEFT, 0.5, "a")


def test_what_only_the_first_detector_saw_steps_back(one: Session) -> None:
    """It is not identified any more, and comes back when it is seen again."""
    left, right = record(one, "a", animal(LEFT), animal(RIGHT))
    record(one, "b", animal(LEFT))
    assert current(one) == [left]
    record(one, "c", animal(RIGHT))
    assert current(one) == [right]


def test_what_was_decided_on_never_steps_back(one: Session) -> None:
    """A named animal stays, whatever a later detector does not see."""
    left, _ = record(one, "a", animal(LEFT), animal(RIGHT))
    decide(one, NewDecision(Kind.NAME, left, "anna", name="T-1"))
    record(one, "b")
    assert current(one) == [left]


def test_what_a_person_drew_never_steps_back(one: Session) -> None:
    """A box without a score is a person's, and stays one when a detector agrees."""
    one.add(t.Annotation(
        photo_id=1, x=0.1, y=0.1, w=0.3, h=0.5, species="tiger", side="left", source="table",
    ))  # fmt: skip
    record(one, "a", animal(NEARLY_LEFT))
    record(one, "b")
    (drawn,) = annotations(one)
    assert (drawn.source, drawn.score) == ("table", None)


def test_a_box_that_was_written_with_fewer_digits_is_the_same(one: Session) -> None:
    """What other programs round to pixels or thousandths comes back to its own annotation."""
    box = Box(0.123456, 0.234567, 0.2, 0.3)
    (first,) = record(one, "a", animal(box))
    for digits in (2, 3, 4):
        values = (round(value, digits) for value in (box.x, box.y, box.w, box.h))
        found = annotation_at(one, 1, Box(*values), source="table", species="tiger", run_id=None)
        assert found.id == first


def test_an_animal_that_fills_the_photo_is_boxed(one: Session) -> None:
    """Its box takes the place of the whole photo, as any other box does."""
    record(one, "a", animal(Box(0.01, 0.01, 0.98, 0.98)))
    (row,) = annotations(one)
    assert (row.source, row.score) == ("a", 0.9)


def test_a_word_about_the_whole_photo_takes_no_box_away(one: Session) -> None:
    """A program that knows no boxes says less than a detector that drew some."""
    boxed = record(one, "a", animal(LEFT), animal(RIGHT), Detection(LEFT, "person", 0.4))
    record(one, "timelapse", Detection(WHOLE, "vehicle", 1), Detection(WHOLE, "animal", 1))
    assert current(one) == boxed
    assert detectors(one) == {"a": 1}
    assert len(list(annotations(one, people=True))) == 3


def test_a_person_once_seen_stays(one: Session) -> None:
    """A photo that shows a person never becomes one that does not."""
    record(one, "a", Detection(LEFT, "person", 0.4))
    record(one, "b")
    assert [row.label for row in annotations(one, people=True)] == ["person"]


def test_every_box_of_a_person_is_kept(one: Session) -> None:
    """A second detector may have seen more of the person than the first."""
    record(one, "a", Detection(LEFT, "person", 0.4))
    record(one, "b", Detection(NEARLY_LEFT, "person", 0.9))
    assert [row.box.x for row in annotations(one, people=True)] == [0.1, 0.12]


def test_animals_and_people_are_never_taken_for_each_other(one: Session) -> None:
    """One box with two labels is two annotations."""
    record(one, "a", Detection(LEFT, "person", 0.4))
    (animal_,) = record(one, "b", animal(LEFT))
    assert current(one) == [animal_]


def test_recording_twice_adds_nothing(one: Session) -> None:
    """Also with two hundred animals that crowd each other."""
    herd = [animal(Box(x / 20, y / 10, 0.07, 0.14)) for x in range(18) for y in range(8)]
    herd += [animal(Box(0.9, y / 100, 0.05, 0.01)) for y in range(56)]
    assert len(herd) == 200
    first = record(one, "a", *herd)
    assert record(one, "a", *herd) == first
    assert len(first) == 200


def test_a_detectors_mask_is_kept(one: Session) -> None:
    """With the annotation that it belongs to."""
    mask = np.ones((24, 40), np.float32)
    kept: dict[int, float] = {}

    def keep(annotation: int, mask: Mask) -> str:
        kept[annotation] = float(mask.mean())
        return f"masks/{annotation}.png"

    seen = [Detection(LEFT, "animal", 0.9, mask), animal(RIGHT)]
    masked, _ = record_detections(one, 1, seen, "a", "tiger", keep_mask=keep)
    assert kept == {masked: 1.0}
    assert [row.mask for row in annotations(one)] == [f"masks/{masked}.png", None]


def test_what_a_detector_has_seen_is_counted(one: Session) -> None:
    """By label; a photo without boxes is blank, and belongs to the last that looked."""
    assert detectors(one) == {None: 1}
    record(one, "a", animal(LEFT), animal(RIGHT), Detection(LEFT, "Person", 0.4))
    seen = looked(one, "a")
    assert (seen.photos, seen.blank) == (1, 0)
    assert (seen.boxes, seen.photos_with) == (
        {"animal": 2, "person": 1},
        {"animal": 1, "person": 1},
    )
    assert (looked(one, "b").photos, detectors(one)) == (0, {"a": 1})


def test_a_blank_photo_is_counted_as_one(one: Session) -> None:
    """A whole-photo annotation that stepped back is no animal."""
    record(one, "a")
    assert (looked(one, "a").blank, looked(one, "a").boxes) == (1, {})


def test_photos_are_listed_by_who_looked(one: Session) -> None:
    """For a detector that starts, and for one that wants to look again."""
    assert len(list(photos(one, undetected=True, unseen_by="a"))) == 1
    record(one, "a")
    assert not list(photos(one, undetected=True))
    assert not list(photos(one, unseen_by="a"))
    assert len(list(photos(one, unseen_by="b"))) == 1


@given(boxes, boxes)
def test_overlap_is_a_symmetric_share(first: Box, second: Box) -> None:
    """From 0 to 1, 1 for the same box, whoever is named first."""
    share = overlap(first, second)
    assert 0 <= share <= 1 + 1e-9
    assert share == pytest.approx(overlap(second, first))
    assert overlap(first, first) == pytest.approx(1)


@given(st.lists(boxes, max_size=8), st.lists(boxes, max_size=8))
def test_every_box_is_taken_once_at_most(seen: Sequence[Box], known: Sequence[Box]) -> None:
    """Whatever two detectors draw, no annotation is two animals."""
    taken = matched([animal(box) for box in seen], known)
    assert len(set(taken.values())) == len(taken)
    for i, j in taken.items():
        assert overlap(seen[i], known[j]) >= 0.5

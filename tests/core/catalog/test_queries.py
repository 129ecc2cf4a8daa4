"""Reading the catalogue, runs, candidates and what is set aside."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from fieldmark.catalog import (
    Counts,
    Kind,
    NewDecision,
    Project,
    StoredCandidate,
    annotation_by_reference,
    annotations,
    answered,
    bring_back,
    counts,
    decide,
    decisions,
    finish_run,
    individuals,
    photos,
    queries,
    read_candidates,
    record_detections,
    runs,
    set_aside,
    set_asides,
    start_run,
    withdraw,
    write_candidates,
)
from fieldmark.catalog.detections import _rounded
from fieldmark.catalog.imports import import_folder
from fieldmark.errors import UserError
from fieldmark.types import Box, Detection

MakePhoto = Callable[..., Path]
FRACTIONS = st.floats(0, 1) | st.sampled_from([1e-9, 1 - 1e-9, 5e-7, 0.9999995])

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For a machine that is busy with something else."""


@pytest.fixture
def survey(project: Project, tmp_path: Path, photo: MakePhoto) -> Project:
    """A project with four photos: two of T-1, one of T-2 and one of an unknown animal."""
    folder = tmp_path / "photos"
    for seed, name in enumerate(["T-1/a.jpg", "T-1/b.jpg", "T-2/a.jpg", "unknown/d.jpg"]):
        photo(folder / name, seed)
    import_folder(project, folder, individuals_from_folders=True)
    return project


def test_annotations_can_be_chosen(survey: Project) -> None:
    """By number, by being named, by species and by run; always in the order of numbers."""
    with survey.reading() as session:
        assert [row.id for row in annotations(session)] == [1, 2, 3, 4]
        assert [row.id for row in annotations(session, ids=[3, 1, 99])] == [1, 3]
        assert [row.id for row in annotations(session, ids=[])] == []
        assert [row.id for row in annotations(session, named=True)] == [1, 2, 3]
        assert [row.id for row in annotations(session, named=False)] == [4]
        assert [row.id for row in annotations(session, species="tiger", run=1)] == [1, 2, 3, 4]
        assert [row.id for row in annotations(session, species="zebra")] == []
        assert [row.id for row in annotations(session, run=2)] == []


def test_a_stream_of_many_pages_is_whole(survey: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are invisible to the caller, who may write between them."""
    monkeypatch.setattr(queries, "_PAGE", 2)
    with survey.writing() as session:
        found = []
        for row in annotations(session):
            set_aside(session, row.id, "p", "small")
            found.append(row.id)
    assert found == [1, 2, 3, 4]


def test_counts_and_individuals(survey: Project) -> None:
    """How much there is, and of whom."""
    with survey.reading() as session:
        assert counts(session) == Counts(4, 4, 3, 2, 4, 3, 0)
        assert [(row.name, row.annotations, row.encounters) for row in individuals(session)] == [
            ("T-1", 2, 2),
            ("T-2", 1, 1),
        ]
        assert individuals(session, named=False) == []


def test_rows_outlive_the_session(survey: Project) -> None:
    """What is handed out needs no database."""
    with survey.reading() as session:
        (first, *_), (photo, *_) = annotations(session), photos(session)
    survey.close()
    assert (first.individual_name, photo.width, photo.detector) == ("T-1", 40, None)


@pytest.mark.parametrize("text", ["3", " 3 ", "T-2/a.jpg", "photos/T-2/a.jpg", "T-2\\a.jpg"])
def test_an_annotation_is_found_by_number_or_path(
    survey: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The end of a path is enough, and a path from where one stands is right as well."""
    monkeypatch.chdir(tmp_path)
    with survey.reading() as session:
        assert annotation_by_reference(session, text).id == 3
        absolute = str(tmp_path / "photos" / "T-2" / "a.jpg")
        assert annotation_by_reference(session, absolute).id == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.jpg", r"means several annotations.*1 \(.*T-1/a.jpg\), 3 \(.*T-2/a.jpg\)"),
        ("nowhere.jpg", "no annotation has the number or the photo 'nowhere.jpg'"),
        ("77", "no annotation has the number or the photo '77'"),
        (".jpg", "no annotation"),
        ("", "no annotation"),
    ],
)
def test_an_unclear_reference_is_explained(survey: Project, text: str, message: str) -> None:
    """Several are listed with their numbers; none says what to give."""
    with survey.reading() as session, pytest.raises(UserError, match=message):
        annotation_by_reference(session, text)


def test_an_unfinished_run_is_continued(survey: Project) -> None:
    """The same command, options and pipeline continue; anything else is a new run."""
    with survey.writing() as session:
        first = start_run(session, "identify", {"top": 5}, "abc")
        assert start_run(session, "identify", {"top": 5}, "abc").id == first.id
        assert start_run(session, "identify", {"top": 6}, "abc").id != first.id
        assert start_run(session, "identify", {"top": 5}, "xyz").id != first.id
        finish_run(session, first.id, {"queries": 4})
        again = start_run(session, "identify", {"top": 5}, "abc")
        assert again.id != first.id
        finish_run(session, again.id, {}, state="failed")
        states = {run.id: (run.state, run.summary) for run in runs(session, "identify")}
        assert states[first.id] == ("done", {"queries": 4})
        assert states[again.id] == ("failed", {})
        assert next(iter(states)) == max(states)


def test_answers_are_kept_query_by_query(survey: Project) -> None:
    """Candidates come back in order; a query without one is answered all the same, and once."""
    best = StoredCandidate(1, 0.9, 0.75, (2, 1))
    other = StoredCandidate(None, 0.5, None, (4,))
    with survey.writing() as session:
        run = start_run(session, "identify", {}).id
        write_candidates(session, run, 3, [best, other])
        write_candidates(session, run, 1, [], note="no keypoints")
        write_candidates(session, run, 3, [])  # another process that was slower
    with survey.reading() as session:
        assert answered(session, run) == {1: "no keypoints", 3: ""}
        assert list(read_candidates(session, run)) == [(1, ()), (3, (best, other))]


def test_what_is_set_aside_can_be_brought_back(survey: Project) -> None:
    """Per pipeline, with the last reason."""
    with survey.writing() as session:
        set_aside(session, 1, "local", "too small")
        set_aside(session, 1, "local", "too dark")
        set_aside(session, 1, "deep", "too small")
        set_aside(session, 2, "local", "no animal")
        found = [(row.annotation_id, row.reason) for row in set_asides(session, "local")]
        assert found == [(1, "too dark"), (2, "no animal")]
        assert len(list(set_asides(session))) == 3
        assert bring_back(session, annotations=[2, 3]) == 1
        assert bring_back(session, pipeline="deep") == 1
        assert bring_back(session) == 1


def test_a_named_photo_gives_its_name_to_the_only_animal(survey: Project) -> None:
    """The detector's box takes over the decisions, by an entry that can be withdrawn."""
    with survey.deciding() as session:
        (box,) = record_detections(
            session, 3, [Detection(Box(0.1, 0.1, 0.5, 0.5), "animal", 0.9)], "detector", "tiger"
        )
        rows = {row.id: row.individual_name for row in annotations(session)}
        assert rows == {1: "T-1", 2: "T-1", 4: None, box: "T-2"}
        (*_, entry) = decisions(session)
        assert (entry.kind, entry.by, entry.other_id) == ("same", "detector", box)
        withdraw(session, entry.id, "anna", "the box is a bush")
        assert {row.individual_name for row in annotations(session, ids=[box])} == {None}


def test_a_named_photo_of_two_animals_keeps_its_name(survey: Project) -> None:
    """Nobody knows which of the two is meant, so the whole photo stays."""
    seen = [Detection(Box(x, 0.1, 0.2, 0.2), "animal", 0.9) for x in (0.1, 0.5)]
    with survey.deciding() as session:
        assert len(record_detections(session, 3, seen, "detector", "tiger")) == 2
        assert [row.id for row in annotations(session, named=True)] == [1, 2, 3]
        assert counts(session).annotations == 6


@CALM
@given(x=FRACTIONS, y=FRACTIONS, w=FRACTIONS, h=FRACTIONS)
def test_a_stored_box_is_a_box(x: float, y: float, w: float, h: float) -> None:
    """However small or close to the edge, what is stored can be read back, and is as good."""
    try:
        box = Box(x, y, w, h)
    except ValueError:
        reject()
    again = Box(*_rounded(box))
    assert abs(again.x - box.x) + abs(again.y - box.y) + abs(again.w - box.w) < 1e-5


def test_a_person_and_an_animal_in_one_box_are_two(survey: Project) -> None:
    """The label tells annotations apart, and only the animal is identified."""
    box = Box(0.1, 0.1, 0.5, 0.5)
    with survey.writing() as session:
        seen = [Detection(box, "Person", 0.9), Detection(box, "animal", 0.9)]
        assert len(record_detections(session, 4, seen, "detector", "tiger")) == 1
        labels = [row.label for row in annotations(session, people=True)]
        assert labels == ["animal"] * 3 + ["person", "animal"]


def test_unnamed_groups_are_individuals(survey: Project) -> None:
    """Two annotations joined by "same" are an individual without a name."""
    with survey.deciding() as session:
        seen = [Detection(Box(0.1, 0.1, 0.5, 0.5), "animal", 0.9)]
        (box,) = record_detections(session, 4, seen, "detector", "tiger")
        decide(session, NewDecision(Kind.SAME, 4, "anna", other=box))
        assert [row.name for row in individuals(session)] == ["T-1", "T-2", None]
        assert [row.annotations for row in individuals(session, named=False)] == [2]

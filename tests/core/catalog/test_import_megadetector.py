"""Importing MegaDetector's two formats."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog import AnnotationRow, Project, annotations, counts, photos
from fieldmark.catalog.imports import ImportSummary, import_folder, import_megadetector
from fieldmark.errors import UserError

MakePhoto = Callable[..., Path]
BOX = [0.25, 0.25, 0.5, 0.5]


@pytest.fixture
def survey(tmp_path: Path, photo: MakePhoto) -> Path:
    """A folder with the photos cam1/a.jpg, cam1/b.jpg and cam1/c.jpg, 40 × 24 pixels."""
    for seed, name in enumerate("abc"):
        photo(tmp_path / "survey" / "cam1" / f"{name}.jpg", seed)
    return tmp_path / "survey"


def written(folder: Path, content: object) -> Path:
    """Write a JSON file."""
    path = folder / "md.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def batch(*images: Any) -> dict[str, Any]:
    """Return the first format; here the number 1 is a vehicle, so that numbers mislead."""
    return {
        "images": list(images),
        "detection_categories": {"1": "vehicle", "2": "animal", "3": "person"},
        "info": {"format_version": "1.6", "detector": "MDV5A"},
    }


def seen(category: object = "2", conf: float = 0.9, bbox: list[float] | None = None) -> Any:
    """Return a detection of the first format."""
    return {"category": category, "conf": conf, "bbox": bbox or BOX}


def everything(project: Project, *, people: bool = False) -> list[AnnotationRow]:
    """Return the project's annotations."""
    with project.reading() as session:
        return list(annotations(session, people=people))


def test_fractions_and_names_of_categories(project: Project, survey: Path) -> None:
    """The first format has boxes in fractions, and its categories are understood by name."""
    people = {"file": "cam1\\b.jpg", "detections": [seen("3"), seen("1"), seen(conf=0.1)]}
    content = batch({"file": "cam1/a.jpg", "detections": [seen()]}, people)
    summary = import_megadetector(project, written(survey, content))
    assert (summary.photos_added, summary.annotations_added) == (2, 3)
    (row,) = everything(project)
    assert [row.box.x, row.box.y, row.box.w, row.box.h] == BOX
    assert (row.label, row.source, row.station) == ("animal", "megadetector:MDV5A", "cam1")
    assert {row.label for row in everything(project, people=True)} == {
        "animal", "person", "vehicle",
    }  # fmt: skip


def test_pixels_in_a_list(project: Project, survey: Path) -> None:
    """The second format has the corners of boxes in pixels, and words or class numbers."""
    content = [
        {"file": "cam1/a.jpg", "detections": [
            {"category": "animal", "confidence": 0.8, "bbox": [10, 6, 30, 18]},
            {"category": 1, "confidence": 0.8, "bbox": [0, 0, 5, 5]},
            {"category": 0, "confidence": 0.8, "bbox": [500, 500, 600, 600]},
        ]},
    ]  # fmt: skip
    summary = import_megadetector(project, written(survey, content))
    (row,) = everything(project)
    assert [row.box.x, row.box.y, row.box.w, row.box.h] == BOX
    assert "1 × a detection outside the photo was left out" in summary.notes
    assert summary.annotations_added == 2


def test_nothing_seen_is_recorded(project: Project, survey: Path) -> None:
    """A photo without a detection is known, has no annotation, and a folder adds none."""
    content = batch({"file": "cam1/a.jpg", "detections": []})
    import_megadetector(project, written(survey, content))
    with project.reading() as session:
        assert [row.detector for row in photos(session)] == ["megadetector:MDV5A"]
        assert list(photos(session, undetected=True)) == []
    import_folder(project, survey)
    assert [row.path.name for row in everything(project) if row.path] == ["b.jpg", "c.jpg"]


def test_boxes_replace_the_whole_photo(project: Project, survey: Path) -> None:
    """In either order a detected animal is one annotation, with its box."""
    import_folder(project, survey)
    content = batch({"file": "cam1/a.jpg", "detections": [seen()]})
    summary = import_megadetector(project, written(survey, content))
    assert (summary.photos_known, summary.annotations_added) == (1, 1)
    import_folder(project, survey)
    rows = everything(project)
    assert [(row.id, row.source) for row in rows] == [
        (2, "photo"), (3, "photo"), (4, "megadetector:MDV5A"),
    ]  # fmt: skip
    with project.reading() as session:
        assert counts(session).annotations == 3
        assert counts(session).encounters == 3


def test_importing_again_adds_nothing(project: Project, survey: Path) -> None:
    """The same file twice gives the same annotations."""
    path = written(survey, batch({"file": "cam1/a.jpg", "detections": [seen(), seen()]}))
    import_megadetector(project, path)
    before = everything(project, people=True)
    assert import_megadetector(project, path).annotations_added == 0
    assert everything(project, people=True) == before


def test_failures_and_videos_are_listed(project: Project, survey: Path) -> None:
    """What the detector could not read, and what is no photo, is said."""
    content = batch(
        {"file": "bad.jpg", "detections": None, "failure": "truncated"},
        {"file": "film.MP4", "detections": []},
        {"file": "film", "frame_rate": 30, "detections": []},
        {"file": "nowhere.jpg", "detections": []},
        {"file": "cam1/a.jpg"},
        {"file": "cam1/b.jpg", "detections": [seen("9"), seen(bbox=[0, 0, 0, 1]), seen()]},
        {"detections": []},
        "junk",
    )
    summary = import_megadetector(project, written(survey, content))
    assert (summary.photos_added, summary.annotations_added, summary.not_photos) == (1, 1, 2)
    reasons = [reason for _, reason in summary.rejected]
    assert "bad.jpg: the detector could not read it (truncated)" in reasons
    assert "cam1/a.jpg: the entry has no list of detections" in reasons
    assert any("what the category '9' is" in reason for reason in reasons)
    assert any("no such file" in reason for reason in reasons)
    assert len(reasons) == 7


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("junk", "a detection is not an object"),
        ({"category": "2", "bbox": BOX}, "expected a number, got None"),
        (seen(conf=1.5), "expected a confidence from 0 to 1, got 1.5"),
        (seen(bbox=[0, 0, 1]), "not a list of four numbers"),
        (seen(bbox=[0, 0, True, 1]), "expected a number, got True"),
        (seen(bbox=[0, 0, float("nan"), 1]), "expected a finite number, got nan"),
        (seen(bbox=[0, 0, 10**400, 1]), "expected a finite number"),
        (seen(bbox=[10, 10, 200, 100]), "expected a box in fractions"),
        (seen(bbox=[0.5, 0.5, -0.1, 0.1]), "expected a box with an area inside the photo"),
        (seen(["2"]), "does not say what the category ['2'] is"),
    ],
)
def test_a_bad_detection_is_listed_and_the_others_kept(
    project: Project, survey: Path, detection: object, reason: str
) -> None:
    """One mistake costs one detection."""
    content = batch({"file": "cam1/a.jpg", "detections": [detection, seen()]})
    summary = import_megadetector(project, written(survey, content))
    ((where, why),) = summary.rejected
    assert where == "md.json: cam1/a.jpg"
    assert reason in why
    assert summary.annotations_added == 1


def test_a_bad_box_in_pixels_is_listed(project: Project, survey: Path) -> None:
    """Corners in the wrong order have no area, and a file name must be text."""
    turned = {"category": "animal", "confidence": 0.8, "bbox": [30, 6, 10, 18]}
    content = [{"file": "cam1/a.jpg", "detections": [turned]}, {"file": "\ud800"}]
    reasons = [why for _, why in import_megadetector(project, written(survey, content)).rejected]
    assert reasons == [
        "expected a box with an area, got [30.0, 6.0, 10.0, 18.0]",
        "the entry's `file` is not a path",
    ]


def test_the_threshold(project: Project, survey: Path) -> None:
    """Detections below it are left out; one outside 0–1 is refused."""
    path = written(survey, batch({"file": "cam1/a.jpg", "detections": [seen(conf=0.5)]}))
    assert import_megadetector(project, path, threshold=0.6).annotations_added == 0
    assert import_megadetector(project, path, threshold=0.5).annotations_added == 1
    with pytest.raises(UserError, match="threshold from 0 to 1"):
        import_megadetector(project, path, threshold=20)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"predictions": []}, "--format speciesnet"),
        ({"images": []}, "not a MegaDetector file"),
        ({}, "not a MegaDetector file"),
        ("text", "not complete JSON"),
    ],
)
def test_other_files_are_refused(
    project: Project, survey: Path, content: object, message: str
) -> None:
    """The sentence says what the file is, or what was expected."""
    with pytest.raises(UserError, match=message):
        import_megadetector(project, written(survey, content))


def test_a_cut_off_file_imports_nothing(project: Project, survey: Path) -> None:
    """The whole file is read before anything is written."""
    path = written(survey, batch({"file": "cam1/a.jpg", "detections": []}))
    path.write_text(path.read_text()[:-3])
    with pytest.raises(UserError, match="not complete JSON"):
        import_megadetector(project, path)
    with project.reading() as session:
        assert counts(session).photos == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
DETECTIONS = st.fixed_dictionaries({}, optional={
    "category": st.sampled_from(["1", "2", 2, 0, "animal", "\ud800"]) | VALUES,
    "conf": st.floats(0, 1) | VALUES,
    "confidence": st.floats(0, 1) | VALUES,
    "bbox": st.lists(st.floats(-1, 2) | st.integers(-9, 99), min_size=4, max_size=4) | VALUES,
})  # fmt: skip
IMAGES = st.fixed_dictionaries({}, optional={
    "file": st.sampled_from(["cam1/a.jpg", "cam1/b.jpg", "../x", "/", "\0", "\ud800"]) | VALUES,
    "detections": st.lists(DETECTIONS, max_size=3) | VALUES,
    "failure": VALUES,
    "frame_rate": st.none(),
})  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    images=st.lists(IMAGES | VALUES, max_size=4) | VALUES,
    categories=st.dictionaries(st.sampled_from(["1", "2"]), st.just("animal") | VALUES) | VALUES,
    info=VALUES,
    as_list=st.booleans(),
)
def test_any_json_gives_a_summary_or_a_sentence(
    project: Project, survey: Path, images: Any, categories: Any, info: Any, *, as_list: bool
) -> None:
    """No JSON, however strange, gives another error."""
    whole = {"images": images, "detection_categories": categories, "info": info}
    path = written(survey, images if as_list else whole)
    try:
        summary = import_megadetector(project, path)
    except UserError as error:
        assert str(error)  # noqa: PT017 - either is right
    else:
        assert isinstance(summary, ImportSummary)

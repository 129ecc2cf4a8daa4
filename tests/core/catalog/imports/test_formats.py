"""One way in for every source: damage, generated sources, and what is kept."""

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog import AnnotationRow, Project, counts
from fieldmark.catalog.imports import FORMATS, ImportSummary, import_any
from fieldmark.cli.commands.import_ import FORMATS as OFFERED
from fieldmark.errors import UserError

Everything = Callable[..., list[AnnotationRow]]
WriteJson = Callable[[Path, object], Path]

CATEGORIES = {"1": "animal"}
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def seen(**more: object) -> dict[str, object]:
    """Return a detection that both kinds of JSON understand."""
    return {"category": "1", "conf": 0.9, "bbox": [0.25, 0.25, 0.5, 0.5], **more}


SOURCES: dict[str, Callable[[list[str]], object]] = {
    "megadetector": lambda files: {
        "images": [{"file": file, "detections": [seen()]} for file in files],
        "detection_categories": CATEGORIES,
    },
    "speciesnet": lambda files: {
        "predictions": [{"filepath": file, "detections": [seen()]} for file in files]
    },
    "coco": lambda files: {
        "images": [{"id": file, "file_name": file} for file in files],
        "annotations": [
            {"image_id": file, "category_id": 1, "bbox": [1, 1, 9, 9]} for file in files
        ],
        "categories": [{"id": 1, "name": "tiger"}],
    },
}
FIELDS = ["conf", "score", "bbox", "category", "category_id"]
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.lists(st.floats() | st.text(max_size=2), max_size=5)
)
FILES = ["cam1/a.jpg", "cam1\\B.JPG", "D:\\x\\cam1\\c.jpg"]


def test_the_command_line_offers_every_format() -> None:
    """`--format` has what `import_any` takes."""
    assert ("auto", *FORMATS) == OFFERED


def test_an_unknown_format_is_refused(project: Project, survey: Path) -> None:
    """The sentence names those that exist."""
    with pytest.raises(UserError, match="'exif' is no format; say auto, folder, table"):
        import_any(project, survey, format="exif")


def test_a_folder_and_a_table(project: Project, survey: Path) -> None:
    """What was imported before is imported as before, and the summary says as what."""
    (survey / "x.csv").write_text("path,identity\ncam1/a.jpg,T-1\n")
    assert import_any(project, survey / "x.csv", where={}).format == "table"
    summary = import_any(project, survey, individuals=True)
    assert (summary.format, summary.individuals_added) == ("folder", 1)


@pytest.mark.parametrize("kind", SOURCES)
def test_json_that_is_cut_off_imports_nothing(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson, kind: str
) -> None:
    """The same command on the whole file then imports all of it."""
    path = write_json(survey / "x.json", SOURCES[kind](FILES))
    whole = path.read_text()
    for end in (len(whole) // 2, len(whole) - 2):
        path.write_text(whole[:end])
        with pytest.raises(UserError, match="not complete JSON"):
            import_any(project, path, format=kind)
        with project.reading() as session:
            assert counts(session).photos == 0
    path.write_text(whole)
    summary = import_any(project, path)
    assert (summary.format, summary.photos_added, summary.rejected) == (kind, 3, ())
    assert len(everything()) == 3


@pytest.mark.parametrize("kind", SOURCES)
@QUICK
@given(field=st.sampled_from(FIELDS), value=ANYTHING)
def test_any_value_in_a_detection(
    project: Project, survey: Path, write_json: WriteJson, kind: str, field: str, value: object
) -> None:
    """NaN, words and lists where numbers belong cost at most that detection."""
    content: Any = SOURCES[kind](["cam1/a.jpg"])
    entry = next(iter(content.values()))[0]
    (entry if kind == "coco" else entry["detections"][0])[field] = value
    if kind == "coco":
        content["annotations"][0][field] = value
    summary = import_any(project, write_json(survey / "x.json", content))
    assert len(summary.rejected) <= 1


TABLES = {
    "camtrap-dp": ("mediaID", "deploymentID", "filePath", "timestamp", "fileMediatype"),
    "wildlife-insights": ("deployment_id", "image_id", "filename", "bounding_boxes", "timestamp"),
    "timelapse": ("File", "RelativePath", "DateTime", "Species", "Flank"),
    "addaxai": ("relative_path", "label", "confidence", "bbox_left", "bbox_top", "bbox_right",
                "bbox_bottom"),
}  # fmt: skip
NAMES = {"camtrap-dp": "media.csv", "wildlife-insights": "images.csv"}
VALUES = st.sampled_from(["", "a.jpg", "cam1", "1", "nan", "2019-01-01 10:00", "[[0,0,1,1]]"])


@pytest.mark.parametrize("kind", TABLES)
@QUICK
@given(data=st.data())
def test_any_table_gives_a_summary_or_a_sentence(
    project: Project, survey: Path, kind: str, data: st.DataObject
) -> None:
    """Generated rows are imported or listed, one by one; nothing else happens."""
    header = TABLES[kind]
    cells = st.lists(VALUES | st.text(max_size=5), min_size=len(header) - 1, max_size=len(header))
    rows = data.draw(st.lists(cells, max_size=3))
    with (survey / NAMES.get(kind, "x.csv")).open("w", newline="", errors="replace") as file:
        csv.writer(file).writerows([header, *rows])
    (survey / "deployments.csv").write_text(
        "deploymentID,deployment_id,deploymentStart\nd,d,2019-01-01\n"
    )
    (survey / "observations.csv").write_text("observationID,observationType,mediaID\no,animal,1\n")
    try:
        summary = import_any(project, survey / NAMES.get(kind, "x.csv"), format=kind)
    except UserError as error:
        assert str(error)  # noqa: PT017 - either is right
    else:
        assert isinstance(summary, ImportSummary)


@pytest.mark.parametrize("kind", ["auto", *FORMATS])
def test_random_bytes_never_crash(project: Project, survey: Path, kind: str) -> None:
    """A damaged file of any kind ends in a sentence."""
    chance = random.Random(kind)
    for start in (b"", b"{", b"[{", b'{"images":[', b"path,File,RelativePath\n"):
        path = survey / "x"
        path.write_bytes(start + chance.randbytes(200))
        with pytest.raises(UserError):
            import_any(project, path, format=kind)


@QUICK
@given(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 2)), max_size=6))
def test_generated_boxes_are_read_back(
    project: Project, survey: Path, everything: Everything, boxes: set[tuple[int, int, int]]
) -> None:
    """What COCO says of each photo is what the catalogue then holds."""
    annotations = [
        {"image_id": photo, "category_id": 1, "bbox": [10 * x, 12 * (h - 1), 10, 12]}
        for photo, x, h in sorted(boxes)
    ]
    images = [{"id": i, "file_name": f"cam1/{n}.jpg"} for i, n in enumerate("abc")]
    content = {"images": images, "annotations": annotations,
               "categories": [{"id": 1, "name": "tiger"}]}  # fmt: skip
    path = survey / "generated.json"
    path.write_text(json.dumps(content))
    import_any(project, path)
    got = {
        ("abc".index(Path(row.path or "").stem), round(row.box.x * 4), round(row.box.y * 2) + 1)
        for row in everything()
    }
    assert boxes <= got
    assert len(got) == len(everything())

"""Importing AddaxAI's JSON and its CSV."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project
from fieldmark.catalog.imports import import_any
from fieldmark.errors import UserError

Everything = Callable[..., list[AnnotationRow]]
WriteTable = Callable[..., Path]
WriteJson = Callable[[Path, object], Path]


def row(file: str = "cam1/a.jpg", label: str = "animal", **more: object) -> dict[str, Any]:
    """Return a row of results_detections.csv, of a photo of 400 × 240 pixels."""
    return {
        "absolute_path": "C:\\photos", "relative_path": file, "data_type": "img", "label": label,
        "confidence": "0.9", "human_verified": "False", "bbox_left": "100", "bbox_top": "60",
        "bbox_right": "300", "bbox_bottom": "180", "file_height": "240", "file_width": "400",
        **more,
    }  # fmt: skip


def test_boxes_of_the_table(
    project: Project, survey: Path, everything: Everything, write_table: WriteTable
) -> None:
    """Rows of one photo are its boxes, in pixels of the stated size; labels name the species."""
    small = {"bbox_left": "0", "bbox_top": "0", "bbox_right": "40", "bbox_bottom": "40"}
    rows = [
        row(), row(label="person", **small), row(confidence="0.1", **small),
        row("cam1\\B.JPG", "leopard", human_verified="True"),
        row("cam1/c.jpg", confidence="much"), row("cam1/c.jpg", data_type="vid"),
        row("cam1/v.mp4"), row(""),
    ]  # fmt: skip
    path = write_table(survey / "results_detections.csv", rows)
    summary = import_any(project, path)
    assert (summary.format, summary.photos_added, summary.annotations_added) == ("addaxai", 3, 4)
    first = everything()[0]
    assert (first.box.x, first.box.y, first.box.w, first.box.h) == (0.25, 0.25, 0.5, 0.5)
    assert [one.species for one in everything()] == ["tiger", "leopard", "tiger"]
    assert {one.label for one in everything(people=True)} == {"animal", "person"}
    assert [reason for _, reason in summary.rejected] == [
        "expected a number, got 'much'", "the row names no photo",
    ]  # fmt: skip
    assert import_any(project, path).annotations_added == 0


def test_without_a_size_the_pixels_are_the_photos(
    project: Project, survey: Path, everything: Everything, write_table: WriteTable
) -> None:
    """Where the table does not state the size, the photo's own holds."""
    corners = {"bbox_left": "10", "bbox_top": "6", "bbox_right": "30", "bbox_bottom": "18"}
    path = write_table(survey / "x.csv", [row(file_width="", **corners)])
    import_any(project, path)
    (one,) = everything()
    assert (one.box.x, one.box.y, one.box.w, one.box.h) == (0.25, 0.25, 0.5, 0.5)


def test_photos_where_the_table_says(
    project: Project, survey: Path, tmp_path: Path, write_table: WriteTable
) -> None:
    """What is not beside the table is looked for in the folder that it names."""
    path = write_table(tmp_path / "out" / "x.csv", [row(absolute_path=str(survey))])
    assert import_any(project, path).photos_added == 1


def test_the_table_of_files_has_no_boxes(
    project: Project, survey: Path, write_table: WriteTable
) -> None:
    """The sentence names the table that has them."""
    counted = {"relative_path": "a", "n_detections": "1", "max_confidence": "1"}
    with pytest.raises(UserError, match=r"import results_detections\.csv"):
        import_any(project, write_table(survey / "results_files.csv", [counted]))


@pytest.mark.parametrize("key", ["addaxai", "addaxai_metadata", "ecoassist_metadata"])
def test_its_json_is_megadetectors(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson, key: str
) -> None:
    """The file's own part names who made it; classes below 0.65 do not name the species."""

    def seen(x: float, score: float) -> dict[str, object]:
        return {"category": "1", "conf": 0.8, "bbox": [x, 0, 0.2, 0.5],
                "classifications": [["0", score], ["1", 0.01]]}  # fmt: skip

    content = {
        "images": [{"file": "cam1/a.jpg", "detections": [seen(0, 0.9), seen(0.5, 0.5)]}],
        "detection_categories": {"1": "animal"}, "classification_categories": {"0": "fox"},
        "info": {"detector": "x", key: {"detection_model": "MD5A"}},
    }  # fmt: skip
    summary = import_any(project, write_json(survey / "addaxai-recognitions.json", content))
    assert summary.format == "addaxai"
    assert [(one.source, one.species) for one in everything()] == [
        ("addaxai:MD5A", "fox"), ("addaxai:MD5A", "tiger"),
    ]  # fmt: skip
    assert any("below 0.65" in note for note in summary.notes)

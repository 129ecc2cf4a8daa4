"""What each format of one file holds; Camtrap DP and the way back have tests of their own."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from fieldmark import __version__
from fieldmark.catalog import Project
from fieldmark.errors import UserError
from fieldmark.exports.annotations import (
    FORMATS,
    Exported,
    Terms,
    export_annotations,
    place_for,
)

PRIVATE = Terms(private=True)


def _export(folder: Path, name: str, out: Path, terms: Terms | None = None) -> Exported:
    with Project.open(folder) as project:
        return export_annotations(project, name, out, terms or Terms())


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_megadetector_says_seen_nothing_and_unreadable(secret: Path, tmp_path: Path) -> None:
    """A blank photo has an empty list, an unreadable file a failure, an unseen photo no entry."""
    done = _export(secret, "megadetector", tmp_path / "out.json", PRIVATE)
    document = _json(tmp_path / "out.json")
    assert document["info"]["format_version"] == "1.6"
    assert document["info"]["fieldmark"]["version"] == __version__
    assert list(document["detection_categories"].values()) == ["animal", "person", "vehicle"]
    images = {image["file"]: image for image in document["images"]}
    assert images["Kopje Camp/IMG_0005.jpg"]["detections"] == []
    assert images["Kopje Camp/IMG_0008.jpg"]["detections"] is None
    assert images["Kopje Camp/IMG_0008.jpg"]["failure"]
    assert "Kopje Camp/IMG_0007.jpg" not in images
    assert images["Waterhole North/IMG_0003.jpg"]["detections"] == [
        {"category": "2", "conf": 0.04, "bbox": [0.5, 0.1, 0.2, 0.8]}
    ]
    assert done.left_out == ((1, _unseen()),)
    assert (done.photos, done.marks) == (6, 7)


def _unseen() -> str:
    return "photos were left out because no detector has looked at them; run: fieldmark detect"


def test_coco_has_names_viewpoints_and_empty_photos(secret: Path, tmp_path: Path) -> None:
    """A blank photo is in the category `empty`; one that nobody has seen has no annotation."""
    _export(secret, "coco", tmp_path / "out.json", PRIVATE)
    document = _json(tmp_path / "out.json")
    categories = {one["id"]: one["name"] for one in document["categories"]}
    assert categories[0] == "empty"
    files = {one["id"]: one["file_name"] for one in document["images"]}
    assert len(files) == 7
    by_file: dict[str, list[Any]] = {name: [] for name in files.values()}
    for one in document["annotations"]:
        by_file[files[one["image_id"]]].append(one)
    assert by_file["Kopje Camp/IMG_0007.jpg"] == []
    assert [one["category_id"] for one in by_file["Kopje Camp/IMG_0005.jpg"]] == [0]
    first, second = by_file["Waterhole North/IMG_0002.jpg"]
    assert (first["name"], first["viewpoint"]) == ("T-17", "left")
    assert second["bbox"] == [96.0, 36.0, 53.333, 48.0]
    (person,) = by_file["Waterhole North/IMG_0003.jpg"]
    assert categories[person["category_id"]] == "person"
    assert "name" not in person


def test_timelapse_has_a_row_for_each_photo(secret: Path, tmp_path: Path) -> None:
    """Keyed as Timelapse keys its rows, with `;` between the animals of one photo."""
    _export(secret, "timelapse", tmp_path / "out.csv", PRIVATE)
    rows = {(row["RelativePath"], row["File"]): row for row in _csv(tmp_path / "out.csv")}
    assert len(rows) == 7
    two = rows["Waterhole North", "IMG_0002.jpg"]
    assert two["RootFolder"] == "photos"
    assert two["DateTime"] == "2024-03-04 05:00:30"
    assert (two["Animals"], two["IndividualID"], two["Side"]) == ("2", "T-17;T-18", "left;right")
    assert (two["Station"], two["Species"]) == ("Waterhole North", "tiger")
    assert rows["Waterhole North", "IMG_0003.jpg"]["Person"] == "true"
    blank, unseen = rows["Kopje Camp", "IMG_0005.jpg"], rows["Kopje Camp", "IMG_0007.jpg"]
    assert (blank["Animals"], blank["Empty"]) == ("0", "true")
    assert (unseen["Animals"], unseen["Empty"]) == ("", "")


def test_timelapse_writes_folders_as_windows_does(secret: Path, tmp_path: Path) -> None:
    """Timelapse runs on Windows, and compares paths by their text."""
    _export(secret, "timelapse", tmp_path / "out.csv")
    assert {row["RelativePath"] for row in _csv(tmp_path / "out.csv")} == {"S01", "S02"}
    assert not any("/" in row["File"] for row in _csv(tmp_path / "out.csv"))


def test_wildlife_insights_has_a_row_for_each_animal(secret: Path, tmp_path: Path) -> None:
    """Blank photos and people have their words; photos without a time are left out."""
    done = _export(secret, "wildlife-insights", tmp_path)
    rows = _csv(tmp_path / "images.csv")
    assert sorted({row["common_name"] for row in rows}) == ["Blank", "Human", "Vehicle", "tiger"]
    named = [row for row in rows if row["individual_id"]]
    assert [row["individual_id"] for row in named] == ["T-17", "T-17", "T-18"]
    assert {(row["genus"], row["species"]) for row in named} == {("Panthera", "tigris")}
    assert {row["individual_animal_notes"] for row in named} == {"side:left", "side:right"}
    assert {row["identified_by"] for row in named} == {"observer-2"}
    assert [count for count, _ in done.left_out] == [1, 1]


def test_every_json_and_folder_says_on_what_terms(secret: Path, tmp_path: Path) -> None:
    """Whoever opens a private export reads that it must not be shared."""
    for name in ("megadetector", "coco"):
        _export(secret, name, tmp_path / "private.json", PRIVATE)
        _export(secret, name, tmp_path / "shareable.json")
        assert "PRIVATE, NOT FOR SHARING" in (tmp_path / "private.json").read_text("utf-8")
        assert "Shareable: " in (tmp_path / "shareable.json").read_text("utf-8")


def test_a_private_export_is_told_by_its_name(secret: Path, tmp_path: Path) -> None:
    """The file's own name says it where the format has no place for a remark."""
    with Project.open(secret) as project:
        assert place_for(project, "timelapse", PRIVATE).name == "timelapse-private.csv"
        assert place_for(project, "camtrap-dp", Terms()).name == "camtrap-dp"
        assert place_for(project, "coco", Terms(), tmp_path) == tmp_path / "coco.json"
        assert place_for(project, "coco", Terms(), tmp_path / "a.json") == tmp_path / "a.json"


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_project_is_written_or_refused_in_words(tmp_path: Path, name: str) -> None:
    """Nothing to write is no crash; Camtrap DP, which needs a time, says so."""
    Project.create(tmp_path / "project", "tiger").close()
    if name == "camtrap-dp":
        with pytest.raises(UserError, match="no photo of this project has a time"):
            _export(tmp_path / "project", name, tmp_path / "out")
    else:
        assert _export(tmp_path / "project", name, tmp_path / "out").photos == 0


def test_a_place_that_cannot_be_written_is_named(secret: Path, tmp_path: Path) -> None:
    """The sentence says where, and which option chooses another place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--out"):
        _export(secret, "coco", tmp_path / "file" / "out.json")

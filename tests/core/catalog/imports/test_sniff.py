"""Telling by its content what can be imported."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog.imports import FORMATS
from fieldmark.catalog.imports.sniff import recognise
from fieldmark.errors import UserError

IMAGE = {"file": "a.jpg", "detections": []}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ([IMAGE], "megadetector"),
        ([], "megadetector"),
        ({"images": [IMAGE]}, "megadetector"),
        ({"detection_categories": {}, "images": []}, "megadetector"),
        ({"info": {"format_version": "1.6"}, "images": [IMAGE]}, "megadetector"),
        ({"info": {"addaxai": {}}, "images": [IMAGE]}, "addaxai"),
        ({"predictions": [{}]}, "speciesnet"),
        ({"predictions": []}, "speciesnet"),
        ({"info": {}, "images": [{"id": 1, "file_name": "a.jpg"}]}, "coco"),
        ({"categories": [], "images": []}, "coco"),
        ({"annotations": [], "images": []}, "coco"),
        ({"name": "x", "resources": []}, "camtrap-dp"),
    ],
)
def test_json(tmp_path: Path, content: object, kind: str) -> None:
    """The keys decide, and not the name."""
    path = tmp_path / "anything.txt"
    path.write_text(json.dumps(content))
    assert recognise(path) == kind


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("RootFolder,File,RelativePath,DateTime", "timelapse"),
        ("File;RelativePath;Date", "timelapse"),
        ("relative_path,label,confidence,bbox_left,bbox_top,bbox_right,bbox_bottom", "addaxai"),
        ("project_id,deployment_id,image_id,location", "wildlife-insights"),
        ("mediaID,deploymentID,filePath", "camtrap-dp"),
        ("observationID,deploymentID", "camtrap-dp"),
        ("path,identity", "table"),
        ("path", "table"),
        ("photo name,who", "table"),
    ],
)
def test_tables(tmp_path: Path, header: str, kind: str) -> None:
    """The columns decide; what no program is known for is a table."""
    path = tmp_path / "anything.json"
    path.write_text(header + "\n")
    assert recognise(path) == kind


def test_folders(tmp_path: Path) -> None:
    """A folder is a package or a download if it holds one, else photos."""
    assert recognise(tmp_path) == "folder"
    (tmp_path / "images.csv").write_text("path,identity\n")
    assert recognise(tmp_path) == "folder"
    (tmp_path / "images_2.csv").write_text("deployment_id,image_id\n")
    assert recognise(tmp_path) == "wildlife-insights"
    (tmp_path / "datapackage.json").write_text("{}")
    assert recognise(tmp_path) == "camtrap-dp"


@pytest.mark.parametrize(
    "content", [b"{}", b'{"type": "FeatureCollection"}', b"[1]", b"", b"hello", b'{"images": [{}]}']
)
def test_what_is_unknown_is_told_what_is_understood(tmp_path: Path, content: bytes) -> None:
    """One sentence lists everything that can be imported."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"understood are a folder .*Camtrap DP.*Timelapse"):
        recognise(path)


def test_archives_and_absent_files(tmp_path: Path) -> None:
    """An archive must be extracted, a file must be there."""
    (tmp_path / "x.csv").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(UserError, match="extract it"):
        recognise(tmp_path / "x.csv")
    with pytest.raises(UserError, match="cannot be read"):
        recognise(tmp_path / "absent")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.builds(lambda rest: b'{"images":' + rest, st.binary(max_size=9)))
def test_any_bytes_are_a_format_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    """No file, however strange, gives another error."""
    path = tmp_path / "x"
    path.write_bytes(content)
    try:
        assert recognise(path) in FORMATS
    except UserError as error:
        assert str(error)  # noqa: PT017 - either is right


def test_a_photo_is_no_table(tmp_path: Path) -> None:
    """The sentence says what to give instead."""
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(UserError, match="is a photo; give the folder that holds it"):
        recognise(photo)

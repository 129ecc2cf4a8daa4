"""Importing downloads of Wildlife Insights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project, photos
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_any
from fieldmark.errors import UserError

Everything = Callable[..., list[AnnotationRow]]
WriteTable = Callable[..., Path]
Stored = Callable[[type[t.Base]], list[Any]]
Row = dict[str, Any]

TIGER: Row = {"genus": "Panthera", "species": "tigris", "common_name": "Tiger"}


def row(name: str, deployment: str = "d1", **more: object) -> Row:
    """Return a row of images.csv."""
    return {
        "project_id": "1", "deployment_id": deployment, "image_id": f"i-{name}",
        "location": f"gs://store/deployment/{deployment}/{name}.jpg", "filename": f"{name}.jpg",
        "is_blank": "0", "wi_taxon_id": "x", "genus": "", "species": "", "common_name": "",
        "timestamp": "2019-03-04 03:04:50", "number_of_objects": "1", "individual_id": "",
        "bounding_boxes": "", **more,
    }  # fmt: skip


@pytest.fixture
def download(survey: Path, write_table: WriteTable) -> Callable[..., Path]:
    """Write a download around the survey's photos, which lie in a folder of the deployment."""
    (survey / "cam1").rename(survey / "d1")

    def write(images: list[Row], **deployment: object) -> Path:
        write_table(survey / "images.csv", images)
        placed = {
            "deployment_id": "d1", "placename": "Bridge", "longitude": "77.5", "latitude": "12.5",
            "start_date": "2019-03-01 00:00:00", "end_date": "2019-04-01 00:00:00", **deployment,
        }  # fmt: skip
        write_table(survey / "deployments.csv", [placed])
        return survey

    return write


def test_a_whole_download(
    project: Project, download: Callable[..., Path], everything: Everything, stored: Stored
) -> None:
    """Names, boxes, blanks, people, times and deployments are read."""
    boxes = json.dumps([[0.25, 0.25, 0.5, 0.5]])
    folder = download([
        row("a", individual_id="T-1", bounding_boxes=boxes, **TIGER),
        row("b", is_blank="1", common_name="Blank"), row("c", common_name="Human"),
    ])  # fmt: skip
    summary = import_any(project, folder)
    assert (summary.format, summary.photos_added, summary.rejected) == ("wildlife-insights", 3, ())
    animal, person = everything(people=True)
    assert (animal.individual_name, animal.box.x, animal.station) == ("T-1", 0.25, "Bridge")
    assert (animal.species, str(animal.captured_at)) == ("tiger", "2019-03-04 03:04:50")
    assert (person.label, person.box.w) == ("person", 1)
    (placed,) = stored(t.Deployment)
    assert (placed["name"], placed["starts"]) == ("d1", "2019-03-01T00:00:00")
    assert (placed["latitude"], placed["longitude"], placed["timezone"]) == (12.5, 77.5, None)
    with project.reading() as session:
        assert list(photos(session, undetected=True)) == []
    assert import_any(project, folder / "images.csv").annotations_added == 0


def test_fuzzed_positions_are_left_out(
    project: Project, download: Callable[..., Path], stored: Stored
) -> None:
    """A position that was made imprecise is not where the camera stood; a note says so."""
    summary = import_any(project, download([row("a", **TIGER)], Fuzzed="TRUE"))
    assert any("Fuzzed" in note for note in summary.notes)
    assert stored(t.Deployment)[0]["latitude"] is None


def test_several_rows_of_a_photo(
    project: Project, download: Callable[..., Path], everything: Everything
) -> None:
    """Two kinds of animals in one photo, or two of a kind, have no name between them."""
    folder = download([
        row("a", individual_id="T-1", **TIGER), row("a", individual_id="T-2", **TIGER),
        row("b", individual_id="T-3", number_of_objects="2", **TIGER),
        row("c", individual_id="T-4", bounding_boxes="[[0,0,.5,.5],[.5,.5,.5,.5]]"
            .replace(".5", "0.5"), **TIGER),
    ])  # fmt: skip
    summary = import_any(project, folder)
    assert [row.individual_name for row in everything()] == [None] * 4
    assert any("which one a name belongs to" in note for note in summary.notes)


@pytest.mark.parametrize("boxes", ["junk", "[[1,2]]", "5", '{"a": 1}', "[null]"])
def test_boxes_that_are_not_understood_are_noted(
    project: Project, download: Callable[..., Path], everything: Everything, boxes: str
) -> None:
    """The animal is then the whole photo, with its name."""
    folder = download([row("a", individual_id="T-1", bounding_boxes=boxes, **TIGER)])
    notes = import_any(project, folder).notes
    assert [row.individual_name for row in everything()] == ["T-1"]
    assert any("bounding_boxes was not understood" in note for note in notes)


def test_equal_names_of_two_deployments(project: Project, download: Callable[..., Path]) -> None:
    """A photo in the root is taken for one deployment only."""
    folder = download([row("x"), row("x", "d2", image_id="i-2"), row("", filename="", location="")])
    (folder / "d1" / "a.jpg").rename(folder / "x.jpg")
    summary = import_any(project, folder)
    assert summary.photos_added == 1
    reasons = [reason for _, reason in summary.rejected]
    assert any("would both lie in" in reason for reason in reasons)
    assert "the row names no file" in reasons


def test_a_folder_without_images_is_refused(project: Project, tmp_path: Path) -> None:
    """The sentence says which table and columns are needed."""
    with pytest.raises(UserError, match=r"no images\.csv"):
        import_any(project, tmp_path, format="wildlife-insights")

"""Importing COCO Camera Traps, and plain COCO with individuals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project, photos
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_any
from fieldmark.types import Side

Everything = Callable[..., list[AnnotationRow]]
WriteJson = Callable[[Path, object], Path]
Stored = Callable[[type[t.Base]], list[Any]]

CATEGORIES = [{"id": 0, "name": "empty"}, {"id": 1, "name": "Panthera tigris"},
              {"id": 2, "name": "leopard"}, {"id": 3, "name": "person"}]  # fmt: skip


def coco(
    annotations: list[Any], categories: list[Any] | None = None, **image: object
) -> dict[str, Any]:
    """Return a file with the photos a and b; annotations stand before the images."""
    names = {"a": "cam1/a.jpg", "b": "cam1/b.jpg"}
    return {
        "annotations": annotations,
        "categories": CATEGORIES if categories is None else categories,
        "images": [{"id": key, "file_name": name, **image} for key, name in names.items()],
        "info": {"version": "1.0"},
    }


def drawn(image: str = "a", category: object = 1, **more: object) -> dict[str, object]:
    """Return an annotation."""
    return {"id": "1", "image_id": image, "category_id": category, **more}


def test_individuals_boxes_sides_and_places(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson, stored: Stored
) -> None:
    """Pixels of the stated size, names, viewpoints, time and location are read."""
    content = coco(
        [drawn(bbox=[200, 120, 400, 240], name="T-1", viewpoint="left")],
        width=800, height=480, location="K3", datetime="2022-12-31 09:52:50",
    )  # fmt: skip
    path = write_json(survey / "x.json", content)
    summary = import_any(project, path, names=("Panthera tigris",))
    assert (summary.format, summary.individuals_added, summary.notes) == ("coco", 1, ())
    (row,) = everything()
    assert (row.box.x, row.box.y, row.box.w, row.box.h) == (0.25, 0.25, 0.5, 0.5)
    assert (row.individual_name, row.side, row.station) == ("T-1", Side.LEFT, "K3")
    assert (row.species, str(row.captured_at)) == ("tiger", "2022-12-31 09:52:50")
    (made,) = stored(t.Annotation)
    assert (made["score"], made["side_by"], made["source"]) == (None, "import:x.json", "coco")
    assert import_any(project, path).annotations_added == 0


def test_empty_people_and_other_species(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """0 is empty, a person without a box has the whole photo, a leopard is no tiger."""
    annotations = [
        drawn("a", 0), drawn("b", 3), drawn("b", 2, bbox_relative=[0.5, 0.5, 0.25, 0.25]),
    ]  # fmt: skip
    summary = import_any(project, write_json(survey / "x.json", coco(annotations)))
    person, leopard = everything(people=True)
    assert (person.label, person.box.w, person.box.h) == ("person", 1, 1)
    assert (leopard.species, leopard.box.x) == ("leopard", 0.5)
    assert any("'leopard', not tiger" in note for note in summary.notes)
    with project.reading() as session:
        assert list(photos(session, undetected=True)) == []


def test_animals_without_boxes(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """One is the whole photo with its name; of two in one photo neither name is used."""
    annotations = [
        drawn("a", individual_id="T-1"), drawn("b", individual_id="T-1"),
        drawn("b", individual_id="T-2"),
    ]  # fmt: skip
    path = write_json(survey / "x.json", coco(annotations))
    notes = import_any(project, path, names=["Panthera tigris"]).notes
    assert [row.individual_name for row in everything()] == ["T-1", None]
    assert notes == ("1 × the photo shows several animals without boxes, so no name was used",)


def test_a_photo_that_nobody_annotated(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """It is in the catalogue, a detector may look at it, and nothing is said of it."""
    import_any(project, write_json(survey / "x.json", coco([])))
    assert everything() == []
    with project.reading() as session:
        assert len(list(photos(session, undetected=True))) == 2


def test_a_first_category_with_a_name(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """In plain COCO 0 may be an animal; without categories every box is one."""
    zero = coco([drawn("a", 0, bbox=[0, 0, 9, 9])], [{"id": 0, "name": "tiger"}])
    import_any(project, write_json(survey / "x.json", zero))
    assert len(everything()) == 1
    none = coco([drawn("b", 5, bbox=[0, 0, 9, 9])], [])
    import_any(project, write_json(survey / "y.json", none))
    assert [row.species for row in everything()] == ["tiger", "tiger"]


def test_what_cannot_be_used_is_listed(
    project: Project, survey: Path, write_json: WriteJson
) -> None:
    """Every mistake costs one annotation or one image, and is named with its number."""
    annotations: list[Any] = [
        drawn(bbox=[0, 0, 5]), drawn(category=9), {"id": 1}, "junk", drawn("gone"),
        drawn(bbox=[-5, 3, 20, 10], score="0.9"), drawn(bbox=[1, 1, 5, 5], score=0.1),
        drawn(bbox=[50, 50, 5, 5], viewpoint="frontleft", theta=1.0),
    ]  # fmt: skip
    content = coco(annotations, width=40, height=24)
    content["images"] += [{"id": "c"}, "junk", {"id": "d", "file_name": "x.mp4"}]
    summary = import_any(project, write_json(survey / "x.json", content))
    assert (summary.photos_added, summary.annotations_added, summary.not_photos) == (2, 1, 1)
    assert sorted(summary.rejected) == [
        ("x.json annotation 1", "the `bbox` is not a list of four numbers"),
        ("x.json annotation 2", "the file does not say what the category 9 is"),
        ("x.json annotation 3", "the annotation names no image"),
        ("x.json annotation 4", "the annotation names no image"),
        ("x.json annotation 5", "the file has no image of that `image_id`"),
        ("x.json annotation 8",
         "the box [50.0, 50.0, 5.0, 5.0] lies outside the photo of 40 × 24 pixels"),
        ("x.json image 3", "the image has no `file_name`"),
        ("x.json image 4", "the image has no `file_name`"),
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["name", "individual_id"])
def test_unknown_names_are_none(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson, key: str
) -> None:
    """`____` and `unknown` name nobody."""
    for number, name in enumerate(("____", "unknown", None, ["x"])):
        box = [number, 0, 9, 9]
        write_json(survey / "x.json", coco([drawn("a", bbox=box, **{key: name})]))
        import_any(project, survey / "x.json")
    assert {row.individual_name for row in everything()} == {None}

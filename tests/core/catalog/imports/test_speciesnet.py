"""Importing SpeciesNet's predictions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project, counts, photos
from fieldmark.catalog.imports import import_any
from fieldmark.errors import UserError

Everything = Callable[..., list[AnnotationRow]]
WriteJson = Callable[[Path, object], Path]

BOX = [0.25, 0.25, 0.5, 0.5]
TIGER = "u;mammalia;carnivora;felidae;panthera;tigris;tiger"
LEOPARD = "u;mammalia;carnivora;felidae;panthera;pardus;leopard"
CATS = "u;mammalia;carnivora;felidae;;;cat family"
HUMAN = "u;mammalia;primates;hominidae;homo;sapiens;human"
BLANK = "u;;;;;;blank"


def detected(label: str = "animal", conf: object = 0.9, bbox: object = None) -> dict[str, Any]:
    """Return a detection."""
    return {"category": "1", "label": label, "conf": conf, "bbox": BOX if bbox is None else bbox}


def predicted(
    prediction: str, *detections: object, score: object = 0.9, file: str = "cam1/a.jpg"
) -> dict[str, Any]:
    """Return the prediction of a photo."""
    return {
        "filepath": file, "detections": list(detections), "prediction": prediction,
        "prediction_score": score, "model_version": "4.0.1a",
    }  # fmt: skip


def test_boxes_and_what_they_are(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """Boxes are fractions, a human is a person, and the detector has the model's version."""
    human = detected("human", bbox=[0, 0, 0.1, 0.1])
    entry = predicted(TIGER, detected(), human, detected(conf=0.1, bbox=[0, 0, 0.2, 0.2]))
    summary = import_any(
        project, write_json(survey / "x", {"predictions": [entry]}), names=("Panthera tigris",)
    )
    assert (summary.format, summary.photos_added, summary.annotations_added) == (
        "speciesnet", 1, 2,
    )  # fmt: skip
    (row,) = everything()
    assert [row.box.x, row.box.y, row.box.w, row.box.h] == BOX
    assert (row.species, row.source, row.station) == ("tiger", "speciesnet:4.0.1a", "cam1")
    assert {one.label for one in everything(people=True)} == {"animal", "person"}


@pytest.mark.parametrize(
    ("prediction", "score", "species", "note"),
    [
        (TIGER, 0.99, "tiger", ""),
        (LEOPARD, 0.99, "leopard", "not tiger"),
        (LEOPARD, 0.64, "tiger", "below 0.65"),
        (LEOPARD, "high", "tiger", "below 0.65"),
        (CATS, 0.99, "tiger", ""),
        (BLANK, 0.99, "tiger", ""),
    ],
)
def test_the_species_of_the_photo(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson,
    *, prediction: str, score: object, species: str, note: str,
) -> None:  # fmt: skip
    """A certain prediction of a species names it; everything else leaves the project's."""
    entry = predicted(prediction, detected(), score=score)
    summary = import_any(project, write_json(survey / "x.json", {"predictions": [entry]}))
    assert [row.species for row in everything()] == [species]
    assert note in " ".join(summary.notes)
    assert bool(summary.notes) == bool(note)


@pytest.mark.parametrize(
    ("others", "labels"), [((), ["person"]), (("human",), ["animal", "person"])]
)
def test_people_that_the_detector_missed(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson,
    others: tuple[str, ...], labels: list[str],
) -> None:  # fmt: skip
    """If the photo shows people and no box is one, its boxes are; people are never identified."""
    people = [detected(other, bbox=[0, 0, 0.1, 0.1]) for other in others]
    entry = predicted(HUMAN, detected(), *people)
    import_any(project, write_json(survey / "x.json", {"predictions": [entry]}))
    assert sorted(row.label for row in everything(people=True)) == labels


def test_nothing_and_two_hundred_animals(
    project: Project, survey: Path, everything: Everything, write_json: WriteJson
) -> None:
    """A photo without a box is known and looked at; 200 boxes are 200 annotations."""
    many = [detected(bbox=[x / 20, y / 10, 0.05, 0.1]) for x in range(20) for y in range(10)]
    entries = [predicted(BLANK), predicted(TIGER, *many, file="cam1/b.jpg")]
    path = write_json(survey / "x.json", {"predictions": entries})
    assert import_any(project, path).annotations_added == 200
    assert len(everything()) == 200
    with project.reading() as session:
        assert list(photos(session, undetected=True)) == []
    assert import_any(project, path).annotations_added == 0


def test_what_cannot_be_used_is_listed(
    project: Project, survey: Path, write_json: WriteJson
) -> None:
    """Failures, damaged boxes and strange entries are listed, the rest is imported."""
    failed = {"filepath": "cam1/b.jpg", "failures": ["DETECTOR"]}
    entries = [
        predicted(TIGER, detected(conf="0.9"), detected(conf=float("nan")), "junk"),
        failed, {"filepath": 7}, [], predicted(TIGER, file="film.mp4"),
        {"filepath": "cam1/c.jpg", "failures": ["CLASSIFIER"]},
        predicted(TIGER, detected(bbox=[2, 2, 1, 1]), file="cam1\\c.jpg"),
    ]  # fmt: skip
    summary = import_any(project, write_json(survey / "x.json", {"predictions": entries}))
    assert (summary.photos_added, summary.annotations_added, summary.not_photos) == (2, 1, 1)
    assert [reason for _, reason in summary.rejected] == [
        "expected a finite number, got nan",
        "a detection is not an object",
        "cam1/b.jpg: the detector could not read it",
        "the entry has no `filepath`",
        "the entry has no `filepath`",
        "expected a box with an area inside the photo, got [2.0, 2.0, 1.0, 1.0]",
    ]


def test_another_file_is_refused(project: Project, survey: Path, write_json: WriteJson) -> None:
    """What is asked for as SpeciesNet's and is not, is not imported."""
    path = write_json(survey / "x.json", {"images": []})
    with pytest.raises(UserError, match="has no `predictions`"):
        import_any(project, path, format="speciesnet")
    with project.reading() as session:
        assert counts(session).photos == 0

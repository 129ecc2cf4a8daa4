"""Importing Camtrap DP packages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project, photos
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import ImportSummary, import_any
from fieldmark.errors import UserError
from fieldmark.types import Side

Everything = Callable[..., list[AnnotationRow]]
WriteTable = Callable[..., Path]
WriteJson = Callable[[Path, object], Path]
Stored = Callable[[type[t.Base]], list[Any]]
Row = dict[str, Any]

PROFILE = "https://raw.githubusercontent.com/tdwg/camtrap-dp/{}/camtrap-dp-profile.json"
DEPLOYMENT = {
    "deploymentID": "d1", "locationID": "l1", "locationName": "Bridge", "latitude": "51.5",
    "longitude": "-0.5", "deploymentStart": "2020-05-01T10:00:00+02:00",
    "deploymentEnd": "2020-06-01T10:00:00+02:00",
}  # fmt: skip


def medium(name: str, minute: int = 0, **more: object) -> Row:
    """Return a row of media.csv."""
    row: Row = {
        "mediaID": f"m-{name}", "deploymentID": "d1",
        "timestamp": f"2020-05-30T02:{minute:02}:37+02:00", "filePath": f"cam1/{name}.jpg",
        "filePublic": "true", "fileName": f"{name}.jpg", "fileMediatype": "image/jpeg",
    }  # fmt: skip
    return row | more


def observed(media: str = "", kind: str = "animal", **more: object) -> Row:
    """Return a row of observations.csv, of a medium if there is one, else of an event."""
    row = dict.fromkeys((
        "observationID", "deploymentID", "mediaID", "eventID", "eventStart", "eventEnd",
        "observationLevel", "observationType", "scientificName", "count", "individualID", "bboxX",
        "bboxY", "bboxWidth", "bboxHeight", "classificationMethod", "classificationProbability",
        "observationTags",
    ), "")  # fmt: skip
    row |= {"observationID": "o1", "deploymentID": "d1", "mediaID": media and f"m-{media}"}
    row |= {"observationType": kind, "observationLevel": "media" if media else "event"}
    return {**row, **more}


def box(x: object, y: object, w: object, h: object) -> Row:
    """Return the four columns of a box."""
    return {"bboxX": x, "bboxY": y, "bboxWidth": w, "bboxHeight": h}


@pytest.fixture
def package(survey: Path, write_table: WriteTable, write_json: WriteJson) -> Callable[..., Path]:
    """Write a package around the survey's photos."""

    def write(
        observations: list[Row], media: list[Row] | None = None, version: str = "1.0.2"
    ) -> Path:
        write_table(survey / "deployments.csv", [DEPLOYMENT])
        write_table(survey / "media.csv", media or [medium("a"), medium("b", 1), medium("c", 2)])
        write_table(survey / "observations.csv", observations)
        write_json(survey / "datapackage.json", {
            "profile": PROFILE.format(version),
            "resources": [{"name": name, "path": f"{name}.csv"} for name in
                          ("deployments", "media", "observations")],
            "taxonomic": [{"scientificName": "Panthera tigris",
                           "vernacularNames": {"eng": "tiger"}}],
        })  # fmt: skip
        return survey

    return write


def test_a_whole_package(
    project: Project, package: Callable[..., Path], everything: Everything, stored: Stored
) -> None:
    """Boxes, names, sides, times with their zone, events and deployments are read."""
    one = observed(
        "a", scientificName="Panthera tigris", individualID="T-1", eventID="e1",
        observationTags="quality:good | viewpoint:left", **box(0.25, 0.25, 0.5, 0.5),
    )  # fmt: skip
    folder = package([one, observed("b", "human"), observed("c", "blank")])
    summary = import_any(project, folder)
    assert (summary.format, summary.photos_added, summary.rejected) == ("camtrap-dp", 3, ())
    row, person = everything(people=True)
    assert (row.box.x, row.box.w, row.individual_name, row.side) == (0.25, 0.5, "T-1", Side.LEFT)
    assert (row.species, row.station, person.label) == ("tiger", "Bridge", "person")
    first = stored(t.Photo)[0]
    assert (first["captured_at"], first["captured_zone"]) == ("2020-05-30T02:00:37", "+02:00")
    (deployment,) = stored(t.Deployment)
    assert deployment | {"id": 0} == {
        "id": 0, "station": "Bridge", "name": "d1", "starts": "2020-05-01T10:00:00",
        "ends": "2020-06-01T10:00:00", "timezone": "+02:00", "clock_offset": 0, "latitude": 51.5,
        "longitude": -0.5,
    }  # fmt: skip
    assert stored(t.Annotation)[0]["side_by"] == "import:survey"
    assert [e["label"] for e in stored(t.Encounter)] == ["e1"]
    with project.reading() as session:
        assert list(photos(session, undetected=True)) == []


@pytest.mark.parametrize("name", ["", "datapackage.json", "media.csv", "observations.csv"])
def test_any_part_of_a_package_is_the_package(
    project: Project, package: Callable[..., Path], name: str
) -> None:
    """The folder, its description, and each table lead to the same import."""
    summary = import_any(project, package([observed("a")]) / name)
    assert (summary.format, summary.photos_added) == ("camtrap-dp", 3)


def test_importing_again_adds_nothing(project: Project, package: Callable[..., Path]) -> None:
    """The same package twice is the same catalogue."""
    folder = package([observed("a", individualID="T-1"), observed("b", **box(0, 0, 1, 0.5))])
    import_any(project, folder)
    summary = import_any(project, folder)
    assert (summary.photos_added, summary.annotations_added, summary.individuals_added) == (0, 0, 0)


EVENT = {"eventStart": "2020-05-30T00:00:00Z", "eventEnd": "2020-05-30T00:01:40Z", "eventID": "e"}


def test_an_event_names_the_photos_in_it(
    project: Project, package: Callable[..., Path], everything: Everything
) -> None:
    """Its only animal is in the photos between its start and end, whatever the zones."""
    import_any(project, package([observed(individualID="T-1", **EVENT)]))
    assert [row.individual_name for row in everything()] == ["T-1", "T-1"]


def test_an_event_names_the_only_box(
    project: Project, package: Callable[..., Path], everything: Everything
) -> None:
    """Photos with boxes of their own take the name where there is one animal, not where two."""
    folder = package([
        observed("a", **box(0, 0, 0.5, 0.5)), observed("b", **box(0, 0, 0.5, 0.5)),
        observed("b", **box(0.5, 0.5, 0.5, 0.5)), observed(individualID="T-1", **EVENT),
    ])  # fmt: skip
    import_any(project, folder)
    assert [row.individual_name for row in everything()] == ["T-1", None, None]


def test_several_animals_in_an_event_are_not_told_apart(
    project: Project, package: Callable[..., Path], everything: Everything
) -> None:
    """Two individuals, or one row that counts two, name no photo."""
    two = [observed(individualID=name, **EVENT) for name in ("T-1", "T-2")]
    import_any(project, package(two))
    import_any(project, package([observed(individualID="T-3", count="2", **EVENT)]))
    assert {row.individual_name for row in everything()} == {None}


def test_machines_must_be_certain(
    project: Project, package: Callable[..., Path], everything: Everything, stored: Stored
) -> None:
    """A machine's species counts from 0.65 on; its boxes keep their probability."""
    machine: Row = {"classificationMethod": "machine", "scientificName": "Panthera pardus"}
    folder = package([
        observed("a", classificationProbability="0.9", **machine, **box(0, 0, 0.5, 0.5)),
        observed("b", classificationProbability="0.5", **machine, **box(0, 0, 0.5, 0.5)),
        observed("c", **{**machine, "classificationMethod": "human"}, **box(0, 0, 0.5, 0.5)),
    ])  # fmt: skip
    import_any(project, folder)
    assert [row.species for row in everything()] == ["Panthera pardus", "tiger", "Panthera pardus"]
    assert [row["score"] for row in stored(t.Annotation)] == [0.9, 0.5, None]


def test_people_are_never_lost(
    project: Project, package: Callable[..., Path], everything: Everything
) -> None:
    """A person and an animal without boxes in one photo are both recorded."""
    import_any(project, package([observed("a", "human"), observed("a"), observed("a", "vehicle")]))
    assert sorted(row.label for row in everything(people=True)) == ["animal", "person", "vehicle"]


def test_what_cannot_be_used_is_listed(project: Project, package: Callable[..., Path]) -> None:
    """Rows are listed with their line; the others are imported."""
    observations = [
        observed("a", **box("x", 0, 1, 1)), observed("a", "ghost"), observed("gone"),
        observed("a", "unknown"), observed("a", **box(1.5, 1.5, 1, 1)), observed(),
        observed("a", classificationMethod="machine", classificationProbability="7"),
    ]  # fmt: skip
    media = [medium("a"), medium("b", filePath="https://example.org/b.jpg", fileName=""),
             medium("c", filePath=""), medium("d", fileMediatype="video/mp4"),
             medium("a", mediaID="again", deploymentID="d9")]  # fmt: skip
    summary = import_any(project, package(observations, media))
    assert dict(summary.rejected) == {
        "observations.csv line 2": "expected a number, got 'x'",
        "observations.csv line 3": "the observationType 'ghost' is none of Camtrap DP's",
        "observations.csv line 4": "media.csv has no medium of that mediaID",
        "observations.csv line 6":
            "expected a box with an area inside the photo, got [1.5, 1.5, 1.0, 1.0]",
        "observations.csv line 7":
            "the observation names no medium, and its event has no start and end",
        "observations.csv line 8": "expected a confidence from 0 to 1, got 7.0",
        "media.csv line 3": "https://example.org/b.jpg is on the web; download the photos first",
        "media.csv line 4": "the entry's `file` is not a path",
    }  # fmt: skip
    assert (summary.photos_added, summary.not_photos) == (1, 1)
    assert any("not in deployments.csv" in note for note in summary.notes)


def test_a_photo_on_the_web_that_lies_here(project: Project, package: Callable[..., Path]) -> None:
    """A copy under the same name is found in the folder of its deployment."""
    media = [medium("a", filePath="https://example.org/uuid", fileName="a.jpg")]
    folder = package([observed("a")], media)
    (folder / "cam1").rename(folder / "d1")
    assert import_any(project, folder).photos_added == 1


def test_older_packages_are_refused(project: Project, package: Callable[..., Path]) -> None:
    """Version 0.1 has other tables; one sentence says so, and nothing is imported."""
    with pytest.raises(UserError, match=r"of version 0\.1"):
        import_any(project, package([observed("a")], version="0.1.6"))


def test_a_table_that_is_missing_is_named(
    project: Project, package: Callable[..., Path], write_json: WriteJson
) -> None:
    """A package needs its three tables, as files of this computer."""
    folder = package([observed("a")])
    (folder / "observations.csv").unlink()
    with pytest.raises(UserError, match="no table of its observations"):
        import_any(project, folder)
    resources = [{"name": "media", "path": "https://example.org/media.csv"}]
    write_json(folder / "datapackage.json", {"resources": resources})
    with pytest.raises(UserError, match="download or unpack it"):
        import_any(project, folder)


def test_a_deployment_refines_the_station_of_a_folder(
    project: Project, package: Callable[..., Path], stored: Stored
) -> None:
    """Photos of the station `Bridge` move to its deployment with dates; others keep theirs."""
    folder = package([observed("a")])
    (folder / "Bridge").mkdir()
    (folder / "cam1" / "a.jpg").rename(folder / "Bridge" / "a.jpg")
    import_any(project, folder, format="folder")
    package([observed("a")], [medium("a", filePath="Bridge/a.jpg"), medium("b", 1)])
    summary: ImportSummary = import_any(project, folder)
    named = {one["id"]: one["name"] for one in stored(t.Deployment)}
    assert [named[one["deployment_id"]] for one in stored(t.Photo)] == ["d1", None, None]
    assert "1 × the station differs from an earlier import's, which was kept" in summary.notes

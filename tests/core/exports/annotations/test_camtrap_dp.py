"""The package keeps the rules of Camtrap DP 1.0.2, and says what it cannot know.

The rules are those of the table schemas at https://camtrap-dp.tdwg.org, written out here.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.errors import UserError
from fieldmark.exports.annotations import Exported, Package, Terms, export_annotations

Rows: TypeAlias = list[dict[str, str]]

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)")
REQUIRED = {
    "deployments": {
        "deploymentID", "latitude", "longitude", "deploymentStart", "deploymentEnd",
    },
    "media": {
        "mediaID", "deploymentID", "timestamp", "filePath", "filePublic", "fileMediatype",
    },
    "observations": {
        "observationID", "deploymentID", "eventStart", "eventEnd", "observationLevel",
        "observationType",
    },
}  # fmt: skip
COLUMNS = {
    "deployments": (
        "deploymentID,locationID,locationName,latitude,longitude,coordinateUncertainty,"
        "deploymentStart,deploymentEnd,setupBy,cameraID,cameraModel,cameraDelay,cameraHeight,"
        "cameraDepth,cameraTilt,cameraHeading,detectionDistance,timestampIssues,baitUse,"
        "featureType,habitat,deploymentGroups,deploymentTags,deploymentComments"
    ),
    "media": (
        "mediaID,deploymentID,captureMethod,timestamp,filePath,filePublic,fileName,fileMediatype,"
        "exifData,favorite,mediaComments"
    ),
    "observations": (
        "observationID,deploymentID,mediaID,eventID,eventStart,eventEnd,observationLevel,"
        "observationType,cameraSetupType,scientificName,count,lifeStage,sex,behavior,individualID,"
        "individualPositionRadius,individualPositionAngle,individualSpeed,bboxX,bboxY,bboxWidth,"
        "bboxHeight,classificationMethod,classifiedBy,classificationTimestamp,"
        "classificationProbability,observationTags,observationComments"
    ),
}
KEYS = {"deployments": "deploymentID", "media": "mediaID", "observations": "observationID"}
WORDS = {
    "observationLevel": {"media", "event"},
    "observationType": {"animal", "human", "vehicle", "blank", "unknown", "unclassified"},
    "captureMethod": {"activityDetection", "timeLapse"},
    "classificationMethod": {"human", "machine", ""},
    "filePublic": {"true", "false"},
    "timestampIssues": {"true", "false", ""},
}
TIMES = {"deploymentStart", "deploymentEnd", "timestamp", "eventStart", "eventEnd"}
FRACTIONS = {"bboxX", "bboxY", "bboxWidth", "bboxHeight", "classificationProbability"}
MEMBERS = {
    "resources", "profile", "created", "contributors", "project", "spatial", "temporal",
    "taxonomic",
}  # fmt: skip


def _zone(folder: Path, zone: str = "Africa/Johannesburg") -> None:
    with Project.open(folder) as project, project.writing() as session:
        session.add(t.Setting(key="timezone", value=zone))


def _export(
    folder: Path, out: Path, terms: Terms | None = None, package: Package | None = None
) -> Exported:
    with Project.open(folder) as project:
        return export_annotations(project, "camtrap-dp", out, terms or Terms(), package)


def _tables(out: Path) -> dict[str, Rows]:
    found = {}
    for name in COLUMNS:
        with (out / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


def _faults(out: Path) -> Iterator[str]:
    """Yield every rule that the package breaks."""
    tables = _tables(out)
    for name, rows in tables.items():
        header = (out / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        if header != COLUMNS[name]:
            yield f"columns of {name}"
        keys = [row[KEYS[name]] for row in rows]
        if len(set(keys)) != len(keys):
            yield f"key of {name}"
        for row in rows:
            yield from _faults_of_row(name, row)
    yield from _faults_between(tables)


def _faults_of_row(name: str, row: dict[str, str]) -> Iterator[str]:
    yield from (f"{name}.{column} is empty" for column in REQUIRED[name] if not row[column])
    for column, value in row.items():
        if value != value.strip():
            yield f"blanks around {column}"
        if column in WORDS and value not in WORDS[column]:
            yield f"word of {column}: {value}"
        if column in TIMES and not STAMP.fullmatch(value):
            yield f"time of {column}: {value}"
        if column in FRACTIONS and value and not 0 <= float(value) <= 1:
            yield f"range of {column}: {value}"
    yield from _PARTICULAR[name](row)


def _faults_of_deployment(row: dict[str, str]) -> Iterator[str]:
    if not (-90 <= float(row["latitude"]) <= 90 and -180 <= float(row["longitude"]) <= 180):
        yield "place"
    if int(row["coordinateUncertainty"]) < 1 or row["deploymentStart"] > row["deploymentEnd"]:
        yield "uncertainty or period"


def _faults_of_medium(row: dict[str, str]) -> Iterator[str]:
    if re.match(r"\./|~|/|.*\.\.", row["filePath"]):
        yield f"filePath {row['filePath']}"


def _faults_of_observation(row: dict[str, str]) -> Iterator[str]:
    if row["eventStart"] > row["eventEnd"] or (row["count"] and int(row["count"]) < 1):
        yield f"event or count of {row['observationID']}"


_PARTICULAR: dict[str, Callable[[dict[str, str]], Iterator[str]]] = {
    "deployments": _faults_of_deployment,
    "media": _faults_of_medium,
    "observations": _faults_of_observation,
}


def _faults_between(tables: dict[str, Rows]) -> Iterator[str]:
    deployments = {row["deploymentID"] for row in tables["deployments"]}
    media = {row["mediaID"] for row in tables["media"]}
    for row in (*tables["media"], *tables["observations"]):
        if row["deploymentID"] not in deployments:
            yield "a deployment that is not there"
    for row in tables["observations"]:
        level, box = row["observationLevel"], row["bboxX"]
        if (level == "media") != (row["mediaID"] in media) or (level == "event" and box):
            yield f"medium or box of {row['observationID']}"


@pytest.mark.parametrize("terms", [Terms(), Terms(private=True)])
def test_the_tables_keep_the_rules(secret: Path, tmp_path: Path, terms: Terms) -> None:
    """Columns, keys, references, words, times with an offset and ranges are those of 1.0.2."""
    _zone(secret)
    _export(secret, tmp_path / "out", terms)
    assert list(_faults(tmp_path / "out")) == []


def test_the_rules_find_faults(secret: Path, tmp_path: Path) -> None:
    """The check above is no empty one: a time without an offset and a lost medium are found."""
    _zone(secret)
    _export(secret, tmp_path / "out")
    for name, old, new in (("media", "+02:00", ""), ("observations", "media,blank", "media,bird")):
        path = tmp_path / "out" / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    faults = set(_faults(tmp_path / "out"))
    assert "word of observationType: bird" in faults
    assert any(fault.startswith("time of timestamp") for fault in faults)


def test_the_description_has_what_the_profile_demands(secret: Path, tmp_path: Path) -> None:
    """Members, species, period, rectangle; and that individuals are told apart."""
    _zone(secret)
    _export(secret, tmp_path / "out")
    package: dict[str, Any] = json.loads((tmp_path / "out" / "datapackage.json").read_bytes())
    assert package.keys() >= MEMBERS
    assert package["profile"].endswith("/camtrap-dp/1.0.2/camtrap-dp-profile.json")
    assert package["project"].keys() >= {"title", "samplingDesign", "captureMethod"}
    assert package["project"]["individualAnimals"] is True
    assert package["taxonomic"] == [{"scientificName": "Panthera tigris"}]
    assert package["temporal"] == {"start": "2024-03-04", "end": "2024-03-07"}
    assert [one["name"] for one in package["resources"]] == list(COLUMNS)
    assert package["contributors"][0]["title"]
    assert package["coordinatePrecision"] == 0.1
    assert "rounded to 0.1°" in package["dataGeneralizations"]


def test_individuals_are_observed_in_events(secret: Path, tmp_path: Path) -> None:
    """One row for each individual of an encounter, with its name and the sides that were seen."""
    _zone(secret)
    _export(secret, tmp_path / "out")
    rows = _tables(tmp_path / "out")["observations"]
    events = [row for row in rows if row["observationLevel"] == "event"]
    named = {(row["individualID"], row["observationTags"], row["count"]) for row in events}
    assert named == {("T-17", "side:left", "1"), ("T-18", "side:right", "1"), ("", "", "1")}
    first = next(row for row in events if row["individualID"] == "T-17")
    assert (first["eventStart"], first["eventEnd"]) == (
        "2024-03-04T05:00:00+02:00", "2024-03-04T05:00:30+02:00",
    )  # fmt: skip
    boxed = [row for row in rows if row["individualID"] == "T-17" and row["mediaID"]]
    assert [row["bboxX"] for row in boxed] == ["0.1", "0.15"]
    assert {row["classificationMethod"] for row in boxed} == {"human"}


def test_people_vehicles_blanks_and_the_unseen(secret: Path, tmp_path: Path) -> None:
    """Each has its own word; only photos known to hold no person are called public."""
    _zone(secret)
    done = _export(secret, tmp_path / "out")
    tables = _tables(tmp_path / "out")
    kinds = [row["observationType"] for row in tables["observations"] if row["mediaID"]]
    assert sorted(set(kinds)) == ["animal", "blank", "human", "unclassified", "vehicle"]
    assert [row["filePublic"] for row in tables["media"]].count("false") == 3
    assert done.left_out == ((1, "photos were left out because nobody knows when they were taken"),)


def test_without_a_time_zone_it_says_what_to_type(secret: Path, tmp_path: Path) -> None:
    """A guess would move every animal's hour; nothing is written."""
    with pytest.raises(UserError, match=r"fieldmark photos clock --timezone Africa/Johannesburg"):
        _export(secret, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


def test_the_nearest_statement_of_a_zone_counts(secret: Path, tmp_path: Path) -> None:
    """The photo's source before the deployment, the deployment before the project."""
    _zone(secret, "Asia/Kolkata")
    with Project.open(secret) as project, project.writing() as session:
        for deployment in session.query(t.Deployment).filter_by(station="Waterhole North"):
            deployment.timezone = "-03:00"
        last = session.query(t.Photo).filter(t.Photo.captured_at.like("2024-03-07%")).one()
        last.captured_zone = "+00:00"
    _export(secret, tmp_path / "out")
    stamps = sorted(row["timestamp"] for row in _tables(tmp_path / "out")["media"])
    assert [stamp[-6:] for stamp in stamps] == [
        "-03:00", "-03:00", "-03:00", "+05:30", "+05:30", "+00:00",
    ]  # fmt: skip


def test_a_camera_at_an_unknown_place_needs_the_studys(secret: Path, tmp_path: Path) -> None:
    """The format demands coordinates; they are asked for, marked as the study's, and rounded."""
    _zone(secret)
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Photo).update({"latitude": None, "longitude": None})
    with pytest.raises(UserError, match=r"--place 22\.3 80\.6"):
        _export(secret, tmp_path / "out")
    _export(secret, tmp_path / "out", package=Package(place=(22.3456, 80.6543)))
    row = _tables(tmp_path / "out")["deployments"][0]
    assert (row["latitude"], row["longitude"]) == ("22.3", "80.7")
    assert "those of the study" in row["deploymentComments"]


@pytest.mark.parametrize(
    ("precision", "place", "metres"),
    [(0.1, ("-24.1", "31.7"), 15721), (0.01, ("-24.12", "31.65"), 1599),
     (0.001, ("-24.123", "31.654"), 187)],
)  # fmt: skip
def test_rounded_places_say_how_far_off_they_may_be(
    secret: Path, tmp_path: Path, precision: float, place: tuple[str, str], metres: int
) -> None:
    """The uncertainty is that of the rounding and 30 m of the GPS."""
    _zone(secret)
    _export(secret, tmp_path / "out", Terms(precision=precision))
    row = _tables(tmp_path / "out")["deployments"][0]
    assert (row["latitude"], row["longitude"]) == place
    assert int(row["coordinateUncertainty"]) == metres


def test_times_that_are_not_believed_are_marked(secret: Path, tmp_path: Path) -> None:
    """They do not stretch the deployment; the medium and the deployment say that there is doubt."""
    _zone(secret)
    with Project.open(secret) as project, project.writing() as session:
        photo = session.query(t.Photo).filter(t.Photo.captured_at.like("2024-03-07%")).one()
        photo.captured_at, photo.time_flag = "1970-01-01T00:00:10", "clock-reset"
    _export(secret, tmp_path / "out")
    tables = _tables(tmp_path / "out")
    starts = {row["timestampIssues"]: row["deploymentStart"] for row in tables["deployments"]}
    assert starts["true"].startswith("2024-03-05")
    assert starts["false"].startswith("2024-03-04")
    doubted = [row for row in tables["media"] if "not believed" in row["mediaComments"]]
    assert [row["timestamp"] for row in doubted] == ["1970-01-01T00:00:10+02:00"]


def test_a_failure_leaves_the_package_that_was_there(secret: Path, tmp_path: Path) -> None:
    """The four files are replaced together or not at all."""
    _zone(secret)
    out = tmp_path / "out"
    _export(secret, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Photo).filter_by(time_flag="").update({"captured_zone": "nowhere"})
    with pytest.raises(UserError, match="'nowhere' is no time zone"):
        _export(secret, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2024-03-01", "2024-03-07", ("2024-03-01T00:00:00+02:00", "2024-03-07T23:59:59+02:00")),
        ("2024-04-01T10:00:00", None, ("2024-04-01T10:00:00+02:00", "2024-04-01T10:00:00+02:00")),
    ],
)
def test_a_deployment_lasts_as_was_said(
    secret: Path, tmp_path: Path, starts: str, ends: str | None, expected: tuple[str, str]
) -> None:
    """A last day is meant to its end; what would end before it began ends where it began."""
    _zone(secret)
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Deployment).update({"starts": starts, "ends": ends})
    _export(secret, tmp_path / "out")
    for row in _tables(tmp_path / "out")["deployments"]:
        assert (row["deploymentStart"], row["deploymentEnd"]) == expected

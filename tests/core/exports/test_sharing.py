"""Under which names stations, photos and people leave."""

from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.exports.sharing import Names, Terms, rounded, station_keys


def test_stations_keep_their_keys_when_others_come(secret: Path) -> None:
    """A second export, after another season, calls the same camera the same."""
    with Project.open(secret) as project, project.writing() as session:
        before = station_keys(session)
        session.add(t.Deployment(station="A new one", clock_offset=0))
        session.add(t.Deployment(station="Kopje Camp", clock_offset=0))
        session.flush()
        assert station_keys(session) == before | {"A new one": "S03"}
    assert sorted(before.values()) == ["S01", "S02"]


def test_a_person_has_one_pseudonym(secret: Path) -> None:
    """Who decided and who said the side is one person; imports and models are no people."""
    with Project.open(secret) as project, project.reading() as session:
        names = Names(session, Terms())
        anna = names.person("Anna Smith")
        assert anna == names.person("person:Anna Smith") == "observer-1"
        assert names.person("Kabelo") == "observer-2"
        assert names.person("model:0123456789ab") == "model:0123456789ab"
        assert names.person(None) == ""
        assert Names(session, Terms(private=True)).person("Anna Smith") == "Anna Smith"


def test_a_file_that_was_imported_is_named_by_a_number(secret: Path) -> None:
    """A table's name may hold a person's or a place's."""
    with Project.open(secret) as project, project.writing() as session:
        one = session.query(t.Annotation).filter_by(side="right").one()
        one.side_by = "import:Anna Smith.csv"
        session.flush()
        assert Names(session, Terms()).person("import:Anna Smith.csv") == "import-1"


def test_a_detectors_own_words_stay_at_home(secret: Path) -> None:
    """An imported file may call its detector by a path; our own detectors' names are safe."""
    with Project.open(secret) as project, project.reading() as session:
        names = Names(session, Terms())
    assert names.detector("megadetector:/home/anna/md_v5a.pt") == "megadetector"
    assert names.detector("megadetector 0123456789ab") == "megadetector 0123456789ab"


@pytest.mark.parametrize(
    ("degrees", "precision", "expected"),
    [(-24.16, 0.1, -24.2), (31.654321, 0.001, 31.654), (0.04, 0.1, 0.0), (179.96, 0.1, 180.0)],
)
def test_places_are_rounded(degrees: float, precision: float, expected: float) -> None:
    """To the nearest step, without the digits of floating point."""
    assert rounded(degrees, precision) == expected


def test_private_paths_start_from_the_photos_common_folder(
    secret: Path, secret_photos: Path
) -> None:
    """A program that is given that folder finds every photo; one elsewhere has its full path."""
    path = secret_photos / "Kopje Camp" / "IMG_0004.jpg"
    with Project.open(secret) as project, project.reading() as session:
        names = Names(session, Terms(private=True))
        assert names.base == secret_photos
        assert names.file("ab" * 32, "Kopje Camp", path) == "Kopje Camp/IMG_0004.jpg"
        assert names.file("ab" * 32, None, Path("/else/1.jpg")) == "/else/1.jpg"
        shared = Names(session, Terms())
        assert shared.file("ab" * 32, "Kopje Camp", path) == "S01/abababababababab.jpg"
        assert shared.file("ab" * 32, None, path) == "abababababababab.jpg"

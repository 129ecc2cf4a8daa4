"""`fieldmark annotate`, `export` and `blur-people`: what is typed, said and written."""

from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.cli import REFUSED, SKIPPED, main
from fieldmark.cli.commands import annotate
from fieldmark.exports.annotations import FORMATS

Captured = pytest.CaptureFixture[str]


def _said(capsys: Captured, *typed: object, status: int = 0) -> tuple[str, str]:
    """Type a command and return what it prints, and what it prints as a warning."""
    assert main([str(one) for one in typed]) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_the_formats_on_offer_are_those_that_can_be_written() -> None:
    """The list is written twice, because help must not import the formats."""
    assert tuple(FORMATS) == annotate.FORMATS


def test_a_shareable_export_says_what_it_holds(secret: Path, capsys: Captured) -> None:
    """How many photos, where it is, and that something was left out: exit status 1."""
    out, err = _said(capsys, "annotate", "export", "megadetector", "-p", secret, status=SKIPPED)
    assert "6 photos with 7 animals, people and vehicles" in out
    assert f"Wrote {secret / 'annotations' / 'megadetector.json'}" in out
    assert "run: fieldmark detect" in err
    assert "PRIVATE" not in err


def test_a_private_export_is_loud(secret: Path, secret_photos: Path, capsys: Captured) -> None:
    """The terminal says so, the file's name says so, and from where its paths start."""
    out, err = _said(capsys, "annotate", "export", "coco", "-p", secret, "--private")
    assert "coco-private.json" in out
    assert f"The paths in it start from {secret_photos}" in out
    assert "PRIVATE, NOT FOR SHARING" in err
    out, err = _said(capsys, "export", "csv", "-p", secret, "--private")
    assert "export-csv-private" in out
    assert "PRIVATE, NOT FOR SHARING" in err


def test_a_time_that_is_not_believed_is_said(secret: Path, capsys: Captured) -> None:
    """A table of times cannot say which of them a reset clock wrote."""
    with Project.open(secret) as project, project.writing() as session:
        session.get_one(t.Photo, 1).time_flag = "clock-reset"
    _, err = _said(capsys, "annotate", "export", "timelapse", "-p", secret)
    assert "1 photos have a time that is not believed" in err


def test_camtrap_dp_asks_for_the_zone_in_one_sentence(secret: Path, capsys: Captured) -> None:
    """Nothing is written before the zone is known; with it, and a title, all is."""
    typed = ("annotate", "export", "camtrap-dp", "-p", secret, "--title", "Tigers of 2024")
    _, err = _said(capsys, *typed, status=REFUSED)
    assert err.startswith("Error: nobody has said in which time zone")
    assert len(err.splitlines()) == 1
    with Project.open(secret) as project, project.writing() as session:
        session.add(t.Setting(key="timezone", value="+02:00"))
    _said(capsys, *typed, status=SKIPPED)
    package = (secret / "annotations" / "camtrap-dp" / "datapackage.json").read_text("utf-8")
    assert '"title": "Tigers of 2024"' in package


def test_annotate_import_is_import(
    secret: Path, secret_photos: Path, tmp_path: Path, capsys: Captured
) -> None:
    """The same options and the same summary, so that nobody needs to learn both."""
    _said(capsys, "annotate", "export", "coco", "-p", secret, "--private")
    Project.create(tmp_path / "copy", "tiger").close()
    source = secret / "annotations" / "coco-private.json"
    typed = (source, "-p", tmp_path / "copy", "--root", secret_photos, "-q")
    first, _ = _said(capsys, "annotate", "import", *typed)
    again, _ = _said(capsys, "import", *typed)
    assert "7 photos added, 0 known already" in first
    assert "0 photos added, 7 known already" in again


def test_blur_people_says_what_it_left_out(secret: Path, capsys: Captured) -> None:
    """A photo that no detector has looked at is not copied, and the sentence says what to type."""
    out, err = _said(capsys, "blur-people", "-p", secret, "-q", status=SKIPPED)
    assert f"1 copies written to {secret / 'blurred'}, 0 there already; 1 people" in out
    assert (
        "1 photos were left out because no detector has looked at them; run: fieldmark detect"
        in err
    )
    assert "hide it with --bottom" in out
    out, _ = _said(capsys, "blur-people", "-p", secret, "-q", "--all", "--undetected")
    assert "6 copies written" in out
    assert "1 there already" in out


def test_blur_people_refuses_the_originals_folder(
    secret: Path, secret_photos: Path, capsys: Captured
) -> None:
    """One sentence, and nothing is written."""
    _, err = _said(
        capsys, "blur-people", "-p", secret, "--out", secret_photos, "--keep-names", status=REFUSED
    )
    assert "choose a folder elsewhere with --out" in err

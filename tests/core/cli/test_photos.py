"""`fieldmark photos` as a person types it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_folder
from fieldmark.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A project with one photo at the station K1, of a camera whose clock was reset."""
    exif = Image.Exif()
    exif[0x8769] = {36867: "1970:01:01 00:00:07"}
    (tmp_path / "photos" / "K1").mkdir(parents=True)
    pixels = np.random.default_rng(1).integers(0, 256, (24, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "K1" / "a.jpg", exif=exif)
    with Project.create(tmp_path / "project", "tiger") as made:
        import_folder(made, tmp_path / "photos")
    return str(tmp_path / "project")


def test_a_check_shows_tables_and_says_what_to_type(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 while something is wrong, 0 when nothing is."""
    assert main(["photos", "check", "-p", folder, "--workers", "1"]) == 1
    shown = capsys.readouterr()
    assert "photos looked at: 1/1" in shown.err
    assert "clock-reset    1  the camera's clock was reset" in shown.out
    assert 'fieldmark photos clock "K1" --timezone' in shown.out
    assert f"2 findings, one to a row: {Path(folder) / 'photos-check.csv'}" in shown.out
    mended = ["--shows", "1970-01-01 00:00:07", "--was", "2023-05-01 10:00:00"]
    assert main(["photos", "clock", "K1", "-p", folder, "--timezone", "+02:00", *mended]) == 0
    assert "2023-05-01 10:00:00" in capsys.readouterr().out
    assert main(["photos", "check", "-p", folder, "-q"]) == 0
    assert "0 findings" in capsys.readouterr().out


def test_clocks_are_listed_changed_and_put_back(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list names what can be typed; an undo says what is left."""
    assert main(["photos", "clock", "-p", folder]) == 0
    assert "clock-reset 1" in capsys.readouterr().out
    assert main(["photos", "clock", "K1", "-p", folder, "--offset", "-00:17:30"]) == 0
    assert "-17m30s" in capsys.readouterr().out
    assert main(["photos", "clock", "-p", folder, "--timezone", "Africa/Johannesburg"]) == 0
    assert "(Africa/Johannesburg)" in capsys.readouterr().out
    for _ in range(2):
        assert main(["photos", "clock", "--undo", "-p", folder]) == 0
    assert "The project's time zone: not said" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--offset", "1d"], "say whose clock is wrong"),
        (["K9", "--offset", "1d"], "there is no station or deployment 'K9'"),
        (["K1", "--offset", "soon"], "'soon' is not a clock correction"),
        (["K1", "--timezone", "here"], "'here' is not a time zone"),
        (["K1", "--shows", "2019-03-04 03:04:50"], "--shows and --was belong together"),
        (["K1", "--undo"], "give it alone"),
        (["--undo"], "no change of a clock is left"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    folder: str, capsys: pytest.CaptureFixture[str], typed: list[str], said: str
) -> None:
    """Status 2, and what to type instead."""
    assert main(["photos", "clock", *typed, "-p", folder]) == 2
    assert said in capsys.readouterr().err

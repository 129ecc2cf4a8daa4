"""`fieldmark species`: what is typed, what is said, what is written."""

from pathlib import Path

import pytest

from fieldmark.cli import REFUSED, main
from fieldmark.profile import HOME, load_profile, read_profile, shipped_folder

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home, and work in an empty folder."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


def said(capsys: Captured, *typed: str, status: int = 0) -> str:
    """Type a command and return what it prints."""
    assert main(["species", *typed]) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


def test_new_list_check_show(home: Path, capsys: Captured) -> None:
    """From a scientific name to a profile that is listed, checked and shown in full."""
    assert "which inherits from 'patterned-cat'" in said(capsys, "new", "Panthera spelaea")
    listed = said(capsys, "list")
    assert "panthera-spelaea user     Panthera spelaea" in listed
    assert "\npatterned" not in listed
    checked = said(capsys, "check", "panthera-spelaea")
    assert checked.startswith(f"ok  {home / 'species' / 'panthera-spelaea.yaml'}\n")
    assert "local           usable now (compares keypoints)" in checked
    assert "zero-shot       needs weights: fieldmark models pull miewid-msv3" in checked
    shown = said(capsys, "show", "panthera-spelaea", "--resolved")
    profile = load_profile(home / "species" / "panthera-spelaea.yaml")
    assert read_profile(shown) == profile
    assert f"# {shipped_folder() / 'bases' / 'patterned.yaml'}" in shown


def test_a_species_that_is_shipped_is_said_to_be(home: Path, capsys: Captured) -> None:
    """The new one inherits from it, and the note says that it would do as it is."""
    told = said(capsys, "new", "Panthera onca")
    assert "panthera-onca.yaml, which inherits from 'jaguar'" in told
    assert "fieldmark init FOLDER --species jaguar" in told
    assert said(capsys, "check", "panthera-onca").startswith("ok  ")


def test_list_says_which_of_two_is_used(home: Path, capsys: Captured) -> None:
    """The project's before the user's, the user's before the shipped one."""
    text = "name: zebra\nscientific_name: Equus zebra\nextends: zebra\n"
    for folder in (Path("species"), home / "species"):
        folder.mkdir(parents=True)
        (folder / "zebra.yaml").write_text(text, encoding="utf-8")
    lines = [line for line in said(capsys, "list").splitlines() if line.startswith("zebra ")]
    assert [line.split()[1] for line in lines] == ["project", "user", "shipped"]
    assert "Equus zebra" in lines[0]
    assert all("not used, because species/zebra.yaml comes first" in line for line in lines[1:])
    assert "Equus zebra" in said(capsys, "show", "zebra")


def test_bases_are_shown_and_checked(capsys: Captured) -> None:
    """Though they are no species, they can be looked at, and are checked with the rest."""
    assert "name: close-up" in said(capsys, "show", "close-up")
    assert "bases/close-up.yaml" in said(capsys, "check")


def test_mistakes_change_the_exit_status_and_missing_weights_do_not(capsys: Captured) -> None:
    """The rest is still checked and reported."""
    Path("okapi.yaml").write_text(
        "name: okapi\nscientific_name: Okapia johnstoni\nextends: paterned\n", encoding="utf-8"
    )
    assert main(["species", "check", "okapi.yaml", "tiger"]) == REFUSED
    captured = capsys.readouterr()
    assert "okapi.yaml:3:10: extends: there is no base or profile 'paterned'" in captured.err
    assert "did you mean 'patterned'?" in captured.err
    assert "ok  " in captured.out
    assert "deep            needs training: fieldmark train --species tiger" in captured.out
    said(capsys, "check", "tiger")


def test_compared_flanks_are_a_warning(capsys: Captured) -> None:
    """A profile may say so; a person should have looked."""
    assert "warning" in said(capsys, "check", "any")
    assert "warning" not in said(capsys, "check", "tiger")


def test_add_shows_what_comes(home: Path, capsys: Captured) -> None:
    """Components, pipelines, and what to type next."""
    text = "name: okapi\nscientific_name: Okapia johnstoni\nextends: patterned\n"
    Path("shared.txt").write_text(text, encoding="utf-8")
    shown = said(capsys, "add", "shared.txt")
    assert f"Wrote {home / 'species' / 'okapi.yaml'}: okapi, Okapia johnstoni" in shown
    assert "crop, background, resize, equalise, sift, lnbnn" in shown
    assert "needs weights: fieldmark models pull miewid-msv3" in shown
    assert "fieldmark init FOLDER --species okapi" in shown

    Path("shared.txt").write_text(text + "encounter: {gap_seconds: 9}\n", encoding="utf-8")
    assert "add --replace" in said(capsys, "add", "shared.txt", status=REFUSED)
    assert "okapi.yaml.bak" in said(capsys, "add", "shared.txt", "--replace")


def test_an_added_profile_that_hides_a_shipped_one_says_so(capsys: Captured) -> None:
    """Nobody's tiger becomes another one unnoticed."""
    text = "name: tiger\nscientific_name: Panthera tigris\nextends: tiger\n"
    Path("shared.txt").write_text(text, encoding="utf-8")
    shown = said(capsys, "add", "shared.txt")
    assert f"comes before {shipped_folder() / 'tiger.yaml'}" in shown

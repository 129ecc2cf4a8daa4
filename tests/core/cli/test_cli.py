"""The command line: exit statuses, and sentences that say what to type."""

from pathlib import Path

import pytest

from fieldmark.catalog import Project, annotations
from fieldmark.cli import REFUSED, SKIPPED, main
from fieldmark.synthetic import Survey


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command of the table stands in the help."""
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in ("demo", "init", "import", "identify", "explain", "export", "species", "doctor"):
        assert f"\n  {name} " in shown


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names what was probably meant."""
    assert main(["identfy"]) == REFUSED
    assert "Did you mean 'identify'?" in capsys.readouterr().err


def test_a_folder_without_a_project_says_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Our errors are one sentence without a traceback."""
    assert main(["identify", "--project", str(tmp_path)]) == REFUSED
    shown = capsys.readouterr().err
    assert "fieldmark init" in shown
    assert "Traceback" not in shown


def test_debug_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a bug report the details are there on demand."""
    assert main(["--debug", "identify", "--project", str(tmp_path)]) == REFUSED
    assert "Traceback" in capsys.readouterr().err


def test_init_refuses_an_unknown_species(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the finger is answered with the nearest profile."""
    assert main(["init", str(tmp_path / "p"), "--species", "leopart"]) == REFUSED
    assert "leopard" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_from_folder_to_report(
    tmp_path: Path, survey: Survey, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way of the README: init, import, identify, explain, export."""
    project = str(tmp_path / "my survey")
    assert main(["init", project, "--species", "tiger"]) == 0
    assert main(["import", str(survey.folder / "photos"), "-p", project, "-q"]) == 0
    assert "20 photos added" in capsys.readouterr().out
    assert main(["identify", "-p", project, "-q"]) == 0
    shown = capsys.readouterr().out
    assert "not probabilities" in shown
    assert "the side is unknown for" in shown
    assert main(["explain", "1", "ST02/IMG_0001.JPG", "-p", project, "-q"]) == 0
    assert "matched points" in capsys.readouterr().out
    assert main(["export", "csv", "-p", project]) == 0
    assert (Path(project) / "export-csv" / "annotations.csv").exists()


def test_skipped_files_are_listed_and_change_the_exit_status(
    tmp_path: Path, survey: Survey, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1: done, but not everything."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "good.jpg").write_bytes(survey.photos[0].read_bytes())
    (photos / "bad.jpg").write_bytes(b"this is no photo")
    project = str(tmp_path / "p")
    assert main(["init", project, "--species", "any"]) == 0
    assert main(["import", str(photos), "-p", project, "-q"]) == SKIPPED
    assert "bad.jpg" in capsys.readouterr().err


def test_explaining_a_pair_that_is_never_compared_says_why(
    project_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two flanks can be looked at, with the warning that they prove nothing."""
    with Project.open(project_folder) as project, project.reading() as session:
        rows = list(annotations(session))
    other = next(r for r in rows if r.side != rows[0].side and r.photo_id != rows[0].photo_id)
    assert main(["explain", "1", str(other.id), "-p", str(project_folder), "-q"]) == 0
    assert "never compares these two" in capsys.readouterr().out


def test_a_wrong_pair_of_options_is_explained(
    project_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--column` and `--where` want NAME=VALUE."""
    status = main(["import", str(project_folder), "-p", str(project_folder), "--where", "x"])
    assert status == REFUSED
    assert "expected NAME=VALUE, got 'x'" in capsys.readouterr().err


def test_a_new_species_is_ready_to_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`species new okapi` writes a profile that passes `species check`, and never overwrites."""
    assert main(["species", "new", "okapi", "--folder", str(tmp_path)]) == 0
    profile = str(tmp_path / "okapi.yaml")
    assert main(["species", "check", profile]) == 0
    assert main(["species", "new", "okapi", "--folder", str(tmp_path)]) == REFUSED
    assert "exists already" in capsys.readouterr().err


def test_shipped_profiles_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Every shipped profile names components that are installed."""
    assert main(["species", "check"]) == 0
    shown = capsys.readouterr().out
    for name in ("tiger", "leopard", "snow-leopard", "zebra", "nyala", "any"):
        assert f"{name}.yaml" in shown


def test_the_doctor_finds_this_machine_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the test environment nothing is broken; missing extras say what to type."""
    assert main(["doctor", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "Nothing is broken" in shown
    assert "faiss-cpu" in shown

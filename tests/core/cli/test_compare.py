"""`fieldmark compare` prints what matters, and refuses what makes no sense in one sentence."""

from pathlib import Path

import pytest

from fieldmark.cli import REFUSED, main
from support.coloured import write_blots, write_profile


def _typed(folder: Path, *more: str) -> list[str]:
    data, profile = write_blots(folder / "blots"), write_profile(folder)
    asked = [
        "compare",
        "--species",
        str(profile),
        "--data",
        str(data),
        "--out",
        str(folder / "out"),
    ]
    return [*asked, "--workers", "1", "-q", *more]


def test_a_table_a_conclusion_and_the_report_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers with their intervals, then plain words, then where the page lies."""
    typed = _typed(tmp_path, "--pipeline", "colours", "--no-controls", "--examples", "0")
    assert main(typed) == 0
    said = capsys.readouterr().out
    assert "encounter-disjoint" in said
    assert "colours" in said
    assert "–" in said
    assert said.rstrip().endswith("report.html")
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--set", "train.epochs=1"], "belong to --sizes"),
        (["--sizes", "4,2"], "4,2"),
        (["--protocol", "closed"], "did you mean 'closed-set'"),
        (["--with", "shares=0.5"], "did you mean 'share'"),
        (["--pipeline", "colors"], "did you mean 'colours'"),
        (["--with", "share"], "NAME=VALUE"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    """One sentence with what is allowed, and nothing is measured."""
    assert main(_typed(tmp_path, *more)) == REFUSED
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_split_and_a_protocol_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A replayed split has its protocol already."""
    split = tmp_path / "split.csv"
    split.touch()
    typed = _typed(tmp_path, "--split", str(split), "--protocol", "closed-set")
    assert main(typed) == REFUSED
    assert "not both" in capsys.readouterr().err


def test_a_table_needs_a_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project has one; a table does not say whose pipelines to use."""
    data = write_blots(tmp_path, individuals=1, visits=1)
    assert main(["compare", "--data", str(data), "--out", str(tmp_path / "out")]) == REFUSED
    assert "name a profile, as in --species tiger" in capsys.readouterr().err

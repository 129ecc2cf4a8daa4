"""Long work tells n/N, the rate and the time left, without flooding a log."""

import pytest

from fieldmark.cli.progress import _line, _Lines, progress


def test_a_line_says_how_far_and_how_long() -> None:
    """Done, total, rate and the time left."""
    assert _line(30, 90, "features", 10.0) == "features: 30/90, 3.0/s, 20 s left"
    assert _line(90, 90, "features", 30.0) == "features: 90/90, 3.0/s"
    assert _line(5, None, "import", 10.0) == "import: 5/?, 0.5/s"
    assert _line(0, 90, "features", 0.0) == "features: 0/90"


def test_a_log_gets_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Quick work prints its first and its last line, whatever the number of steps."""
    report = _Lines()
    for done in range(1001):
        report(done, 1000, "features")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["features: 0/1000", "features: 1000/1000"]


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet nobody is disturbed."""
    with progress(quiet=True) as report:
        report(1, 2, "features")
    assert capsys.readouterr().err == ""

"""The doctor names what is broken and what to type."""

from pathlib import Path

import pytest

from fieldmark.doctor import Check, examine


def found(folder: Path) -> dict[str, Check]:
    """Return the findings by name."""
    return {check.name: check for check in examine(folder)}


def test_everything_that_is_missing_says_what_to_type(tmp_path: Path) -> None:
    """A finding that is not fine has advice."""
    checks = found(tmp_path)
    assert all(check.advice for check in checks.values() if check.state != "ok")
    assert "fieldmark[deep]" in checks["extra deep"].advice or checks["extra deep"].state == "ok"


def test_two_opencv_wheels_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wheels that overwrite each other's files are the commonest broken installation."""
    record = tmp_path / "opencv_python-4.14.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: opencv-python\nVersion: 4.14.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    check = found(tmp_path)["OpenCV"]
    assert check.state == "broken"
    assert "opencv-python," in check.detail
    assert "--force-reinstall" in check.advice


def test_a_broken_plugin_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin, the reason and the package."""
    record = tmp_path / "ghost-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: ghost\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[fieldmark]\nghost = no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    check = found(tmp_path)["plugin ghost"]
    assert check.state == "broken"
    assert "no_such_module" in check.detail


def test_a_library_that_cannot_be_imported_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged library is found by importing it in a process of its own."""
    (tmp_path / "faiss.py").write_text("raise ImportError('libgomp is missing')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    check = found(tmp_path)["faiss-cpu"]
    assert check.state == "broken"
    assert "libgomp is missing" in check.detail

"""The doctor names what is broken and what to type."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from fieldmark import doctor
from fieldmark.doctor import Check, examine


def found(folder: Path) -> dict[str, Check]:
    """Return the findings by name."""
    return {check.name: check for check in examine(folder)}


def test_everything_that_is_missing_says_what_to_type(tmp_path: Path) -> None:
    """A finding that is not fine has advice."""
    checks = found(tmp_path)
    assert all(check.advice for check in checks.values() if check.state != "ok")
    assert "fieldmark[deep]" in checks["extra deep"].advice or checks["extra deep"].state == "ok"


def recorded(folder: Path, name: str, version: str) -> None:
    """Write what pip writes of an installed distribution."""
    record = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )


def python_with(folder: Path, versions: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a Python that has only what lies in `site`: records of distributions, and modules."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    for name, version in versions.items():
        recorded(site, name, version)
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{site}" exec "{sys.executable}" -S "$@"\n')
    script.chmod(0o755)
    return str(script)


needs_sh = pytest.mark.skipif(os.name != "posix", reason="the other Python is a shell script")


def test_a_second_opencv_wheel_is_only_mentioned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where several wheels share a folder and the right one won, nothing is broken yet."""
    recorded(tmp_path, "opencv-python", "4.14.0")
    monkeypatch.syspath_prepend(tmp_path)
    check = doctor._opencv()
    assert check.state == "ok"
    assert "opencv-python, opencv-contrib-python-headless write the same folder" in check.detail


@needs_sh
def test_opencv_without_contrib_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another wheel won, the parts of contrib are missing from what cv2 was built with."""
    python = python_with(tmp_path)
    (tmp_path / "site" / "cv2.py").write_text(
        "__version__ = '5.0.0'\ndef getBuildInformation(): return 'core imgproc features'\n"
    )
    recorded(tmp_path, "opencv-python-headless", "5.0.0")
    monkeypatch.syspath_prepend(tmp_path)
    check = doctor._opencv(python)
    assert check.state == "broken"
    assert "without its contrib parts: opencv-python-headless, opencv-contrib" in check.detail
    assert "--force-reinstall --no-deps opencv-contrib-python-headless" in check.advice


@needs_sh
def test_an_emptied_cv2_folder_is_explained(tmp_path: Path) -> None:
    """After `pip uninstall` of one of several wheels a folder is left that imports as nothing."""
    python = python_with(tmp_path)
    (tmp_path / "site" / "cv2" / "data").mkdir(parents=True)
    check = doctor._opencv(python)
    assert check.state == "broken"
    assert "its folder is empty, as after one of several wheels" in check.detail
    assert "--force-reinstall" in check.advice


@needs_sh
def test_a_missing_cv2_is_broken(tmp_path: Path) -> None:
    """Without OpenCV there is no SIFT."""
    check = doctor._opencv(python_with(tmp_path))
    assert (check.state, "No module named 'cv2'" in check.detail) == ("broken", True)


@needs_sh
def test_the_other_python_is_asked(tmp_path: Path) -> None:
    """The Python that will run MegaDetector counts, not fieldmark's own."""
    python = python_with(tmp_path, {"torch": "2.15.0"})
    check = doctor._megadetector(python)
    assert check.state == "optional"
    assert check.detail == f"PytorchWildlife not installed for {python}"
    assert "fieldmark[megadetector]" in check.advice


@needs_sh
def test_all_three_reasons_are_named(tmp_path: Path) -> None:
    """A PytorchWildlife that does not import by itself is explained, with what to type."""
    versions = {"PytorchWildlife": "1.3.0", "torch": "2.15.0", "torchaudio": "2.11.0"}
    check = doctor._megadetector(python_with(tmp_path, versions))
    assert check.state == "ok"
    assert "pip install soundfile librosa" in check.detail
    assert "torchaudio 2.11 is not made for torch 2.15: pip install 'torch==2.11.*'" in check.detail
    assert "pip install 'setuptools<82'" in check.detail
    assert check.detail.endswith("fieldmark goes round that")


@needs_sh
def test_an_importable_library_is_only_named(tmp_path: Path) -> None:
    """Where nothing is in the way nothing is said but the version."""
    versions = {"PytorchWildlife": "9.0", "soundfile": "1", "librosa": "1"}
    python = python_with(tmp_path, versions)
    (tmp_path / "site" / "pkg_resources.py").touch()
    check = doctor._megadetector(python)
    assert (check.state, check.detail) == ("ok", f"PytorchWildlife 9.0 for {python}")


def test_a_python_that_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong path in the variable is broken, with the name of the variable."""
    monkeypatch.setenv("FIELDMARK_MEGADETECTOR_PYTHON", str(tmp_path / "none"))
    monkeypatch.setattr(doctor, "REQUIRED", {})
    check = found(tmp_path)["extra megadetector"]
    assert check.state == "broken"
    assert "cannot be started" in check.detail
    assert "FIELDMARK_MEGADETECTOR_PYTHON" in check.advice


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

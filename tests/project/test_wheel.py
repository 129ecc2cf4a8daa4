"""What `pip install fieldmark` brings."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the checkout, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def names(wheel: Path) -> set[str]:
    """Return the files in the wheel, but for its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def files(folder: Path) -> set[str]:
    """Return the files below a folder that belong to the project, relative to it."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_wheel_holds_the_sources_and_the_profiles(wheel: Path) -> None:
    """Exactly the packages of the three source roots, and the profiles as data of the core."""
    sources = files(ROOT / "core") | files(ROOT / "plugins") | files(ROOT / "registry")
    sources = {name for name in sources if "/" in name}
    profiles = {f"fieldmark/_data/species/{name}" for name in files(ROOT / "species")}
    assert names(wheel) == sources | profiles


def test_profiles_are_found_in_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """Installed from the wheel, the profiles are found where they were packed."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "from fieldmark.profile import find_profile, new_profile_text;"
        "print(find_profile('tiger')); new_profile_text('okapi')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    expected = tmp_path / "fieldmark" / "_data" / "species" / "tiger.yaml"
    assert done.stdout.strip() == str(expected), done.stderr


def test_wheel_registers_plugins_and_command(wheel: Path) -> None:
    """The metadata names the command and the built-in plugins."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("/entry_points.txt")]
        text = archive.read(name).decode()
    assert "\nsift = fieldmark_sift\n" in text
    assert "fieldmark = fieldmark.cli:main" in text

"""Installs the two plugins of this folder as real distributions."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# They are tested where they are installed, not where they lie.
collect_ignore_glob = ["*_plugin/*"]

HERE = Path(__file__).parent
Run = Callable[..., str]


def _install(source: Path, target: Path) -> None:
    """Install a distribution into a folder, without a network, with pip or else with uv."""
    pip = importlib.util.find_spec("pip") is not None
    tool = [sys.executable, "-m", "pip"] if pip else ["uv", "pip"]
    offline = ["--no-index"] if pip else ["--offline", "--python", sys.executable]
    command = [*tool, "install", *offline, "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--target", str(target), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which both plugins are installed."""
    folder = tmp_path_factory.mktemp("contract")
    for name in ("toy_plugin", "faulty_plugin"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        _install(folder / name, folder / "site")
    return folder / "site"


@pytest.fixture
def run(site: Path, tmp_path: Path) -> Run:
    """Return a function that runs Python where the plugins are installed; it returns the output."""

    def python(*arguments: str, status: int = 0) -> str:
        inherited = os.environ.get("PYTHONPATH", "")
        path = os.pathsep.join(filter(None, [str(site), inherited]))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return python

"""What the tests of the deep toolbox share: disks that are full."""

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest


@contextmanager
def _no_file_above(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def no_file_above() -> Callable[[int], AbstractContextManager[None]]:
    """Return what makes the system refuse files above some bytes, as a quota does."""
    return _no_file_above


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a real disk of 16 MB, of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill_up(folder: Path, leave: int) -> None:
    free = shutil.disk_usage(folder).free
    (folder / ".photos").write_bytes(b"\0" * (free - leave))


@pytest.fixture
def fill_up() -> Callable[[Path, int], None]:
    """Return what fills the small disk with a file until some bytes are free."""
    return _fill_up

"""The folder of a training belongs to one process at a time."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.errors import ProjectError, UserError
from fieldmark.learn.folder import RECIPE, locked, written

HOLD = """
import sys
from pathlib import Path
from fieldmark.learn.folder import locked
with locked(Path(sys.argv[1]), resume=False):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_never_train_in_one_folder(tmp_path: Path) -> None:
    """The second is refused; a killed one holds nothing."""
    folder = tmp_path / "training"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        with (
            pytest.raises(UserError, match="another training runs in"),
            locked(folder, resume=False),
        ):
            pass
        process.kill()
    with locked(folder, resume=False):
        pass


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """A training asks for --resume; anything else is left alone; nothing cannot be resumed."""
    with pytest.raises(UserError, match="no training to resume"), locked(tmp_path, resume=True):
        pass
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(UserError, match="is not empty"), locked(tmp_path, resume=False):
        pass
    (tmp_path / RECIPE).touch()
    with (
        pytest.raises(UserError, match="continue it with --resume"),
        locked(tmp_path, resume=False),
    ):
        pass
    with locked(tmp_path, resume=True):
        pass


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    """With what to do, and without a traceback."""
    with (
        pytest.raises(ProjectError, match=r"No space left on device.*free some"),
        written(tmp_path),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")

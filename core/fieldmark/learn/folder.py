"""The folder of one training: what lies in it, and that only one process works there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fieldmark.errors import ProjectError, UserError

RECIPE = "recipe.yaml"
SPLIT = "split.csv"
DATA = "data.json"
TWINS = "duplicates.csv"
LOCK = ".lock"
CACHE = "cache"


def look_cache(folder: Path) -> Path:
    """Return the file that remembers which photos were looked at."""
    return folder / CACHE / "photos.json"


@contextmanager
def locked(folder: Path, *, resume: bool) -> Iterator[None]:
    """Hold the folder, which is made if it is not there, for the time of the block.

    A killed process holds nothing: the lock is one of SQLite's on a file of its own, which every
    system lets go with the process.

    Raises:
        UserError: if another process works there, or it holds something and `resume` is false, or
            nothing and `resume` is true.
        ProjectError: if it cannot be written.
    """
    _refuse(folder, resume=resume)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise ProjectError(f"{folder} cannot be written ({error}); choose another --out") from error
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise UserError(
                f"another training runs in {folder}; wait for it, or choose another --out"
            ) from error
        yield


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """Say in words why something could not be written there.

    Raises:
        ProjectError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be written ({error.strerror}); free some space on the disk, or choose"
            " another --out"
        ) from error


def _refuse(folder: Path, *, resume: bool) -> None:
    begun = (folder / RECIPE).is_file()
    held = folder.is_dir() and any(_counts(each.name) for each in folder.iterdir())
    if resume and not begun:
        raise UserError(f"{folder} holds no training to resume; leave out --resume to begin one")
    if begun and not resume:
        raise UserError(
            f"{folder} holds a training already; continue it with --resume, or choose another --out"
        )
    if held and not begun:
        raise UserError(f"{folder} is not empty; choose another --out")


def _counts(name: str) -> bool:
    """Say whether a file is a reason not to begin; SQLite keeps a journal beside the lock."""
    return name != CACHE and not name.startswith(LOCK)

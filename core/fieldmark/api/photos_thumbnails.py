"""Photos made very small, kept in the cache: what near-duplicates are recognised by.

One file for all of them, an SQLite database, because 100,000 files of a kilobyte would take four
times the space and minutes to copy. It is safe to delete: what is missing is made again.
"""

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.errors import ProjectError
from fieldmark.images import open_photo
from fieldmark.learn.hashes import SIZE, perceptual_hash
from fieldmark.types import Pixels

LONGEST = 256
"""Pixels; a photo is decoded this small, which is an eighth of the work for a camera's JPEG."""

AREA = SIZE * SIZE
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Unit:
    """A photo to look at, in a process of its own: this module imports little."""

    photo: int
    sha256: str
    path: Path


def look_at(unit: Unit) -> tuple[int, bytes]:
    """Return a photo's hash and thumbnail.

    Raises:
        PhotoError: if it cannot be read.
    """
    return look(unit.path)


def ready() -> None:
    """Begin in a new process, which needs no preparation."""


def look(path: Path) -> tuple[int, bytes]:
    """Return a photo's perceptual hash, and its thumbnail: 32 × 32 grey values.

    Raises:
        PhotoError: if the photo cannot be read.
    """
    pixels = open_photo(path, LONGEST)
    return perceptual_hash(pixels), thumbnail(pixels).tobytes()


def thumbnail(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a picture (H×W×3 uint8) as 32 × 32 grey values."""
    grey = Image.fromarray(pixels).convert("L")
    return np.asarray(grey.resize((SIZE, SIZE), Image.Resampling.BOX), np.uint8)


class Thumbnails:
    """The thumbnails of a project's cache, by the photo's digest; close it after use."""

    def __init__(self, cache: Path) -> None:
        """Open or make the file.

        Raises:
            ProjectError: if it cannot be made.
        """
        self._file = cache / "thumbnails.db"
        with self._explained():
            try:
                self._open()
            except sqlite3.DatabaseError:  # torn by a power cut; it is only a cache
                self._file.unlink(missing_ok=True)
                self._open()

    def _open(self) -> None:
        self._connection = sqlite3.connect(self._file, isolation_level=None, timeout=30)
        try:
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS thumbnails"
                " (sha256 TEXT PRIMARY KEY, grey BLOB NOT NULL) WITHOUT ROWID"
            )
        except sqlite3.DatabaseError:
            self._connection.close()
            raise

    def read(self, digests: Collection[str]) -> dict[str, bytes]:
        """Return those that are stored."""
        found: dict[str, bytes] = {}
        ordered = sorted(set(digests))
        with self._explained():
            for start in range(0, len(ordered), _PAGE):
                page = ordered[start : start + _PAGE]
                marks = ",".join("?" * len(page))
                query = f"SELECT sha256, grey FROM thumbnails WHERE sha256 IN ({marks})"  # noqa: S608 - only marks
                found |= dict(self._connection.execute(query, page))
        return {digest: grey for digest, grey in found.items() if len(grey) == AREA}

    def write(self, made: Mapping[str, bytes]) -> None:
        """Store thumbnails.

        Raises:
            ProjectError: if the disk is full.
        """
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO thumbnails VALUES (?, ?)", list(made.items())
                )
            finally:
                self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ProjectError(
                f"small pictures cannot be kept in {self._file} ({error}); free some space, or"
                " delete that file, and type the same command again"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> "Thumbnails":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""Joining two large lists: the one is kept in a file that SQLite removes by itself."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from fieldmark.errors import UserError

_PAGE = 1000
_TABLE = (
    "CREATE TABLE held (place INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL,"
    " used INTEGER NOT NULL DEFAULT 0)"
)


class _TemporaryFile:
    """A private file of SQLite's that is gone when it is closed, also by a kill."""

    _file: sqlite3.Connection

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class Index(_TemporaryFile):
    """Values by key, in a temporary file; memory does not grow with them.

    An empty name makes SQLite open such a file.
    """

    def __init__(self, values: Iterable[tuple[str, Any]]) -> None:
        """Take in pairs of a key and a value that JSON can hold.

        Raises:
            UserError: if the disk is full; also whatever `values` raises.
        """
        self._file = sqlite3.connect("")
        try:
            self._fill(values)
        except BaseException:
            self.close()
            raise

    def _fill(self, values: Iterable[tuple[str, Any]]) -> None:
        rows = ((key, json.dumps(value)) for key, value in values)
        try:
            self._file.execute(_TABLE)
            self._file.executemany("INSERT INTO held (key, value) VALUES (?, ?)", rows)
            self._file.execute("CREATE INDEX by_key ON held (key)")
            self._file.commit()
        except sqlite3.OperationalError as error:
            raise UserError(
                f"the temporary folder cannot hold a list of this file ({error}); make room there,"
                " or set TMPDIR to another folder"
            ) from error

    def pop(self, key: str) -> list[Any]:
        """Return the values of a key in the order they came; they are then not left over."""
        rows = self._file.execute("SELECT value FROM held WHERE key = ? ORDER BY place", (key,))
        values = [json.loads(value) for (value,) in rows]
        if values:
            self._file.execute("UPDATE held SET used = 1 WHERE key = ?", (key,))
        return values

    def left_over(self) -> Iterator[tuple[str, Any]]:
        """Yield the keys and values that nobody asked for."""
        rows = self._file.execute("SELECT key, value FROM held WHERE used = 0 ORDER BY place")
        while page := rows.fetchmany(_PAGE):
            yield from ((key, json.loads(value)) for key, value in page)


class Spans(_TemporaryFile):
    """Values that hold for a time, by key, in a temporary file as `Index` has one."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(
            "CREATE TABLE held (place INTEGER PRIMARY KEY, key TEXT NOT NULL, starts REAL NOT NULL,"
            " ends REAL NOT NULL, value TEXT NOT NULL)"
        )
        self._file.execute("CREATE INDEX by_start ON held (key, starts)")
        self._file.execute("BEGIN")
        self._longest = 0.0

    def add(self, key: str, starts: float, ends: float, value: object) -> None:
        """Take in a value that JSON can hold, and the seconds between which it holds."""
        self._longest = max(self._longest, ends - starts)
        row = (key, starts, ends, json.dumps(value))
        self._file.execute("INSERT INTO held (key, starts, ends, value) VALUES (?, ?, ?, ?)", row)

    def around(self, key: str, when: float | None) -> list[Any]:
        """Return the values that hold at a time, in the order they came; none for no time."""
        if when is None:
            return []
        rows = self._file.execute(
            "SELECT value FROM held WHERE key = ? AND starts BETWEEN ? AND ? AND ends >= ?"
            " ORDER BY place",
            (key, when - self._longest, when, when),
        )
        return [json.loads(value) for (value,) in rows]

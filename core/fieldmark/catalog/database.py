"""Connections to `fieldmark.db`: how they are set up, and what their errors mean.

Three kinds of transaction share one pool. `READ` cannot write. `WRITE` takes the write lock at
its start (`BEGIN IMMEDIATE`), so that two processes wait for each other instead of failing in
the middle. `DECIDE` is `WRITE` that is on the disk before it returns (`synchronous=FULL`): after
a power cut an import can be repeated, a reviewer's afternoon cannot.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from fieldmark.errors import ProjectError

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

PAGE_SIZE = 16384
"""Bytes; a feature of 2 kB wastes half of SQLite's usual page of 4 kB."""

BUSY_SECONDS = 30
"""How long a process waits for another one that writes."""


class Mode(Enum):
    """What a transaction may do, as the statements that begin it."""

    READ = ("PRAGMA query_only=ON", "BEGIN")
    WRITE = ("PRAGMA query_only=OFF", "PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE")
    DECIDE = ("PRAGMA query_only=OFF", "PRAGMA synchronous=FULL", "BEGIN IMMEDIATE")


def engine_for(file: Path) -> Engine:
    """Return an engine for a database file; connections say their `Mode` as the option `mode`."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for the type checker
    # None: the driver starts no transaction by itself; `_begin` does.
    connection.isolation_level = None
    connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    mode: Mode = connection.get_execution_options().get("mode", Mode.WRITE)
    for statement in mode.value:
        connection.exec_driver_sql(statement)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what can go wrong with a database file into one sentence.

    Raises:
        ProjectError: for a full disk, a damaged or locked file, a lack of permission.
    """
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, sqlite3.Error) as error:
        origin = error.orig if isinstance(error, DBAPIError) else error
        sentence = _sentence(origin, folder)
        if sentence is None:
            raise
        raise ProjectError(sentence) from error


def _sentence(error: BaseException | None, folder: Path) -> str | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and shutil.disk_usage(folder).free < 1 << 20:
        code = sqlite3.SQLITE_FULL
    what = _MEANINGS.get(code)
    return what and what.format(file=folder / "fieldmark.db", folder=folder, seconds=BUSY_SECONDS)


_MEANINGS = {
    sqlite3.SQLITE_FULL: (
        "the disk that holds {folder} is full; nothing that was saved is lost:"
        " free some space and type the same command again"
    ),
    sqlite3.SQLITE_IOERR: "{file} cannot be read or written; check the disk it lies on",
    sqlite3.SQLITE_CORRUPT: (
        "{file} is damaged; put back your last copy of the project folder, or make a new project"
        " with `fieldmark init FOLDER` and import the photos again"
    ),
    sqlite3.SQLITE_NOTADB: (
        "{file} is not a fieldmark database; put back your last copy of the project folder, or"
        " make a new project with `fieldmark init FOLDER`"
    ),
    sqlite3.SQLITE_READONLY: (
        "{file} may not be written; give yourself write permission for it and for its folder"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{file} cannot be opened; check that you may read and write it and its folder"
    ),
    sqlite3.SQLITE_BUSY: (
        "another fieldmark has been writing to {folder} for more than {seconds} seconds;"
        " wait until it is done and type the same command again"
    ),
}

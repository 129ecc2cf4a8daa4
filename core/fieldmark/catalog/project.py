"""A project: a folder with `fieldmark.db` and a cache that may be deleted."""

import contextlib
import os
import sqlite3
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from fieldmark.catalog import migrations
from fieldmark.catalog.database import Mode, engine_for, explained
from fieldmark.catalog.tables import Setting
from fieldmark.errors import NewerSchemaError, ProjectError

DATABASE = "fieldmark.db"
CACHE = "cache"


class Project:
    """An open project; close it, or use it in a `with` statement.

    Attributes:
        folder: absolute, with symbolic links resolved.
        species: the name of the species profile that the project was made for.
    """

    def __init__(self, folder: Path, species: str, engine: Engine) -> None:
        self.folder = folder
        self.species = species
        self._engine = engine
        self._close = weakref.finalize(self, engine.dispose)

    @classmethod
    def create(cls, folder: str | os.PathLike[str], species: str) -> Self:
        """Make a project in `folder`, which may exist and hold photos.

        The database appears complete or not at all.

        Raises:
            ProjectError: if there is a project already, or the folder cannot be written.
        """
        where = Path(folder).resolve()
        _refuse_existing(where)
        try:
            where.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fieldmark-", dir=where) as draft:
                with explained(where):
                    _write_new(Path(draft) / DATABASE, species)
                (Path(draft) / DATABASE).rename(where / DATABASE)
        except OSError as error:
            raise ProjectError(
                f"no project can be made in {where}: {error.strerror}; choose another folder"
            ) from error
        return cls.open(where)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Self:
        """Open the project in `folder`, bringing an older database up to date.

        Raises:
            NewerSchemaError: if a newer fieldmark wrote it.
            ProjectError: if there is none, or its database is damaged.
        """
        where = Path(folder).resolve()
        if not (where / DATABASE).is_file():
            raise ProjectError(
                f"{where} is not a fieldmark project; make one with `fieldmark init {folder}`"
            )
        engine = engine_for(where / DATABASE)
        try:
            with explained(where):
                _bring_up_to_date(engine, where)
                with Session(engine.execution_options(mode=Mode.READ)) as session:
                    species = session.get_one(Setting, "species").value
        except BaseException:
            engine.dispose()
            raise
        return cls(where, species, engine)

    @property
    def cache(self) -> Path:
        """The folder for what can be computed again; made when it is not there.

        Raises:
            ProjectError: if it cannot be made.
        """
        folder = self.folder / CACHE
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ProjectError(
                f"the folder {folder} cannot be made ({error.strerror}); free some space on the"
                " disk, or give yourself write permission"
            ) from error
        return folder

    def reading(self) -> AbstractContextManager[Session]:
        """Return a context that gives a session which cannot write."""
        return self._transaction(Mode.READ)

    def writing(self) -> AbstractContextManager[Session]:
        """Return a context that gives a session; commits at the end, or undoes everything.

        Waits for another process that writes.

        Raises:
            ProjectError: when the disk is full, or the wait was too long.
        """
        return self._transaction(Mode.WRITE)

    def deciding(self) -> AbstractContextManager[Session]:
        """Return `writing` whose commit survives a power cut; for everything a person decided."""
        return self._transaction(Mode.DECIDE)

    @contextlib.contextmanager
    def _transaction(self, mode: Mode) -> Iterator[Session]:
        engine = self._engine.execution_options(mode=mode)
        with explained(self.folder), Session(engine, expire_on_commit=False) as session:
            session.info["folder"] = self.folder
            with session.begin():
                session.connection()  # begins now, so that a writer waits here and not later
                yield session

    def close(self) -> None:
        """Close the database; the object cannot be used afterwards."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _refuse_existing(folder: Path) -> None:
    if (folder / DATABASE).exists():
        raise ProjectError(
            f"{folder} is a project already; type `fieldmark import` to add photos to it"
        )


def _write_new(file: Path, species: str) -> None:
    engine = engine_for(file)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
        with Session(engine) as session, session.begin():
            session.add(Setting(key="species", value=species))
    finally:
        engine.dispose()
    # Only now: WAL keeps part of the database in a second file until the last connection closes.
    with contextlib.closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA journal_mode=WAL")


def _bring_up_to_date(engine: Engine, folder: Path) -> None:
    with engine.execution_options(mode=Mode.READ).connect() as connection:
        revision = migrations.revision(connection)
    if revision == migrations.HEAD:
        return
    if revision is None:
        raise ProjectError(
            f"{folder / DATABASE} is not a fieldmark database; move it away and make a project"
            f" with `fieldmark init {folder}`"
        )
    if revision not in migrations.KNOWN:
        raise NewerSchemaError(
            f"{folder} was last used with a newer fieldmark (its database has version {revision},"
            f" this one knows up to {migrations.HEAD}); update with `pip install -U fieldmark`"
        )
    with engine.begin() as connection:
        migrations.upgrade(connection)

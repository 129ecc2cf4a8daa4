"""Photos and projects for the catalogue's tests."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from PIL import Image

from fieldmark.catalog import Project

MakePhoto: TypeAlias = Callable[..., Path]
Dump: TypeAlias = Callable[[Path], dict[str, list[tuple[Any, ...]]]]

OWN_TIMES = {"at", "started", "finished", "summary"}
DATA = Path(os.environ.get("FIELDMARK_DATA", Path(__file__).parents[4] / "shared" / "data"))


def write_photo(
    path: Path,
    seed: int = 0,
    *,
    time: str | None = None,
    place: tuple[float, float] | None = None,
    size: tuple[int, int] = (40, 24),
) -> Path:
    """Write a small JPEG; another seed is another photo."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    exif = Image.Exif()
    if time is not None:
        exif[0x8769] = {36867: time}
    if place is not None:
        exif[0x8825] = gps_tags(*place)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "JPEG", exif=exif)
    return path


def gps_tags(latitude: float, longitude: float) -> dict[int, Any]:
    """Return a position as a camera writes it."""
    return {
        1: "N" if latitude >= 0 else "S",
        2: (abs(latitude), 0.0, 0.0),
        3: "E" if longitude >= 0 else "W",
        4: (abs(longitude), 0.0, 0.0),
    }


@pytest.fixture
def photo() -> MakePhoto:
    """Write a small photo."""
    return write_photo


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project that tests copy, because migrations take their time."""
    folder = tmp_path_factory.mktemp("template")
    Project.create(folder, "tiger").close()
    return folder


@pytest.fixture
def project(tmp_path: Path, template: Path) -> Iterator[Project]:
    """A new project beside a folder for photos."""
    shutil.copytree(template, tmp_path / "project")
    with Project.open(tmp_path / "project") as made:
        yield made


@pytest.fixture
def data() -> Path:
    """The folder of real photos; skips where there is none."""
    if not DATA.is_dir():
        pytest.skip(f"no photos in {DATA}; set FIELDMARK_DATA")
    return DATA


@pytest.fixture
def dump() -> Dump:
    """Everything a database says, except when it was written."""
    return dump_of


def dump_of(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table's rows, in the order of their first columns, without our own times."""
    connection = sqlite3.connect(folder / "fieldmark.db")
    try:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        return {name: rows_of(connection, name) for (name,) in connection.execute(names)}
    finally:
        connection.close()


def rows_of(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """Return a table's rows, sorted."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    kept = ", ".join(f'"{column}"' for column in columns if column not in OWN_TIMES)
    return sorted(connection.execute(f"SELECT {kept} FROM {table}"), key=repr)  # noqa: S608

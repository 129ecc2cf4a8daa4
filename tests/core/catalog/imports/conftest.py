"""A survey of three photos, and what the project holds after an import."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select

from fieldmark.catalog import AnnotationRow, Project, annotations
from fieldmark.catalog import tables as t

MakePhoto: TypeAlias = Callable[..., Path]
Everything: TypeAlias = Callable[..., list[AnnotationRow]]
WriteTable: TypeAlias = Callable[[Path, Sequence[Mapping[str, object]]], Path]
WriteJson: TypeAlias = Callable[[Path, object], Path]


@pytest.fixture
def survey(tmp_path: Path, photo: MakePhoto) -> Path:
    """A folder with the photos cam1/a.jpg, cam1/b.jpg and cam1/c.jpg, 40 × 24 pixels."""
    for seed, name in enumerate("abc"):
        photo(tmp_path / "survey" / "cam1" / f"{name}.jpg", seed)
    return tmp_path / "survey"


@pytest.fixture
def everything(project: Project) -> Everything:
    """Return the project's annotations, `people=True` with people and vehicles."""

    def read(*, people: bool = False) -> list[AnnotationRow]:
        with project.reading() as session:
            return list(annotations(session, people=people))

    return read


@pytest.fixture
def stored(project: Project) -> Callable[[type[t.Base]], list[Any]]:
    """Return the rows of a table as dictionaries."""

    def read(table: type[t.Base]) -> list[Any]:
        columns = list(table.__table__.columns)
        with project.reading() as session:
            return [dict(row._mapping) for row in session.execute(select(*columns))]

    return read


@pytest.fixture
def write_table() -> WriteTable:
    """Write a CSV whose columns are those of its first row."""

    def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def write_json() -> WriteJson:
    """Write a JSON file."""

    def write(path: Path, content: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), "utf-8")
        return path

    return write

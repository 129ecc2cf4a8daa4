"""What is exported can be imported again, and tells no places unless asked."""

import csv
from pathlib import Path

from fieldmark.catalog import Project, annotations
from fieldmark.catalog.imports import import_table
from fieldmark.exports.table import export_csv


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_an_export_imports_into_an_equal_catalogue(project_folder: Path, tmp_path: Path) -> None:
    """Names, boxes, sides, times and visits survive the way out and in."""
    with Project.open(project_folder) as project:
        table, *_ = export_csv(project, tmp_path / "out", places=True)
        with project.reading() as session:
            before = [_essence(row) for row in annotations(session)]
    with Project.create(tmp_path / "copy", "tiger") as copy:
        import_table(copy, table)
        with copy.reading() as session:
            after = [_essence(row) for row in annotations(session)]
    assert after == before


def _essence(row: object) -> tuple[object, ...]:
    names = ("sha256", "side", "captured_at", "station", "individual_name")
    box = row.box  # type: ignore[attr-defined]
    corners = tuple(round(value, 3) for value in (box.x, box.y, box.w, box.h))
    return (*(getattr(row, name) for name in names), corners)


def test_places_are_left_out_unless_asked(project_folder: Path, tmp_path: Path) -> None:
    """A table that leaves the house does not tell where the animals live."""
    with Project.open(project_folder) as project:
        plain, *_ = export_csv(project, tmp_path / "plain")
        full, *_ = export_csv(project, tmp_path / "full", places=True)
    assert not {"station", "latitude", "longitude"} & _read(plain)[0].keys()
    assert _read(full)[0]["station"] == "ST01"


def test_every_decision_is_in_the_log(project_folder: Path, tmp_path: Path) -> None:
    """Who said what, and when, goes along."""
    with Project.open(project_folder) as project:
        _, individuals, decisions = export_csv(project, tmp_path)
    assert all(row["by"].startswith("import:") for row in _read(decisions))
    assert {row["name"] for row in _read(individuals)} == {r["name"] for r in _read(decisions)}

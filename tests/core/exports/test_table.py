"""What is exported privately can be imported again; what is shared tells no places or people."""

import csv
from pathlib import Path

from fieldmark.catalog import Project, annotations
from fieldmark.catalog.imports import import_table
from fieldmark.exports.sharing import Terms
from fieldmark.exports.table import export_csv

PRIVATE = Terms(private=True)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_private_export_imports_into_an_equal_catalogue(secret: Path, tmp_path: Path) -> None:
    """Names, boxes, sides, times and stations survive the way out and in."""
    with Project.open(secret) as project:
        table, *_ = export_csv(project, tmp_path / "out", PRIVATE)
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


def test_places_are_left_out_unless_asked(secret: Path, tmp_path: Path) -> None:
    """A table that leaves the house does not tell where the animals live."""
    with Project.open(secret) as project:
        plain, *_ = export_csv(project, tmp_path / "plain")
        full, *_ = export_csv(project, tmp_path / "full", PRIVATE)
    assert not {"latitude", "longitude"} & _read(plain)[0].keys()
    assert {row["station"] for row in _read(plain)} == {"S01", "S02"}
    assert {row["station"] for row in _read(full)} == {"Waterhole North", "Kopje Camp"}
    assert _read(full)[0]["latitude"].startswith("-24.1234")


def test_the_log_has_pseudonyms_unless_asked(secret: Path, tmp_path: Path) -> None:
    """Who said what keeps its order and its people apart; the reasons are free text, and stay."""
    with Project.open(secret) as project:
        _, individuals, plain = export_csv(project, tmp_path / "plain")
        *_, full = export_csv(project, tmp_path / "full", PRIVATE)
    assert [row["by"] for row in _read(plain)] == ["observer-1", "observer-2", "observer-2"]
    assert [row["by"] for row in _read(full)] == ["Anna Smith", "Kabelo", "Kabelo"]
    assert {row["reason"] for row in _read(plain)} == {""}
    assert "saw her limp" in {row["reason"] for row in _read(full)}
    assert {row["name"] for row in _read(individuals)} == {"T-17", "T-18"}


def test_the_folder_says_on_what_terms(secret: Path, tmp_path: Path) -> None:
    """A table has no place for a remark, so a note lies beside it."""
    with Project.open(secret) as project:
        export_csv(project, tmp_path / "plain")
        export_csv(project, tmp_path / "full", PRIVATE)
    assert (tmp_path / "plain" / "READ-ME.txt").read_text("utf-8").startswith("Shareable")
    assert (tmp_path / "full" / "READ-ME.txt").read_text("utf-8").startswith("PRIVATE")


def test_a_private_table_says_what_a_photo_is_called_elsewhere(
    secret: Path, tmp_path: Path
) -> None:
    """When somebody asks about a photo that was shared, it is found again at home."""
    with Project.open(secret) as project:
        plain, *_ = export_csv(project, tmp_path / "plain")
        full, *_ = export_csv(project, tmp_path / "full", PRIVATE)
    assert [row["path"] for row in _read(plain)] == [row["shared_as"] for row in _read(full)]

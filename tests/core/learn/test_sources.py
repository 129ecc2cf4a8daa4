"""Labelled data: tables and projects become the same rows."""

from pathlib import Path

import pytest

from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.catalog.imports.items import PixelBox
from fieldmark.catalog.sides import set_side
from fieldmark.catalog.tables import Annotation
from fieldmark.errors import UserError
from fieldmark.learn.rows import NO_SIDE, Data, Reading, Row, parse_data, stray_labels
from fieldmark.learn.sources import home, read_data
from fieldmark.types import WHOLE, Side
from support.learnable import write_data


def table(folder: Path, text: str) -> Path:
    """Write a table."""
    path = folder / "photos.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_becomes_rows(tmp_path: Path) -> None:
    """Path, identity, box, side, sighting and split are read by the names that tables use."""
    path = table(
        tmp_path,
        "image_path,identity,species,orientation,sighting,dev_split,bbox,licence\n"
        'a/1.jpg,T-1,Amur tiger (Panthera tigris altaica),left,14,val,"[1,2,3,4]",CC0\n',
    )
    found = read_data([Data(path)], Reading(split="dev_split"))
    photo = tmp_path / "a" / "1.jpg"
    assert found.rows == [
        Row("photos", "a/1.jpg", photo, "T-1", "amur-tiger", PixelBox(1, 2, 3, 4), Side.LEFT,
            "photos/14", None, "val")
    ]  # fmt: skip
    assert found.rows[0].individual == "amur-tiger/T-1"
    assert found.licences == {"CC0"}


def test_the_species_is_said_on_the_command_line_or_by_the_recipe(tmp_path: Path) -> None:
    """NAME=PATH wins over the table; a table that says nothing is of the recipe's species."""
    path = table(tmp_path, "path,identity,species\na.jpg,1,Tiger\nb.jpg,2,\n")
    forced = read_data([Data(path, "cat")], Reading("tiger")).rows
    assert [(row.data, row.species) for row in forced] == [("cat", "cat")] * 2
    assert [row.species for row in read_data([Data(path)], Reading("tiger")).rows] == ["tiger"] * 2


def test_rows_that_cannot_be_used_are_listed_and_the_unnamed_counted(tmp_path: Path) -> None:
    """A bad box, a missing value and a missing path each stop their own row alone."""
    text = 'path,identity,bbox\na.jpg,1,"[1,2]"\nb.jpg,2\n,3,\nc.jpg,unknown,\nd.jpg,4,\n'
    found = read_data([Data(table(tmp_path, text))], Reading())
    assert [row.label for row in found.rows] == ["4"]
    assert [name for name, _ in found.rejected] == [f"photos.csv line {n}" for n in (2, 3, 4)]
    assert found.notes["a row names no individual and was left out"] == 1


def test_photos_without_a_name_serve_where_species_are_told_apart(tmp_path: Path) -> None:
    """Each is an individual of its own."""
    path = table(tmp_path, "path,species\na.jpg,lion\nb.jpg,lion\n")
    rows = read_data([Data(path)], Reading(unnamed=True)).rows
    assert [row.individual for row in rows] == ["lion/unnamed a.jpg", "lion/unnamed b.jpg"]
    with pytest.raises(UserError, match="no column 'identity'"):
        read_data([Data(path)], Reading())


def test_unnamed_photos_of_one_visit_stay_together(tmp_path: Path) -> None:
    """Where the visit is known it stands for the individual, so that a burst is never split."""
    text = "path,species,encounter\na.jpg,lion,7\nb.jpg,lion,7\nc.jpg,lion,8\n"
    rows = read_data([Data(table(tmp_path, text))], Reading(unnamed=True)).rows
    assert [row.individual for row in rows] == [
        f"lion/unnamed photos/{visit}" for visit in (7, 7, 8)
    ]


def test_where_sides_are_told_apart_only_known_ones_count(tmp_path: Path) -> None:
    """A row without a side is counted and left out; a name is not needed."""
    path = table(tmp_path, "path,orientation\na.jpg,left\nb.jpg,\nc.jpg,unknown\nd.jpg,right\n")
    found = read_data([Data(path)], Reading(unnamed=True, sided=True))
    assert [str(row.side) for row in found.rows] == ["left", "right"]
    assert found.notes[NO_SIDE] == 2


def test_a_project_teaches_no_sides_that_a_classifier_said(tmp_path: Path) -> None:
    """What a person or an import said is learnt from; a model's own guesses never are."""
    data = write_data(tmp_path / "data", individuals=1)
    with Project.create(tmp_path / "survey", "tiger") as project:
        import_table(project, data)
        with project.writing() as session:
            for number, by in ((1, "import:metadata.csv"), (2, None), (3, "model:0123456789ab")):
                row = session.get_one(Annotation, number)
                row.side, row.side_by = "left", by
            set_side(session, 4, Side.RIGHT, "Ana")
    found = read_data([Data(tmp_path / "survey")], Reading(unnamed=True, sided=True))
    assert [str(row.side) for row in found.rows] == ["left", "left", "right"]
    assert found.notes[NO_SIDE] == 1


def test_only_the_rows_that_are_wanted_are_read(tmp_path: Path) -> None:
    """A column that does not exist is named with those that do."""
    path = table(tmp_path, "path,identity,kind\na.jpg,1,crop\nb.jpg,2,edges\n")
    assert len(read_data([Data(path)], Reading(where={"kind": "crop"})).rows) == 1
    with pytest.raises(UserError, match=r"no column 'kin'.*did you mean 'kind'"):
        read_data([Data(path)], Reading(where={"kin": "crop"}))
    with pytest.raises(UserError, match="no column 'dev_split'"):
        read_data([Data(path)], Reading(split="dev_split"))


def test_labels_that_differ_in_case_or_blanks_are_reported_and_kept_apart(tmp_path: Path) -> None:
    """Only a person knows whether they are one animal."""
    text = "path,identity\na.jpg,Tiger 1\nb.jpg,tiger 1 \nc.jpg,Tiger 2\n"
    rows = read_data([Data(table(tmp_path, text))], Reading()).rows
    assert len({row.individual for row in rows}) == 3
    (sentence,) = stray_labels(rows)
    assert "'Tiger 1', 'tiger 1 '" in sentence
    assert "kept apart" in sentence


def test_a_project_gives_its_named_animals(tmp_path: Path) -> None:
    """Its boxes, sides and encounters are those of the catalogue."""
    photos = write_data(tmp_path / "photos", individuals=2, photos=2)
    folder = tmp_path / "project"
    with Project.create(folder, "leopard") as project:
        import_table(project, photos)
    found = read_data([Data(folder)], Reading("leopard"))
    assert [row.individual for row in found.rows] == [
        "leopard/a0", "leopard/a0", "leopard/a1", "leopard/a1",
    ]  # fmt: skip
    assert {row.side for row in found.rows} == {Side.LEFT}
    assert {row.box for row in found.rows} == {WHOLE}
    assert len({row.encounter for row in found.rows}) == 2
    assert home([Data(photos), Data(folder)]) == folder
    with pytest.raises(UserError, match="a project, which has no columns"):
        read_data([Data(folder)], Reading(split="dev_split"))


def test_two_sets_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Their encounters and photos never mix."""
    path = table(tmp_path, "path,identity\na.jpg,1\n")
    rows = read_data([Data(path, "cat"), Data(path, "cat")], Reading()).rows
    assert [row.data for row in rows] == ["cat", "cat-2"]
    assert {row.individual for row in rows} == {"cat/1"}


def test_data_are_given_as_a_path_or_as_species_and_path(tmp_path: Path) -> None:
    """A folder stands for its metadata.csv; what is not there is said with an example."""
    assert parse_data(f"tiger={tmp_path}") == Data(tmp_path, "tiger")
    assert parse_data(str(tmp_path)) == Data(tmp_path)
    with pytest.raises(UserError, match=r"--data tiger=photos\.csv"):
        parse_data("tiger=nowhere")
    with pytest.raises(UserError, match="neither a project nor"):
        read_data([Data(tmp_path)], Reading())
    with pytest.raises(UserError, match="nothing to learn from"):
        read_data([], Reading())

"""Importing Timelapse's CSV."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog import AnnotationRow, Project, photos
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_any
from fieldmark.errors import UserError
from fieldmark.types import Side

Everything = Callable[..., list[AnnotationRow]]
WriteTable = Callable[..., Path]
Stored = Callable[[type[t.Base]], list[Any]]
Row = dict[str, Any]


def row(file: str = "a.jpg", **more: object) -> Row:
    """Return a row as Timelapse writes it."""
    return {"RootFolder": "survey", "File": file, "RelativePath": "cam1",
            "DateTime": "2019-03-04 03:04:50", "DeleteFlag": "false", **more}  # fmt: skip


def test_the_users_columns(
    project: Project, survey: Path, everything: Everything, stored: Stored, write_table: WriteTable
) -> None:
    """A name, a side and a species of the user's template belong to the whole photo."""
    more = {"Species": "Tiger", "IndividualID": "T-1", "Flank": "Left"}
    path = write_table(survey / "x.csv", [row(RelativePath="CAM1", **more)])
    summary = import_any(project, path)
    assert (summary.format, summary.photos_added, summary.individuals_added) == ("timelapse", 1, 1)
    assert summary.columns == {
        "identity": "individualid", "orientation": "flank", "species": "species",
        "date": "datetime",
    }  # fmt: skip
    (one,) = everything()
    assert (one.individual_name, one.side, one.station) == ("T-1", Side.LEFT, "cam1")
    assert (one.species, str(one.captured_at)) == ("tiger", "2019-03-04 03:04:50")
    assert stored(t.Annotation)[0]["side_by"] == "import:x.csv"
    assert import_any(project, path).annotations_added == 0


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"DateTime": "2019-03-04T03:04:50"}, "2019-03-04T03:04:50"),
        ({"DateTime": "", "Date": "04-Mar-2019", "Time": "03:04:50"}, "2019-03-04T03:04:50"),
        ({"DateTime": "", "Date": "2019-03-04", "Time": ""}, "2019-03-04"),
        ({"DateTime": "2019-03-04 03:04:50+02:00"}, "2019-03-04T03:04:50"),
        ({"DateTime": "yesterday"}, None),
    ],
)
def test_times(
    project: Project, survey: Path, stored: Stored, write_table: WriteTable,
    times: Row, expected: str | None,
) -> None:  # fmt: skip
    """Date and time may be one column or two, and in Timelapse's own form."""
    summary = import_any(project, write_table(survey / "x.csv", [row(**times)]))
    (photo,) = stored(t.Photo)
    assert photo["captured_at"] == expected
    assert any("date was not understood" in note for note in summary.notes) == (expected is None)
    assert photo["captured_zone"] == ("+02:00" if "+" in str(times["DateTime"]) else None)


def test_the_table_may_lie_beside_its_root(
    project: Project, survey: Path, write_table: WriteTable
) -> None:
    """Paths start from the table's folder, or from the root folder in it."""
    path = write_table(survey.parent / "x.csv", [row(RelativePath="\\cam1")])
    assert import_any(project, path).photos_added == 1


def test_flags_and_what_is_left_out(
    project: Project, survey: Path, everything: Everything, write_table: WriteTable
) -> None:
    """People are recorded, empty photos are looked at, deleted rows and videos are not used."""
    flags = {"animal": "false", "person": "false", "empty": "false"}
    rows = [
        row("a.jpg", **{**flags, "person": "true"}), row("b.jpg", **{**flags, "empty": "TRUE"}),
        row("c.jpg", **{**flags, "DeleteFlag": "True"}), row("d.mp4", **flags), row("", **flags),
    ]  # fmt: skip
    summary = import_any(project, write_table(survey / "x.csv", rows))
    assert (summary.photos_added, summary.not_photos) == (2, 1)
    assert summary.rejected == (("x.csv line 6", "the row names no file"),)
    assert [one.label for one in everything(people=True)] == ["person"]
    with project.reading() as session:
        assert list(photos(session, undetected=True)) == []


def test_several_individuals_and_strange_sides(
    project: Project, survey: Path, everything: Everything, write_table: WriteTable
) -> None:
    """Neither names the photo; both are noted."""
    path = write_table(survey / "x.csv", [row(Individual="T-1; T-2", Side="upside down")])
    notes = " ".join(import_any(project, path).notes)
    assert [(one.individual_name, one.side) for one in everything()] == [(None, Side.UNKNOWN)]
    assert "several individuals" in notes
    assert "'upside down' is not known" in notes


def test_columns_and_rows_that_were_asked_for(
    project: Project, survey: Path, everything: Everything, write_table: WriteTable
) -> None:
    """`--column` and `--where` work as with any table; what does not exist is said."""
    rows = [row("a.jpg", Who="T-1", Use="y"), row("b.jpg", Who="T-2", Use="n")]
    path = write_table(survey / "x.csv", rows)
    import_any(project, path, columns={"identity": "Who"}, where={"Use": "y"})
    assert [one.individual_name for one in everything()] == ["T-1"]
    with pytest.raises(UserError, match="no column 'Whom'"):
        import_any(project, path, columns={"identity": "Whom"})
    with pytest.raises(UserError, match="'colour' is nothing"):
        import_any(project, path, columns={"colour": "Who"})
    with pytest.raises(UserError, match="no column 'nope'"):
        import_any(project, path, where={"nope": "y"})

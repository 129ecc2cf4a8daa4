"""Importing tables with one animal per row."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from fieldmark.catalog import (
    AnnotationRow,
    Project,
    annotations,
    contradictions,
    counts,
    individuals,
)
from fieldmark.catalog.imports import ImportSummary, import_folder, import_table
from fieldmark.catalog.tables import Root
from fieldmark.errors import UserError
from fieldmark.exports.sharing import Terms
from fieldmark.exports.table import export_csv
from fieldmark.types import Side

MakePhoto = Callable[..., Path]


@pytest.fixture
def survey(tmp_path: Path, photo: MakePhoto) -> Path:
    """A folder with the photos a.jpg, b.jpg and c.jpg, 40 × 24 pixels."""
    for seed, name in enumerate("abc"):
        photo(tmp_path / "survey" / f"{name}.jpg", seed)
    return tmp_path / "survey"


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a table."""
    path = folder / "metadata.csv"
    path.write_text(text, encoding, newline="")
    return path


def everything(project: Project) -> list[AnnotationRow]:
    """Return the project's annotations."""
    with project.reading() as session:
        return list(annotations(session))


def test_the_columns_of_wildlife_datasets(project: Project, survey: Path) -> None:
    """identity, path, bbox, orientation and date become an annotation."""
    text = (
        "image_id,identity,path,bbox,orientation,date,split\n"
        '1,T-1,a.jpg,"[10, 6, 20, 12]",left,2019-03-04 03:04:50,train\n'
        "2,unknown,b.jpg,,right,,test\n"
    )
    summary = import_table(project, table(survey, text))
    assert (summary.photos_added, summary.annotations_added) == (2, 2)
    assert (summary.individuals_added, summary.rejected) == (1, ())
    first, second = everything(project)
    assert (first.box.x, first.box.y, first.box.w, first.box.h) == (0.25, 0.25, 0.5, 0.5)
    assert (first.individual_name, first.side, first.source) == ("T-1", Side.LEFT, "table")
    assert str(first.captured_at) == "2019-03-04 03:04:50"
    assert (second.individual_name, second.side, second.source) == (None, Side.RIGHT, "photo")


def test_other_names_of_columns_are_found_and_said(project: Project, survey: Path) -> None:
    """image_path, sighting and datetime are understood, and the summary says what was used."""
    text = "image_path,identity,sighting,datetime,station\na.jpg,1,7,2019-01-02,K3\nb.jpg,2,7,,K3\n"
    summary = import_table(project, table(survey, text))
    assert summary.columns == {
        "path": "image_path",
        "identity": "identity",
        "encounter": "sighting",
        "date": "datetime",
        "station": "station",
    }
    assert summary.stations == "2 photos by the column station"
    first, second = everything(project)
    assert first.encounter_id == second.encounter_id
    assert (first.station, str(first.captured_at)) == ("K3", "2019-01-02 00:00:00")


def test_columns_can_be_named(project: Project, survey: Path) -> None:
    """A mapping wins over the names; wrong ones are refused with what there is."""
    path = table(survey, "path,where,who\nnowhere.jpg,a.jpg,T-1\n")
    columns = {"path": "where", "identity": "who"}
    assert import_table(project, path, columns=columns).individuals_added == 1
    with pytest.raises(UserError, match="no column 'colour'; it has path, where, who"):
        import_table(project, path, columns={"path": "colour"})
    with pytest.raises(UserError, match="'colour' is nothing a table can say"):
        import_table(project, path, columns={"colour": "where"})
    with pytest.raises(UserError, match="no column 'kind'"):
        import_table(project, path, where={"kind": "crop"})


def test_only_some_rows(project: Project, survey: Path) -> None:
    """`where` leaves out rows, and the summary says how many."""
    path = table(survey, "path,kind\na.jpg,crop\nb.jpg,edge\nc.jpg,edge\n")
    summary = import_table(project, path, where={"kind": "crop"})
    assert summary.photos_added == 1
    assert summary.notes == ("2 × a row was left out, as asked",)


def test_many_animals_in_one_photo(project: Project, survey: Path) -> None:
    """Each row is an animal, and the photo is read once; x, y, w, h are a box as well."""
    rows = "".join(f"a.jpg,{x},0,5,5,T-{x}\n" for x in (0, 10, 20))
    path = table(survey, "path,x,y,w,h,identity\n" + rows + "b.jpg,,,,,\n")
    summary = import_table(project, path)
    assert (summary.photos_added, summary.annotations_added) == (2, 4)
    assert summary.columns["bbox"] == "x, y, w, h"
    assert [row.individual_name for row in everything(project)] == ["T-0", "T-10", "T-20", None]
    again = import_table(project, path)
    assert (again.photos_known, again.annotations_added, again.individuals_added) == (2, 0, 0)


def test_a_bad_row_is_listed_with_its_line(project: Project, survey: Path) -> None:
    """Every row that cannot be used is named, and the others are imported."""
    text = 'path,bbox\na.jpg,"[1, 2]"\n\na.jpg,"[100, 100, 5, 5]"\na.jpg\n,\nnowhere.jpg,\nb.jpg,\n'
    summary = import_table(project, table(survey, text))
    assert summary.photos_added == 2  # the photo of line 4 exists, its box does not
    assert summary.annotations_added == 1
    listed = dict(summary.rejected)
    assert "expected a box as [x, y, width, height]" in listed["metadata.csv line 2"]
    assert "outside the photo of 40 × 24 pixels" in listed["metadata.csv line 4: a.jpg"]
    assert "the row has 1 values, the header 2" in listed["metadata.csv line 5"]
    assert "no such file" in listed["metadata.csv line 7: nowhere.jpg"]
    assert len(listed) == 4  # a row of separators alone is empty


def test_a_box_over_the_edge_is_cut_and_said(project: Project, survey: Path) -> None:
    """An annotator's box that reaches beyond the photo is used."""
    summary = import_table(project, table(survey, 'path,bbox\na.jpg,"[-10, 0, 30, 24]"\n'))
    assert everything(project)[0].box.w == 0.5
    assert summary.notes == ("1 × the box reached beyond the photo and was cut at its edge",)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators_and_byte_order_marks(
    project: Project, survey: Path, separator: str, encoding: str
) -> None:
    """What spreadsheets write is read."""
    buffer = io.StringIO()
    rows = [["path", "identity", "bbox"], ["a.jpg", "Éva", "[1,2,3,4]"]]
    csv.writer(buffer, delimiter=separator).writerows(rows)
    summary = import_table(project, table(survey, buffer.getvalue(), encoding))
    assert summary.individuals_added == 1
    assert everything(project)[0].individual_name == "Éva"


@pytest.mark.parametrize("name", ["unknown", "", "____", "NaN", " None "])
def test_no_name_is_no_name(project: Project, survey: Path, name: str) -> None:
    """What other programs write for an unknown animal names nobody."""
    assert (
        import_table(project, table(survey, f"path,identity\na.jpg,{name}\n")).individuals_added
        == 0
    )


def test_a_windows_path_and_another_root(project: Project, tmp_path: Path, survey: Path) -> None:
    """Backslashes separate folders, and paths start from the root that is given."""
    (tmp_path / "tables").mkdir()
    path = table(tmp_path / "tables", "path\nsurvey\\a.jpg\n")
    assert import_table(project, path, root=tmp_path).photos_added == 1
    assert everything(project)[0].path == survey / "a.jpg"


def test_another_species_is_kept_and_said(project: Project, survey: Path) -> None:
    """The table's species counts, unless one is given for all."""
    path = table(survey, "path,species\na.jpg,Tiger (Panthera tigris)\nb.jpg,Amur leopard\n")
    notes = import_table(project, path).notes
    assert [row.species for row in everything(project)] == ["tiger", "Amur leopard"]
    assert any("'Amur leopard', not tiger" in note for note in notes)
    with project.reading() as session:
        assert [row.id for row in annotations(session, species="tiger")] == [1]


def test_words_that_are_not_understood_are_said(project: Project, survey: Path) -> None:
    """A strange side or date is not lost silently."""
    path = table(survey, "path,orientation,date\na.jpg,diagonal,04/03/2019\n")
    notes = import_table(project, path).notes
    assert "1 × the side 'diagonal' is not known, so it was taken as unknown" in notes
    assert any("the date was not understood" in note for note in notes)


def test_a_table_completes_a_folder(project: Project, survey: Path) -> None:
    """After the folder, the table adds names, sides and encounters to the same annotations."""
    import_folder(project, survey)
    path = table(survey, "path,identity,side,sighting\na.jpg,T-1,left,9\nb.jpg,T-1,left,9\n")
    summary = import_table(project, path)
    assert (summary.photos_known, summary.annotations_added) == (2, 0)
    first, second, _ = everything(project)
    assert (first.individual_name, first.side) == ("T-1", Side.LEFT)
    assert first.encounter_id == second.encounter_id


def test_boxes_in_a_table_replace_the_whole_photo(project: Project, survey: Path) -> None:
    """Unless the whole photo was given another name than any box in it."""
    import_table(project, table(survey, "path,identity\na.jpg,T-1\nb.jpg,\nc.jpg,T-3\n"))
    rows = [f'{name}.jpg,"[{x},0,5,5]",T-1\n' for name in "abc" for x in (0, 9)]
    import_table(project, table(survey, "path,bbox,identity\n" + "".join(rows)))
    assert [(row.id, row.individual_name) for row in everything(project)] == [
        (3, "T-3"), *((number, "T-1") for number in range(4, 10)),
    ]  # fmt: skip


def test_sightings_of_two_tables_are_two(project: Project, tmp_path: Path, survey: Path) -> None:
    """The sighting 7 of one table is not the sighting 7 of another."""
    import_table(project, table(survey, "path,sighting\na.jpg,7\nb.jpg,7\n"))
    import_table(project, table(tmp_path, "path,sighting\nsurvey/c.jpg,7\n"))
    first, second, third = (row.encounter_id for row in everything(project))
    assert first == second != third


def test_wrong_absolute_paths_become_no_roots(project: Project, survey: Path) -> None:
    """A table made on another computer is rejected row by row, and leaves nothing behind."""
    text = "path\n.\n/\n" + "".join(f"/no/such/cam{n}/a.jpg\n" for n in range(5))
    assert len(import_table(project, table(survey, text)).rejected) == 7
    with project.reading() as session:
        assert session.scalars(select(Root.path)).all() == []


def test_what_contradicts_an_earlier_import_is_said(project: Project, survey: Path) -> None:
    """The first word on side, station and time is kept, and the summary tells."""
    columns = "path,side,station,date\n"
    import_table(project, table(survey, columns + "a.jpg,left,K1,2019-01-01 10:00\n"))
    notes = import_table(project, table(survey, columns + "a.jpg,right,K2,2019-01-02\n")).notes
    assert [note.split(" differs")[0] for note in notes] == [
        "1 × the side",
        "1 × the station",
        "1 × the table's time",
    ]
    assert (everything(project)[0].side, everything(project)[0].station) == (Side.LEFT, "K1")


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("a,b\n1,2\n", "no column with the photos' paths"),
     ("path,path\n1,2\n", "several columns 'path'")],
)  # fmt: skip
def test_a_table_that_cannot_be_used(
    project: Project, survey: Path, text: str, message: str
) -> None:
    """The sentence says what the table lacks."""
    with pytest.raises(UserError, match=message):
        import_table(project, table(survey, text))


def test_a_table_that_is_not_utf8(project: Project, survey: Path) -> None:
    """An old encoding is named before anything is imported."""
    path = table(survey, "path,identity\na.jpg,Éva\n", "latin-1")
    with pytest.raises(UserError, match="CSV UTF-8"):
        import_table(project, path)
    with pytest.raises(UserError, match="cannot be read"):
        import_table(project, survey / "absent.csv")


def test_paths_that_no_file_can_have(project: Project, survey: Path) -> None:
    """Too long, with a zero byte, or none at all: listed like any other."""
    path = table(survey, f"path,side\n{'x' * 5000}.jpg,\na\0b.jpg,\n,left\n")
    reasons = [why for _, why in import_table(project, path).rejected]
    assert "the row names no photo" in reasons
    assert len(reasons) == 3


def test_a_cell_without_an_end_is_explained(project: Project, survey: Path) -> None:
    """A forgotten quotation mark swallows the table; the sentence says it is no table."""
    path = table(survey, 'path\n"' + "x" * 200_000)
    with pytest.raises(UserError, match="not a table with columns"):
        import_table(project, path)


def test_a_name_for_a_photo_of_several_animals_is_not_used(project: Project, survey: Path) -> None:
    """Nobody knows which of them it means."""
    import_table(project, table(survey, "path,x,y,w,h\na.jpg,0,0,5,5\na.jpg,9,9,5,5\n"))
    summary = import_table(project, table(survey, "path,identity\na.jpg,T-1\n"))
    assert summary.notes == ("1 × the photo shows several animals, so its name was not used",)
    assert [row.individual_name for row in everything(project)] == [None, None]


def test_the_export_is_read_back(project: Project, tmp_path: Path, survey: Path) -> None:
    """What is exported and imported into a new project says the same."""
    text = (
        "path,identity,bbox,orientation,date,station,encounter\n"
        'a.jpg,T-1,"[1, 2, 30, 20]",left,2019-03-04 03:04:50,K1,e1\n'
        'a.jpg,T-2,"[5, 2, 30, 20]",right,2019-03-04 03:04:50,K1,e1\n'
        "b.jpg,unknown,,unknown,,,\n"
    )
    import_table(project, table(survey, text))
    exported, _, _ = export_csv(project, tmp_path / "export", Terms(private=True))
    with Project.create(tmp_path / "second", "tiger") as second:
        import_table(second, exported)
        assert [said(row) for row in everything(second)] == [
            said(row) for row in everything(project)
        ]


def said(row: AnnotationRow) -> tuple[object, ...]:
    """Return what matters of an annotation."""
    box = tuple(round(value, 4) for value in (row.box.x, row.box.y, row.box.w, row.box.h))
    return row.sha256, box, row.side, row.individual_name, row.captured_at, row.station


@pytest.mark.parametrize(
    ("folder", "photos", "names"), [("NyalaData", 1508, 237), ("SpotIDLeopard", 52, 3)]
)
@pytest.mark.slow
def test_real_tables(project: Project, data: Path, folder: str, photos: int, names: int) -> None:
    """The published tables import without a rejected row or a contradiction."""
    summary = import_table(project, data / folder / "metadata.csv")
    assert (summary.photos_added, summary.individuals_added) == (photos, names)
    assert summary.rejected == ()
    with project.reading() as session:
        assert contradictions(session) == []
        assert len(individuals(session)) == names
        assert counts(session).annotations == photos


TEXTS = st.text(max_size=60) | st.text('path,identity\n"a.jpg;[1 2]\t', max_size=60)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXTS, header=st.sampled_from(["", "path\n", "path,bbox,date,identity,encounter\n"]))
def test_any_text_gives_a_summary_or_a_sentence(
    project: Project, survey: Path, text: str, header: str
) -> None:
    """No table, however broken, gives another error."""
    path = survey / "metadata.csv"
    path.write_bytes((header + text).encode("utf-8", "surrogatepass"))
    try:
        summary = import_table(project, path)
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
    else:
        assert isinstance(summary, ImportSummary)

"""Importing a folder of photos."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fieldmark.catalog import (
    AnnotationRow,
    Project,
    annotations,
    contradictions,
    counts,
    decisions,
    rejected_files,
    runs,
    withdraw,
)
from fieldmark.catalog.imports import files, import_folder
from fieldmark.errors import UserError

MakePhoto = Callable[..., Path]
Dump = Callable[[Path], object]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """The folder that photos are imported from."""
    return tmp_path / "photos"


def everything(project: Project) -> list[AnnotationRow]:
    """Return the project's annotations."""
    with project.reading() as session:
        return list(annotations(session))


def test_each_photo_is_one_animal(project: Project, photos: Path, photo: MakePhoto) -> None:
    """Without boxes the whole photo is the animal; camera time and size are read."""
    photo(photos / "a.jpg", time="2019:03:04 03:04:50")
    summary = import_folder(project, photos)
    assert (summary.photos_added, summary.annotations_added, summary.rejected) == (1, 1, ())
    (row,) = everything(project)
    assert row.path == photos / "a.jpg"
    assert (row.box.w, row.box.h, row.width, row.height) == (1, 1, 40, 24)
    assert str(row.captured_at) == "2019-03-04 03:04:50"
    assert (row.species, row.source, row.individual_name) == ("tiger", "photo", None)


def test_names_with_blanks_and_accents(project: Project, photos: Path, photo: MakePhoto) -> None:
    """Folders and files may be called anything that is text."""
    photo(photos / "Nô Man’s Land 林" / "tigré 1.JPG")
    assert import_folder(project, photos).photos_added == 1
    (row,) = everything(project)
    assert row.path == photos / "Nô Man’s Land 林" / "tigré 1.JPG"
    assert row.station == "Nô Man’s Land 林"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX allows such names")
def test_a_name_that_is_not_text_is_rejected(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """A file name in an unknown encoding is listed, and the others are imported."""
    photo(photos / "a.jpg")
    shutil.copy(photos / "a.jpg", os.fsdecode(os.fsencode(photos / "b") + b"\xff.jpg"))
    summary = import_folder(project, photos)
    assert summary.photos_added == 1
    assert [reason for _, reason in summary.rejected] == [
        "the file's name is not valid text; rename the file"
    ]


def test_content_decides_what_a_photo_is(project: Project, photos: Path, photo: MakePhoto) -> None:
    """Photos with odd endings are found, junk that calls itself a photo is listed with a reason."""
    photo(photos / "IMG_1.JPEG.bak", seed=1)
    photo(photos / "without_ending", seed=2)
    (photos / "junk.jpg").write_text("junk")
    (photos / "empty.PNG").touch()
    (photos / "notes.txt").write_text("BM notes")
    (photos / "raw.NEF").write_bytes(b"II*\0 a raw file")
    (photos / "x.jpg").mkdir()
    summary = import_folder(project, photos)
    assert (summary.photos_added, summary.not_photos) == (2, 2)
    assert [Path(path).name for path, _ in summary.rejected] == ["empty.PNG", "junk.jpg"]
    assert any("raw photos: convert them to JPEG" in note for note in summary.notes)
    with project.reading() as session:
        assert [row.path.name for row in rejected_files(session)] == ["empty.PNG", "junk.jpg"]


def test_a_rejected_file_is_cleared_when_it_imports_well(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """The list of rejected files shows what is wrong now."""
    photos.mkdir()
    (photos / "a.jpg").touch()
    assert len(import_folder(project, photos).rejected) == 1
    photo(photos / "a.jpg")
    assert import_folder(project, photos).photos_added == 1
    with project.reading() as session:
        assert list(rejected_files(session)) == []


def test_conversions_are_noted(project: Project, photos: Path) -> None:
    """A CMYK photo is imported, and the summary says that it was converted."""
    photos.mkdir()
    Image.new("CMYK", (8, 8)).save(photos / "a.jpg")
    assert "1 × converted from CMYK" in import_folder(project, photos).notes


def test_hidden_linked_and_own_files_are_left_out(
    tmp_path: Path, photos: Path, photo: MakePhoto
) -> None:
    """Hidden files, symbolic links and the project's own folder are no photos to import."""
    photo(photos / "a.jpg")
    photo(photos / ".hidden.jpg", seed=1)
    photo(photos / ".cache" / "b.jpg", seed=2)
    photo(tmp_path / "elsewhere" / "c.jpg", seed=3)
    (photos / "link.jpg").symlink_to(tmp_path / "elsewhere" / "c.jpg")
    (photos / "loop").symlink_to(photos)
    with Project.create(photos / "project", "tiger") as project:
        photo(project.folder / "reports" / "d.jpg", seed=4)
        summary = import_folder(project, photos)
        assert summary.photos_added == 1
        assert "2 × a symbolic link was not followed" in summary.notes
        assert "1 × the project's own folder was not searched" in summary.notes


def test_a_project_may_live_among_its_photos(photos: Path, photo: MakePhoto) -> None:
    """Importing the project's own folder imports its photos, and not its cache."""
    photo(photos / "a.jpg")
    with Project.create(photos, "tiger") as project:
        photo(project.cache / "b.jpg", seed=1)
        summary = import_folder(project, photos)
        assert (summary.photos_added, summary.not_photos) == (1, 0)


def test_importing_again_adds_nothing_and_decodes_nothing(
    project: Project, photos: Path, photo: MakePhoto, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose path, size and time are unchanged is not opened again."""
    for number in range(3):
        photo(photos / f"{number}.jpg", seed=number)
    import_folder(project, photos)
    before = everything(project)
    monkeypatch.setattr(files, "probe", None)
    summary = import_folder(project, photos)
    assert (summary.photos_added, summary.photos_known, summary.annotations_added) == (0, 3, 0)
    assert everything(project) == before


def test_a_changed_time_alone_is_the_same_photo(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """A file that was touched is read again, and known."""
    path = photo(photos / "a.jpg")
    import_folder(project, photos)
    os.utime(path, (1, 1))
    summary = import_folder(project, photos)
    assert (summary.photos_known, summary.photos_moved, summary.copies) == (1, 0, 0)


def test_a_moved_file_is_recognised(project: Project, photos: Path, photo: MakePhoto) -> None:
    """A photo that was moved is the same photo at a new place."""
    path = photo(photos / "a.jpg")
    import_folder(project, photos)
    (photos / "cam1").mkdir()
    path.rename(photos / "cam1" / "b.jpg")
    assert everything(project)[0].path is None
    summary = import_folder(project, photos)
    assert (summary.photos_added, summary.photos_moved, summary.copies) == (0, 1, 0)
    (row,) = everything(project)
    assert row.path == photos / "cam1" / "b.jpg"


def test_a_copy_is_one_photo_at_two_places(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """When the first copy goes, the second one is used."""
    path = photo(photos / "a.jpg")
    shutil.copy(path, photos / "b.jpg")
    summary = import_folder(project, photos)
    assert (summary.photos_added, summary.copies, summary.annotations_added) == (1, 1, 1)
    path.unlink()
    assert everything(project)[0].path == photos / "b.jpg"


def test_a_replaced_file_is_a_new_photo(project: Project, photos: Path, photo: MakePhoto) -> None:
    """Other content at the same path: the old photo stays, and is missing until it comes back."""
    path = photo(photos / "a.jpg", seed=1)
    first = path.read_bytes()
    import_folder(project, photos)
    photo(path, seed=2, size=(48, 24))
    assert everything(project)[0].path is None
    assert import_folder(project, photos).photos_added == 1
    old, new = everything(project)
    assert (old.path, new.path) == (None, path)
    path.write_bytes(first)
    import_folder(project, photos)
    assert [row.path for row in everything(project)] == [path, None]


def test_a_photo_that_became_junk_is_missing(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """Damage to a known file is listed, and the photo stays in the catalogue."""
    path = photo(photos / "a.jpg")
    import_folder(project, photos)
    path.write_bytes(b"")
    assert len(import_folder(project, photos).rejected) == 1
    assert [row.path for row in everything(project)] == [None]


def test_project_and_photos_move_together(tmp_path: Path, photo: MakePhoto) -> None:
    """On a USB stick, photos beside or inside the project are found wherever it is plugged in."""
    photo(tmp_path / "stick" / "photos" / "a.jpg")
    with Project.create(tmp_path / "stick" / "project", "tiger") as project:
        import_folder(project, tmp_path / "stick" / "photos")
    (tmp_path / "stick").rename(tmp_path / "usb")
    with Project.open(tmp_path / "usb" / "project") as project:
        assert everything(project)[0].path == tmp_path / "usb" / "photos" / "a.jpg"


def test_a_project_that_moves_alone_finds_its_photos(
    project: Project, tmp_path: Path, photos: Path, photo: MakePhoto
) -> None:
    """If only the project moved, the photos are where they were last seen."""
    photo(photos / "a.jpg")
    import_folder(project, photos)
    project.close()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    project.folder.rename(tmp_path / "deep" / "er" / "p")
    with Project.open(tmp_path / "deep" / "er" / "p") as moved:
        assert everything(moved)[0].path == photos / "a.jpg"


def test_a_part_of_a_known_folder_is_known(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """Importing a folder inside, or around, an imported one makes no copies."""
    photo(photos / "cam1" / "a.jpg")
    import_folder(project, photos / "cam1")
    summary = import_folder(project, photos)
    assert (summary.photos_known, summary.copies, summary.photos_moved) == (1, 0, 0)
    assert import_folder(project, photos / "cam1").photos_known == 1


def test_folders_name_individuals(project: Project, photos: Path, photo: MakePhoto) -> None:
    """The folder that holds the photo is the name; `unknown` and the top folder are none."""
    photo(photos / "train" / "Ayo" / "a.jpg", seed=1)
    photo(photos / "test" / "ayo " / "b.jpg", seed=2)
    photo(photos / "unknown" / "c.jpg", seed=3)
    photo(photos / "d.jpg", seed=4)
    summary = import_folder(project, photos, individuals_from_folders=True)
    assert summary.individuals_added == 1
    names = {row.path.name: row.individual_name for row in everything(project) if row.path}
    assert len(set(names.values())) == 2
    assert (names["c.jpg"], names["d.jpg"]) == (None, None)
    with project.reading() as session:
        assert {row.by for row in decisions(session)} == {"import:photos"}
        assert {row.station for row in annotations(session)} == {None}


def test_a_corrected_name_is_not_imported_again(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """What a person withdrew stays withdrawn when the folder is imported again."""
    photo(photos / "Ayo" / "a.jpg")
    import_folder(project, photos, individuals_from_folders=True)
    with project.deciding() as session:
        withdraw(session, 1, "anna", "not Ayo")
    import_folder(project, photos, individuals_from_folders=True)
    with project.reading() as session:
        assert counts(session).decisions == 2
        assert contradictions(session) == []
    assert everything(project)[0].individual_name is None


def test_two_folders_with_one_photo_contradict_each_other(
    project: Project, photos: Path, photo: MakePhoto
) -> None:
    """The same photo under two names is reported, not settled."""
    photo(photos / "Ayo" / "a.jpg")
    photo(photos / "Bea" / "a.jpg")
    import_folder(project, photos, individuals_from_folders=True)
    with project.reading() as session:
        (found,) = contradictions(session)
        assert found.kind == "names"


@pytest.mark.parametrize(
    ("stations", "wanted"),
    [
        ("auto", ["GPS 1", "GPS 1", "GPS 2", "cam1", "cam1", None]),
        ("folder", ["cam1", "cam1", "cam1", "cam1", "cam1", None]),
        ("gps", ["GPS 1", "GPS 1", "GPS 2", None, None, None]),
        ("none", [None] * 6),
    ],
)
def test_stations(
    project: Project, photos: Path, photo: MakePhoto, stations: str, wanted: list[str | None]
) -> None:
    """By GPS within 100 m, by the first folder, by either, or not at all; never null island."""
    photo(photos / "cam1" / "a.jpg", 1, place=(-1.5, 36.5))
    photo(photos / "cam1" / "b.jpg", 2, place=(-1.5005, 36.5))
    photo(photos / "cam1" / "c.jpg", 3, place=(-1.6, 36.5))
    photo(photos / "cam1" / "d.jpg", 4, place=(0.0, 0.0))
    photo(photos / "cam1" / "deep" / "e.jpg", 5)
    photo(photos / "f.jpg", 6)
    import_folder(project, photos, stations=stations)  # type: ignore[arg-type]
    assert [row.station for row in everything(project)] == wanted


def test_progress_counts_to_the_end(project: Project, photos: Path, photo: MakePhoto) -> None:
    """The last call says that all are done."""
    calls: list[tuple[int, int | None, str]] = []
    for number in range(3):
        photo(photos / f"{number}.jpg", seed=number)
    import_folder(project, photos, progress=lambda *call: calls.append(call))
    assert calls[-1] == (3, 3, str(photos / "2.jpg"))


def test_the_run_is_kept(project: Project, photos: Path, photo: MakePhoto) -> None:
    """What an import did can be read later."""
    photo(photos / "a.jpg")
    summary = import_folder(project, photos)
    with project.reading() as session:
        (run,) = runs(session, "import folder")
    assert (run.id, run.state, run.summary["photos_added"]) == (summary.run_id, "done", 1)
    assert run.finished is not None


def test_an_absent_folder_is_explained(project: Project, tmp_path: Path) -> None:
    """A wrong path is one sentence."""
    with pytest.raises(UserError, match="is not a folder"):
        import_folder(project, tmp_path / "nowhere")

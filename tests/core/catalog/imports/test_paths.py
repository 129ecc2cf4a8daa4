"""Finding the photos that a file names."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.imports.values import UnusableError


def touch(path: Path) -> Path:
    """Make an empty file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize("written", ["cam1/a.jpg", "cam1\\a.jpg", "./cam1/a.jpg", " cam1/a.jpg "])
def test_paths_of_either_system(tmp_path: Path, written: str) -> None:
    """Backslashes separate folders as slashes do."""
    photo, tally = touch(tmp_path / "cam1" / "a.jpg"), Tally()
    assert PhotoFinder(tmp_path, tally).find(written) == photo
    assert not tally.remarks


@pytest.mark.parametrize(
    "written",
    [
        "C:\\photos\\cam1\\a.jpg", "d:/cam1/a.jpg", "/data/photos/cam1/a.jpg",
        "\\\\server\\share\\cam1\\a.jpg", "gs://store/x/cam1/a.jpg",
    ],
)  # fmt: skip
def test_the_end_of_an_absolute_path_is_found(tmp_path: Path, written: str) -> None:
    """A path of another computer is taken by its longest end that exists here."""
    photo, tally = touch(tmp_path / "cam1" / "a.jpg"), Tally()
    touch(tmp_path / "a.jpg")
    assert PhotoFinder(tmp_path, tally).find(written) == photo
    assert list(tally.remarks) == ["the path is of another computer; its end was found here"]


def test_two_folders_never_become_one(tmp_path: Path) -> None:
    """Equal names in two folders of the source are not taken for one file."""
    photo, finder = touch(tmp_path / "a.jpg"), PhotoFinder(tmp_path, Tally())
    assert finder.find("C:\\photos\\cam1\\a.jpg") == photo
    assert finder.find("c:/photos/cam1/A.jpg") == photo
    with pytest.raises(UnusableError, match=r"C:/photos/cam2 and of another folder .* `--root`"):
        finder.find("C:\\photos\\cam2\\a.jpg")


def test_another_case_is_found_if_only_one_file_matches(tmp_path: Path) -> None:
    """IMG_1.jpg is IMG_1.JPG on disk; of two files that differ in case, neither is taken."""
    photo, tally = touch(tmp_path / "Cam1" / "IMG_1.JPG"), Tally()
    finder = PhotoFinder(tmp_path, tally)
    assert finder.find("cam1/img_1.jpg") == photo
    assert tally.remarks.total() == 1
    touch(tmp_path / "Cam1" / "IMG_2.JPG")
    touch(tmp_path / "Cam1" / "img_2.jpg")
    two = PhotoFinder(tmp_path, Tally())
    assert two.find("Cam1/Img_2.jpg") == tmp_path / "Cam1" / "Img_2.jpg"
    assert two.find("Cam1/img_2.jpg") == tmp_path / "Cam1" / "img_2.jpg"


@pytest.mark.parametrize("composed", [True, False])
def test_accents_are_written_in_two_ways(tmp_path: Path, *, composed: bool) -> None:
    """A Mac writes é as two characters, other systems as one."""
    one = unicodedata.normalize("NFC", "señal/été.jpg")
    other = unicodedata.normalize("NFD", one)
    disk, file = (one, other) if composed else (other, one)
    photo = touch(tmp_path / disk)
    assert PhotoFinder(tmp_path, Tally()).find(file) == photo


def test_what_is_nowhere_stays_as_it_was_written(tmp_path: Path) -> None:
    """The caller says that the file is absent, and where it was looked for."""
    finder = PhotoFinder(tmp_path, Tally())
    assert finder.find("cam9\\a.jpg") == tmp_path / "cam9" / "a.jpg"
    assert finder.find("/nowhere/a.jpg") == Path("/nowhere/a.jpg")
    with pytest.raises(UnusableError, match="is on the web; download"):
        finder.find("https://example.org/a.jpg")


@pytest.mark.parametrize("written", ["", "  ", "\ud800.jpg", "a\0.jpg"])
def test_what_is_no_path_is_refused(tmp_path: Path, written: str) -> None:
    """Empty and unwritable names are no paths."""
    with pytest.raises(UnusableError, match="not a path"):
        PhotoFinder(tmp_path, Tally()).find(written)


def test_listings_are_forgotten(tmp_path: Path) -> None:
    """However many folders a file names, few are remembered."""
    for number in range(100):
        touch(tmp_path / f"c{number}" / "A.JPG")
    finder = PhotoFinder(tmp_path, Tally())
    for number in range(100):
        assert finder.find(f"c{number}/a.jpg") == tmp_path / f"c{number}" / "A.JPG"
    assert len(finder._listings) <= 32


def test_a_guess_belongs_to_one_owner(tmp_path: Path) -> None:
    """The first candidate that exists is taken, for one deployment only."""
    photo, finder = touch(tmp_path / "a.jpg"), PhotoFinder(tmp_path, Tally())
    assert finder.guess(("d1/a.jpg", "a.jpg"), "d1") == photo
    assert finder.guess(("d2/b.jpg", "b.jpg"), "d2") is None
    with pytest.raises(UnusableError):
        finder.guess(("d2/a.jpg", "a.jpg"), "d2")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30) | st.from_regex(r"[A-Z]:\\[a-z.\\/]{0,9}", fullmatch=True))
def test_any_text_gives_a_path_or_a_sentence(tmp_path: Path, written: str) -> None:
    """No text gives another error, or a path that is not absolute."""
    try:
        path = PhotoFinder(tmp_path, Tally()).find(written)
    except UnusableError as error:
        assert str(error)  # noqa: PT017 - either is right
    else:
        assert path.is_absolute()

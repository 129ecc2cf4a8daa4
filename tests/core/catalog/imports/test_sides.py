"""Who said which side of an animal is seen, and who may say another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_any


def test_an_import_says_who_said_it(project: Project, survey: Path) -> None:
    """The side has its source; where none is said, there is none."""
    path = survey / "x.csv"
    path.write_text("path,side\ncam1/a.jpg,left\ncam1/b.jpg,\n")
    import_any(project, path)
    assert sides(project) == [("left", "import:x.csv"), ("unknown", None)]


@pytest.mark.parametrize(
    ("side", "by", "after", "kept"),
    [
        ("unknown", None, ("left", "import:x.csv"), ""),
        ("right", "model:0123456789ab", ("left", "import:x.csv"), ""),
        ("left", "model:0123456789ab", ("left", "import:x.csv"), ""),
        ("right", "person:Ana", ("right", "person:Ana"), "what a person said"),
        ("left", "person:Ana", ("left", "person:Ana"), ""),
        ("right", "import:y.csv", ("right", "import:y.csv"), "an earlier import's"),
        ("right", None, ("right", None), "an earlier import's"),
    ],
)
def test_who_is_replaced(
    project: Project, survey: Path, side: str, by: str | None, after: object, kept: str
) -> None:
    """An import replaces a model, and neither a person nor an earlier import."""
    path = survey / "x.csv"
    path.write_text("path\ncam1/a.jpg\n")
    import_any(project, path)
    with project.writing() as session:
        (one,) = session.scalars(select(t.Annotation))
        one.side, one.side_by, one.side_probability = side, by, 0.5
    path.write_text("path,side\ncam1/a.jpg,left\n")
    notes = import_any(project, path).notes
    assert sides(project) == [after]
    assert bool(notes) == bool(kept)
    assert kept in " ".join(notes)
    with project.reading() as session:
        (one,) = session.scalars(select(t.Annotation))
        assert (one.side_probability is None) == (after == ("left", "import:x.csv"))


def sides(project: Project) -> list[tuple[Any, ...]]:
    """Return what is said of each annotation's side, and by whom."""
    with project.reading() as session:
        query = select(t.Annotation.side, t.Annotation.side_by).order_by(t.Annotation.id)
        return [tuple(row) for row in session.execute(query)]


def test_the_zone_that_the_camera_states(
    project: Project, tmp_path: Path, photo: Callable[..., Path]
) -> None:
    """EXIF's offset becomes the photo's; a table's zone holds only for its own time."""
    path = photo(tmp_path / "p" / "a.jpg", 1)
    exif = Image.Exif()
    exif[0x8769] = {36867: "2019:03:04 03:04:50", 36881: "+02:00"}
    Image.new("RGB", (40, 24)).save(path, "JPEG", exif=exif)
    photo(tmp_path / "p" / "b.jpg", 2, time="2019:03:04 03:04:50")
    photo(tmp_path / "p" / "c.jpg", 3, time="2019:03:04 03:04:50")
    path = tmp_path / "p" / "x.csv"
    rows = ["a.jpg,.,2019-03-04 03:04:50+05:00", "b.jpg,.,2019-03-04 03:04:50+05:00",
            "c.jpg,.,2019-03-04 05:04:50+05:00"]  # fmt: skip
    path.write_text("\n".join(["File,RelativePath,DateTime", *rows]))
    import_any(project, path)
    with project.reading() as session:
        assert list(session.scalars(select(t.Photo.captured_zone))) == ["+02:00", "+05:00", None]

"""A check says what the photos hold and what is wrong with them, and survives a kill."""

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from fieldmark.api.photos import COLUMNS, Checked, Request, check_photos
from fieldmark.catalog import Project, record_detections, set_aside
from fieldmark.catalog import tables as t
from fieldmark.catalog.duplicates import first_pictures
from fieldmark.catalog.imports import import_folder
from fieldmark.catalog.photocheck import photo_counts
from fieldmark.types import Box, Detection

TIME = "2023:05:01 10:00:00"

CHILD = """
import sys
from fieldmark.api import photos_hashes
from fieldmark.api.photos import Request, check_photos
from fieldmark.catalog import Project
photos_hashes.BATCH = 2
with Project.open(sys.argv[1]) as project:
    check_photos(project, Request(1), lambda *_: print("batch", flush=True))
"""


def paint(seed: int) -> Image.Image:
    """Return a picture with a pattern of its own."""
    cells = np.random.default_rng(seed).integers(0, 256, (8, 12, 3), np.uint8)
    return Image.fromarray(cells).resize((360, 240), Image.Resampling.BICUBIC)


def save(path: Path, seed: int, *, time: str | None = TIME, quality: int = 90) -> Path:
    """Write the picture of a seed as a JPEG."""
    exif = Image.Exif()
    if time is not None:
        exif[0x8769] = {36867: time}
    path.parent.mkdir(parents=True, exist_ok=True)
    paint(seed).save(path, "JPEG", exif=exif, quality=quality)
    return path


def write_photos(photos: Path) -> None:
    """Write photos of which each has one fault, or none."""
    for number in range(1, 5):
        save(photos / "K1" / f"{number}.jpg", number)
    save(photos / "K1" / "copy.jpg", 2, quality=60)
    save(photos / "K1" / "reset.jpg", 20, time="1970:01:01 00:00:07")
    save(photos / "K2" / "gone.jpg", 21)
    save(photos / "K2" / "spoilt.jpg", 22)
    save(photos / "loose.jpg", 23, time=None)
    (photos / "K2" / "cut.jpg").write_bytes((photos / "K1" / "1.jpg").read_bytes()[:900])


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos, of which one went and one was spoilt after they were imported."""
    folder = tmp_path_factory.mktemp("imported")
    photos = folder / "photos"
    write_photos(photos)
    with Project.create(folder / "project", "tiger") as made:
        import_folder(made, photos)
    (photos / "K2" / "gone.jpg").unlink()
    spoilt = photos / "K2" / "spoilt.jpg"
    size = spoilt.stat().st_size
    spoilt.write_bytes(spoilt.read_bytes()[:500] + bytes(size - 500))
    return folder


@pytest.fixture(scope="module")
def _checked(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after a check."""
    folder = tmp_path_factory.mktemp("checked") / "survey"
    shutil.copytree(imported, folder)
    with Project.open(folder / "project") as made:
        check_photos(made, Request(1))
    return folder


@pytest.fixture
def fresh(imported: Path, tmp_path: Path) -> Iterator[Project]:
    """The imported photos, not checked yet."""
    shutil.copytree(imported, tmp_path / "survey")
    with Project.open(tmp_path / "survey" / "project") as made:
        yield made


@pytest.fixture
def project(_checked: Path, tmp_path: Path) -> Iterator[Project]:
    """The imported photos, checked once."""
    shutil.copytree(_checked, tmp_path / "survey")
    with Project.open(tmp_path / "survey" / "project") as made:
        yield made


def found(checked: Checked) -> set[tuple[str, str]]:
    """Return the kinds of findings, and the file or station that they are about."""
    return {(one.kind, Path(one.file).name or one.station) for one in checked.findings}


EXPECTED = {
    ("missing", "gone.jpg"),
    ("unreadable", "spoilt.jpg"),
    ("unreadable", "cut.jpg"),
    ("duplicate", "copy.jpg"),
    ("clock-reset", "reset.jpg"),
    ("no-station", "loose.jpg"),
    ("no-timezone", "K1"),
    ("no-timezone", "K2"),
}


def test_every_fault_is_found_and_nothing_else(fresh: Project, tmp_path: Path) -> None:
    """One finding for each, on the terminal's side and in the table, wherever that goes."""
    checked = check_photos(fresh, Request(1, tmp_path / "away" / "found.csv"))
    assert found(checked) == EXPECTED
    assert checked.file == tmp_path / "away" / "found.csv"
    with checked.file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {(row["finding"], Path(row["file"]).name or row["station"]) for row in rows} == EXPECTED
    assert len(rows) == len(EXPECTED)
    assert checked.numbers["no-timezone"] == 2


def test_a_repeat_names_the_first_photo(project: Project) -> None:
    """The photo with the smaller number, by the number and by the path."""
    with project.reading() as session:
        where = select(t.Location.photo_id, t.Location.path)
        names = {row.photo_id: row.path for row in session.execute(where)}
        ((later, first),) = first_pictures(session).items()
    assert {names[later], names[first]} == {"K1/2.jpg", "K1/copy.jpg"}
    assert first < later


def test_a_second_check_looks_at_nothing_again(project: Project) -> None:
    """Only what could not be read is tried again; lost thumbnails are made again when needed."""
    (project.cache / "thumbnails.db").unlink()
    told: list[tuple[int, int | None, str]] = []
    again = check_photos(project, Request(1), lambda *what: told.append(what))
    assert found(again) == EXPECTED
    assert [total for _, total, what in told if what == "photos looked at"] == [1]


def test_what_is_mended_is_not_found_again(project: Project) -> None:
    """A file that is back, and a time zone that was given."""
    save(project.folder.parent / "photos" / "K2" / "gone.jpg", 21)
    with project.writing() as session:
        session.add(t.Setting(key="timezone", value="+02:00"))
    left = found(check_photos(project, Request(1)))
    assert left == EXPECTED - {
        ("missing", "gone.jpg"), ("no-timezone", "K1"), ("no-timezone", "K2"),
    }  # fmt: skip


def test_the_counts(project: Project) -> None:
    """Photos, animals, people, vehicles, blank and unseen ones, and what was set aside."""
    boxes = [("animal", 0.1), ("animal", 0.5), ("person", 0.2), ("vehicle", 0.3)]
    seen = [Detection(Box(x, 0.1, 0.2, 0.2), label, 0.9) for label, x in boxes]
    with project.writing() as session:
        record_detections(session, 1, seen, "megadetector", "tiger")
        record_detections(session, 2, [], "megadetector", "tiger")
        animals = select(t.Annotation.id).where(t.Annotation.photo_id == 1)
        for pipeline in ("a", "b"):
            set_aside(session, session.scalars(animals).all()[-1], pipeline, "too blurred")
        counts = photo_counts(session)
    assert (counts.photos, counts.people, counts.vehicles) == (9, 1, 1)
    assert (counts.animals, counts.blank, counts.unseen) == (2 + 7, 1, 7)
    assert counts.set_aside == (("too blurred", 1),)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_check_continues(fresh: Project) -> None:
    """What was looked at before the kill is kept, and the end is that of an undisturbed check."""
    command = [sys.executable, "-c", CHILD, str(fresh.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    with sqlite3.connect(fresh.folder / "fieldmark.db") as plain:
        (kept,) = plain.execute("SELECT count(phash) FROM photos").fetchone()
    plain.close()
    assert 1 <= kept < 7
    told: list[tuple[int, int | None, str]] = []
    assert found(check_photos(fresh, Request(1), lambda *what: told.append(what))) == EXPECTED
    assert [total for _, total, what in told if what == "photos looked at"][-1] == 8 - kept

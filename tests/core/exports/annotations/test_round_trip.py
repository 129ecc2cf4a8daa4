"""What is exported for another program can be imported again, and says the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldmark.api.blur import Request, blur_people
from fieldmark.catalog import Project
from fieldmark.catalog import tables as t
from fieldmark.catalog.imports import import_any
from fieldmark.exports.annotations import Package, Terms, export_annotations, place_for
from fieldmark.exports.shots import Shot, shots

PRIVATE = Terms(private=True)
Essence = dict[str, set[tuple[Any, ...]]]


def _read(folder: Path, essence: Callable[[Shot], set[tuple[Any, ...]]]) -> Essence:
    with Project.open(folder) as project, project.reading() as session:
        return {shot.sha256: essence(shot) for shot in shots(session)}


def _again(secret: Path, photos: Path, name: str, tmp_path: Path, **options: Any) -> Path:
    """Export a project, import that into a new one, and return its folder."""
    with Project.open(secret) as project:
        with project.writing() as session:
            session.add(t.Setting(key="timezone", value="Africa/Johannesburg"))
        out = place_for(project, name, PRIVATE, tmp_path / name)
        export_annotations(project, name, out, PRIVATE, Package())
    with Project.create(tmp_path / "copy", "tiger") as copy:
        import_any(copy, out, root=photos, threshold=0.0, names=["Panthera tigris"], **options)
    return tmp_path / "copy"


def _boxes(shot: Shot) -> set[tuple[Any, ...]]:
    return {(mark.label, *(round(value, 4) for value in _corners(mark.box))) for mark in shot.marks}


def _corners(box: Any) -> tuple[float, ...]:
    return (box.x, box.y, box.w, box.h)


def _all(shot: Shot) -> set[tuple[Any, ...]]:
    marks = {
        (mark.label, mark.name, str(mark.side), *(round(v, 4) for v in _corners(mark.box)))
        for mark in shot.marks
    }
    return {*marks, ("time", shot.time), ("station", shot.station)}


def test_megadetector(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """Boxes, labels and photos in which nothing was seen come back."""
    before = _read(secret, _boxes)
    after = _read(_again(secret, secret_photos, "megadetector", tmp_path), _boxes)
    unseen = set(before) - set(after)
    assert after == {sha: marks for sha, marks in before.items() if sha not in unseen}
    assert len(unseen) == 1


@pytest.mark.parametrize("name", ["camtrap-dp", "coco"])
def test_everything(secret: Path, secret_photos: Path, tmp_path: Path, name: str) -> None:
    """Boxes, labels, names, sides, times and stations come back, of all photos it can hold."""
    before = _read(secret, _all)
    after = _read(_again(secret, secret_photos, name, tmp_path), _all)
    for sha in set(before) - set(after):
        assert name == "camtrap-dp"
        assert ("time", None) in before.pop(sha)
    assert after == before


def _visits(folder: Path) -> set[frozenset[tuple[Any, ...]]]:
    """Return the encounters as sets of boxes, because their numbers may differ."""
    found: dict[int | None, set[tuple[Any, ...]]] = {}
    with Project.open(folder) as project, project.reading() as session:
        for shot in shots(session):
            for mark in shot.animals:
                found.setdefault(mark.encounter, set()).add((shot.sha256, *_corners(mark.box)))
    return {frozenset(boxes) for boxes in found.values()}


def test_encounters_of_camtrap_dp(secret: Path, secret_photos: Path, tmp_path: Path) -> None:
    """Who was seen in one visit is seen in one visit again, if its photos have a time."""
    with Project.open(secret) as project, project.writing() as session:
        session.query(t.Photo).filter(t.Photo.captured_at.is_(None)).update(
            {"captured_at": "2024-03-08T01:00:00"}
        )
    again = _again(secret, secret_photos, "camtrap-dp", tmp_path)
    assert _visits(again) == _visits(secret)
    assert sorted(map(len, _visits(secret))) == [1, 1, 3]


def _named(shot: Shot) -> set[tuple[Any, ...]]:
    return {("time", shot.time), *((mark.name,) for mark in shot.animals if mark.name)}


def _sided(shot: Shot) -> set[tuple[Any, ...]]:
    sides = {("side", str(mark.side)) for mark in shot.animals if mark.name}
    return _named(shot) | sides | {("station", shot.station)}


@pytest.mark.parametrize(
    ("name", "essence", "photos"), [("timelapse", _sided, 7), ("wildlife-insights", _named, 5)]
)
def test_tables_without_boxes(
    secret: Path,
    secret_photos: Path,
    tmp_path: Path,
    name: str,
    essence: Callable[[Shot], set[tuple[Any, ...]]],
    photos: int,
) -> None:
    """Where a photo shows one animal, names, times and (Timelapse) sides and stations come back."""
    before = _read(secret, essence)
    after = _read(_again(secret, secret_photos, name, tmp_path), essence)
    assert len(after) == photos
    two_animals = {sha for sha, said in before.items() if ("T-18",) in said}
    assert len(two_animals) == 1
    for sha in set(after) - two_animals:
        assert after[sha] == before[sha]


def test_shareable_package_fits_the_blurred_copies(secret: Path, tmp_path: Path) -> None:
    """Both use the same new names, so that the two together are a data set for somebody else."""
    with Project.open(secret) as project:
        blur_people(project, tmp_path / "given" / "photos", Request(everything=True))
        export_annotations(project, "coco", tmp_path / "given" / "coco.json", Terms())
    with Project.create(tmp_path / "theirs", "tiger") as theirs:
        summary = import_any(
            theirs, tmp_path / "given" / "coco.json", root=tmp_path / "given" / "photos"
        )
        assert summary.photos_added == 6
        assert len(summary.rejected) == 1  # nobody has looked at it, so it was not copied
        with theirs.reading() as session:
            stations = {shot.station for shot in shots(session)}
            names = {mark.name for shot in shots(session) for mark in shot.marks}
    assert stations == {"S01", "S02"}
    assert names == {"T-17", "T-18", None}

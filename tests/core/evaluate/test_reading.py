"""Labelled animals from tables and projects, their encounters, and their looks."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.catalog import Project
from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.encounters import group_by_time
from fieldmark.evaluate.lookalikes import group_look_alikes
from fieldmark.evaluate.reading import read_animals
from fieldmark.jobs import silent
from fieldmark.learn.rows import Data, Reading
from fieldmark.types import WHOLE, Box, Side
from support.herd import Seen, animals


def picture(path: Path, seed: int, colour: tuple[int, int, int] = (120, 90, 60)) -> None:
    """Write a noisy picture of 40 × 20 pixels whose coarse pattern hangs on the seed."""
    coarse = np.random.default_rng(seed).normal(0, 30, (5, 10, 1)).repeat(4, 0).repeat(4, 1)
    Image.fromarray((coarse + colour).clip(0, 255).astype(np.uint8)).save(path)


def read(path: Path, **how: object) -> Animals:
    """Read one table."""
    return read_animals([Data(path)], Reading("cat", **how), None, 1, silent)  # type: ignore[arg-type]


def test_a_table_of_wildlife_datasets_is_read_without_the_library(tmp_path: Path) -> None:
    """Boxes are lists in pixels; sides, dates and splits have its names; nothing is evaluated."""
    for n in range(3):
        picture(tmp_path / f"{n}.png", n)
    (tmp_path / "metadata.csv").write_text(
        "image_id,identity,path,bbox,position,date,species,split,segmentation\n"
        '0,7,0.png,"[10.0, 5, 20, 10.0]",left,2019-03-04 03:04:50.000,Cat,train,"{}"\n'
        "1,7,1.png,,right,2019-03-05,Cat,test,\n"
        "2,8,2.png,\"__import__('os').abort()\",left,,Cat,test,\n"
    )
    found = read(tmp_path, split="split")
    assert [row.label for row in found.rows] == ["7", "7"]
    first, second = found.rows
    assert (first.box, second.box) == (Box(0.25, 0.25, 0.5, 0.5), WHOLE)
    assert (first.side, second.side) == (Side.LEFT, Side.RIGHT)
    assert first.captured_at == datetime(2019, 3, 4, 3, 4, 50)
    assert (first.part, second.part, first.width, first.height) == ("train", "test", 40, 20)
    assert [name for name, _ in found.rejected] == ["metadata.csv line 4"]


def test_times_and_places_are_read(tmp_path: Path) -> None:
    """Camera, frame and place by their usual names; a time that is not understood is counted."""
    picture(tmp_path / "a.png", 0)
    (tmp_path / "photos.csv").write_text(
        "path,name,station,camera,frame,lat,lon,date\n"
        "a.png,1,S1,C2,17,-1.5,36.25,2019-03-04 03:04:50\n"
        "a.png,2,S1,,x,95,36,04/03/2019\n"
    )
    found = read(tmp_path / "photos.csv")
    first, second = found.rows
    assert (first.station, first.camera, first.frame) == ("S1", "C2", 17)
    assert (first.latitude, first.longitude) == (-1.5, 36.25)
    assert (second.camera, second.frame, second.latitude) == (None, None, None)
    assert first.photo_id == second.photo_id
    assert any("a time was not understood" in note for note in found.notes)


def test_photos_that_cannot_be_used_are_listed(tmp_path: Path) -> None:
    """A missing file stops its own row alone; where none is left, one sentence says why."""
    picture(tmp_path / "a.png", 0)
    path = tmp_path / "photos.csv"
    path.write_text("path,identity\na.png,1\ngone.png,2\n")
    found = read(path)
    assert (len(found.rows), found.rejected[0][0]) == (1, "gone.png")
    path.write_text("path,identity\ngone.png,2\n")
    with pytest.raises(UserError, match=r"no labelled animal .*the first of 1: gone.png: there is"):
        read(path)


def test_a_project_tells_its_named_animals(project_folder: Path) -> None:
    """Times, stations and encounters come along; animals without a name are left out."""
    found = read_animals([Data(project_folder)], Reading("tiger"), None, 2, silent)
    with Project.open(project_folder) as project, project.reading() as session:
        from fieldmark.catalog import annotations  # noqa: PLC0415 - beside its use

        named = list(annotations(session, named=True))
    assert [row.label for row in found.rows] == [row.individual_name for row in named]
    assert [row.captured_at for row in found.rows] == [row.captured_at for row in named]
    assert all(row.encounter is not None and row.station is not None for row in found.rows)


def test_times_tell_encounters() -> None:
    """At one station, 120 s apart at most; without one, of one individual; by day if need be."""
    at = "2019-03-04T10:00:00 2019-03-04T10:02:00 2019-03-04T10:04:01 2019-03-04T10:02:00"
    one, two, three, four = (datetime.fromisoformat(text) for text in at.split())
    data = group_by_time(animals([
        Seen("a", "1.jpg", captured_at=one, station="S"),
        Seen("b", "2.jpg", captured_at=two, station="S"),
        Seen("a", "3.jpg", captured_at=three, station="S"),
        Seen("a", "4.jpg", captured_at=one), Seen("b", "5.jpg", captured_at=four),
        Seen("a", "6.jpg", captured_at=datetime(2019, 3, 4)),
        Seen("a", "7.jpg", captured_at=datetime(2019, 3, 4)),
        Seen("a", "8.jpg"), Seen("a", "9.jpg", "told", captured_at=one, station="S"),
    ]))  # fmt: skip
    ids = [row.encounter_id for row in data.rows]
    assert ids[0] == ids[1]
    assert ids[5] == ids[6]
    assert ids[7] is None
    assert data.rows[8].encounter == "told"
    assert len({ids[n] for n in (0, 2, 3, 4, 5, 8)}) == 6
    assert data.notes == (
        "7 of 9 photos were grouped into encounters by their times"
        " (at most 120 s apart, or on one day where only the day is known)",
    )


def test_look_alikes_of_one_individual_are_one_encounter(tmp_path: Path) -> None:
    """Alike in pattern (frames), or in colour alone (clips); never across individuals."""
    brown, green = (120, 90, 60), (60, 160, 60)
    shots = [("a", 1, brown), ("a", 1, green), ("a", 2, brown), ("a", 3, green), ("b", 1, brown)]
    lines = ["path,identity"]
    for number, (who, seed, colour) in enumerate(shots):
        picture(tmp_path / f"{number}.png", seed, colour)
        lines.append(f"{number}.png,{who}")
    (tmp_path / "photos.csv").write_text("\n".join(lines))
    found = read(tmp_path / "photos.csv")
    frames = [row.encounter_id for row in group_look_alikes(found, "frame").rows]
    assert frames[0] == frames[1]
    assert len(set(frames)) == 4
    clips = group_look_alikes(found, "clip")
    assert len({row.encounter_id for row in clips.rows[:4]}) == 1
    assert clips.rows[4].encounter_id != clips.rows[0].encounter_id
    assert "guessed from their looks" in clips.notes[-1]
    assert group_look_alikes(clips) is clips

import ast
import csv
import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

import fieldmark
from fieldmark.errors import UserError
from fieldmark.synthetic.plan import SurveyPlan, schedule
from fieldmark.synthetic.survey import (
    TRUTH_COLUMNS,
    Survey,
    render_photo,
    station_position,
    write_survey,
)

PLAN_VALUES: dict[str, Any] = {
    "individuals": 2,
    "stations": 2,
    "encounters": 3,
    "pairs": 0.34,
    "width": 128,
    "height": 96,
    "seed": 9,
}
PLAN = SurveyPlan(**PLAN_VALUES)


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """Write one small survey for all tests that only read it."""
    return write_survey(PLAN, tmp_path_factory.mktemp("survey") / "survey")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, hidden ones included."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def truth_of(survey: Survey) -> list[dict[str, str]]:
    """Read the rows of truth.csv."""
    with survey.truth.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_same_plan_same_bytes(survey: Survey, tmp_path: Path) -> None:
    """The same plan in another folder gives the same files to the byte."""
    again = write_survey(PLAN, tmp_path / "again")
    assert digests(again.folder) == digests(survey.folder)


def test_writing_again_changes_nothing(survey: Survey) -> None:
    """Writing into a finished survey touches no photo and gives the same table."""
    before, times = digests(survey.folder), [photo.stat().st_mtime_ns for photo in survey.photos]
    assert write_survey(PLAN, survey.folder) == survey
    assert digests(survey.folder) == before
    assert [photo.stat().st_mtime_ns for photo in survey.photos] == times


def test_another_seed_other_photos(survey: Survey, tmp_path: Path) -> None:
    """Another seed shares no photo with this one."""
    other = write_survey(replace(PLAN, seed=10), tmp_path / "other")
    ours, theirs = (
        {digest for path, digest in digests(made.folder).items() if path.endswith("JPG")}
        for made in (survey, other)
    )
    assert not ours & theirs


def test_truth_matches_the_files(survey: Survey) -> None:
    """truth.csv has one row per photo, in the documented columns, with the box that was drawn."""
    rows = truth_of(survey)
    assert tuple(rows[0]) == TRUTH_COLUMNS
    assert [survey.folder / row["path"] for row in rows] == list(survey.photos)
    assert set(survey.folder.rglob("*.JPG")) == set(survey.photos)
    assert [row["image_id"] for row in rows] == [str(n + 1) for n in range(len(PLAN))]
    for index, (row, sighting) in enumerate(zip(rows, schedule(PLAN), strict=True)):
        assert ast.literal_eval(row["bbox"]) == list(render_photo(PLAN, index).box)
        assert row["identity"] == sighting.identity
        assert row["orientation"] == sighting.flank
        assert row["species"] == PLAN.species
        assert row["station"] == Path(row["path"]).parent.name
        assert datetime.strptime(row["date"], "%Y-%m-%d %H:%M:%S") == sighting.when


def test_exif_round_trip(survey: Survey) -> None:
    """Pillow reads back the time, the camera, the station and its place from every photo."""
    for row, sighting, photo in zip(truth_of(survey), schedule(PLAN), survey.photos, strict=True):
        with Image.open(photo) as image:
            assert image.size == PLAN.size
            exif = image.getexif()
        inner, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        taken = datetime.strptime(inner[ExifTags.Base.DateTimeOriginal], "%Y:%m:%d %H:%M:%S")
        assert taken == sighting.when
        assert exif[ExifTags.Base.Make] == "Fieldmark"
        assert exif[ExifTags.Base.Model]
        assert exif[ExifTags.Base.ImageDescription] == f"station {row['station']}"
        place = station_position(sighting.station)
        assert (degrees(gps, "Latitude"), degrees(gps, "Longitude")) == pytest.approx(
            place, abs=1e-5
        )


def degrees(gps: dict[int, Any], which: str) -> float:
    """Return the latitude or longitude of a GPS directory, north and east counted upwards."""
    assert gps[ExifTags.GPS[f"GPS{which}Ref"]] in ("N", "E")
    whole, minutes, seconds = (float(part) for part in gps[ExifTags.GPS[f"GPS{which}"]])
    return whole + minutes / 60 + seconds / 3600


def test_stations_are_not_on_null_island() -> None:
    """Every station has a place of its own, away from 0, 0."""
    places = [station_position(station) for station in range(40)]
    assert len(set(places)) == 40
    assert all(0.1 < latitude < 0.2 and 0.1 < longitude < 0.2 for latitude, longitude in places)


def test_progress_counts_every_photo(tmp_path: Path) -> None:
    """Progress is told after each photo, as finished and total."""
    calls: list[tuple[int, int]] = []
    plan = replace(PLAN, individuals=1, pairs=0.0)
    write_survey(plan, tmp_path / "survey", lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder with anything else in it is left alone, with a sentence that names what is there."""
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(UserError, match=r"got a folder with thesis\.docx; name a new folder"):
        write_survey(PLAN, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_other_survey_is_refused(survey: Survey) -> None:
    """A folder that holds a survey made from another plan is left alone."""
    before = digests(survey.folder)
    with pytest.raises(UserError, match="another plan"):
        write_survey(replace(PLAN, species="other cat"), survey.folder)
    assert digests(survey.folder) == before


def test_photos_without_a_plan_are_refused(tmp_path: Path) -> None:
    """Photos whose names fit but whose plan is unknown are not taken for ours."""
    stranger = tmp_path / schedule(PLAN)[0].path
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"someone's photo")
    with pytest.raises(UserError, match=r"no survey\.json"):
        write_survey(PLAN, tmp_path)
    assert stranger.read_bytes() == b"someone's photo"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A file in the place of the folder gives a sentence, not a traceback from the system."""
    (tmp_path / "survey").write_text("")
    with pytest.raises(UserError, match="expected a folder, got a file"):
        write_survey(PLAN, tmp_path / "survey")


def test_killed_and_started_again(survey: Survey, tmp_path: Path) -> None:
    """Killed after some photos and run again, a survey equals one that was never disturbed."""
    folder = tmp_path / "killed"
    script = (
        "import sys; from pathlib import Path\n"
        "from fieldmark.synthetic.plan import SurveyPlan\n"
        "from fieldmark.synthetic.survey import write_survey\n"
        f"plan = SurveyPlan({', '.join(f'{k}={v}' for k, v in PLAN_VALUES.items())})\n"
        "write_survey(plan, Path(sys.argv[1]), lambda n, m: print(n, flush=True))\n"
    )
    root = Path(fieldmark.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        assert process.stdout.readline() == b"2\n"
        process.send_signal(signal.SIGKILL)
    assert 2 <= len(list(folder.rglob("*.JPG"))) < len(PLAN)
    assert not (folder / "truth.csv").exists()
    write_survey(PLAN, folder)
    assert digests(folder) == digests(survey.folder)

"""Writes a synthetic survey: folders as camera traps leave them, and the truth beside them.

::

    folder/
        survey.json           the plan; a folder with another plan is refused
        truth.csv             who is where, written last
        photos/ST01/IMG_0001.JPG

A photo appears under its name only when it is complete, so writing may be killed and started
again. To share the work between processes, call :func:`render_photo` in several.

The places are invented: the stations lie on a made-up grid near latitude 0.1-0.2, longitude
0.1-0.2, which stands for no real study area.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import ExifTags, Image

from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.synthetic.animals import Box
from fieldmark.synthetic.plan import Sighting, SurveyPlan, schedule, shot_of
from fieldmark.synthetic.shots import Picture, frame_box, take

Progress = Callable[[int, int], None]
TRUTH_COLUMNS = (
    "image_id", "identity", "path", "bbox", "orientation", "date", "species", "station",
    "encounter",
)  # fmt: skip
GENERATION = 1
"""Raised whenever the same plan would give other bytes than before."""

_PLAN_FILE = "survey.json"
_TRUTH_FILE = "truth.csv"
_DATE = "%Y-%m-%d %H:%M:%S"
_EXIF_DATE = "%Y:%m:%d %H:%M:%S"
_MAKE, _MODEL = "Fieldmark", "Synthetic Trap 1"
_GRID_ORIGIN = 0.11
_GRID_STEP = 0.0125
_GRID_COLUMNS = 7
# What file managers leave behind says nothing about whose folder it is.
_IGNORED = ("desktop.ini", "Thumbs.db")


@dataclass(frozen=True)
class Survey:
    """A written survey: its plan, its folder, the table of the truth and its photos in order."""

    plan: SurveyPlan
    folder: Path
    truth: Path
    photos: tuple[Path, ...]


def render_photo(plan: SurveyPlan, index: int) -> Picture:
    """Draw photo ``index`` of a plan (from 0, in the order of ``schedule``); a pure function."""
    return take(shot_of(plan, index))


def write_survey(plan: SurveyPlan, folder: Path, progress: Progress | None = None) -> Survey:
    """Write a survey, or finish one that was interrupted.

    Args:
        plan: What to write.
        folder: A new or empty folder, or one that holds this survey or a part of it.
        progress: Called with the number of finished photos and of all photos after each photo.

    Raises:
        UserError: The folder holds something else.
    """
    folder = Path(folder)
    sightings = schedule(plan)
    _claim(folder, plan, sightings)
    boxes = []
    for index, sighting in enumerate(sightings):
        boxes.append(_write_photo(plan, index, folder / sighting.path))
        if progress is not None:
            progress(index + 1, len(sightings))
    truth = folder / _TRUTH_FILE
    _write(truth, _truth_table(plan, sightings, boxes).encode())
    return Survey(plan, folder, truth, tuple(folder / sighting.path for sighting in sightings))


def station_position(station: int) -> tuple[float, float]:
    """Return the invented latitude and longitude of a station (from 0), in degrees."""
    row, column = divmod(station, _GRID_COLUMNS)
    return _GRID_ORIGIN + row * _GRID_STEP, _GRID_ORIGIN + column * _GRID_STEP


def _claim(folder: Path, plan: SurveyPlan, sightings: tuple[Sighting, ...]) -> None:
    """Make the folder this survey's, or refuse it."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: expected a folder, got a file; name a new folder")
    mark = folder / _PLAN_FILE
    described = json.dumps({"generation": GENERATION} | asdict(plan), indent=2, default=str) + "\n"
    known = {_PLAN_FILE, _TRUTH_FILE} | {sighting.path for sighting in sightings}
    foreign = next((name for name in _files(folder) if name not in known), None)
    if foreign is not None:
        raise UserError(
            f"{folder}: expected an empty folder or this same survey, got a folder with {foreign}; "
            "name a new folder"
        )
    if mark.exists() and mark.read_text(encoding="utf-8") != described:
        raise UserError(f"{folder}: holds a survey made from another plan; name a new folder")
    if not mark.exists() and any(_files(folder)):
        raise UserError(f"{folder}: holds photos but no {_PLAN_FILE}; name a new folder")
    _write(mark, described.encode())


def _files(folder: Path) -> list[str]:
    """List every file below the folder, leaving out hidden ones, by relative path."""
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if not path.is_dir())
    return [n.as_posix() for n in names if not n.name.startswith(".") and n.name not in _IGNORED]


def _write_photo(plan: SurveyPlan, index: int, path: Path) -> Box:
    """Write one photo unless it is there; return the box of its animal either way."""
    shot = shot_of(plan, index)
    if path.exists():
        return frame_box(shot)
    picture = take(shot)
    content = io.BytesIO()
    exif = _exif(schedule(plan)[index])
    Image.fromarray(picture.pixels).save(content, "JPEG", quality=picture.quality, exif=exif)
    _write(path, content.getvalue())
    return picture.box


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def _exif(sighting: Sighting) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = _MAKE
    exif[ExifTags.Base.Model] = _MODEL
    exif[ExifTags.Base.ImageDescription] = f"station {sighting.station_name}"
    exif[ExifTags.Base.DateTime] = sighting.when.strftime(_EXIF_DATE)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = sighting.when.strftime(
        _EXIF_DATE
    )
    latitude, longitude = station_position(sighting.station)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: _sexagesimal(latitude),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: _sexagesimal(longitude),
        }
    )
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole, rest = divmod(round(degrees * 3600, 2), 3600)
    minutes, seconds = divmod(rest, 60)
    return whole, minutes, round(seconds, 2)


def _truth_table(plan: SurveyPlan, sightings: tuple[Sighting, ...], boxes: list[Box]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(TRUTH_COLUMNS)
    for index, (sighting, box) in enumerate(zip(sightings, boxes, strict=True)):
        writer.writerow(
            (
                index + 1,
                sighting.identity,
                sighting.path,
                list(box),
                sighting.flank,
                sighting.when.strftime(_DATE),
                plan.species,
                sighting.station_name,
                f"E{sighting.encounter + 1:04d}",
            )
        )
    return table.getvalue()

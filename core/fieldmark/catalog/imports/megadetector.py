"""Importing what MegaDetector saw; two formats go by that name, and the file says which it is."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.intake import take_in
from fieldmark.catalog.imports.items import Item, PixelBox, PixelDetection
from fieldmark.catalog.imports.jsonstream import elements, is_list
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.stations import Stations
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.places import portable
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Box, Detection

_VIDEOS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".mpg", ".mpeg", ".wmv", ".m4v", ".asf"})
_CLASSES = {"0": "animal", "1": "person", "2": "vehicle"}
"""The class numbers of the second format."""


def import_megadetector(
    project: Project,
    file: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    threshold: float = 0.2,
    species: str | None = None,
    stations: Stations = "auto",
    progress: Progress = no_progress,
) -> ImportSummary:
    """Import MegaDetector's boxes, and the photos they are in.

    An object with `images` has boxes as fractions (x, y, w, h); a list has pixels (left, top,
    right, bottom). Categories are understood by name. People and vehicles are recorded, and never
    identified. A photo in which nothing was seen is recorded without an annotation.

    Args:
        project: where to.
        file: the JSON file.
        root: the folder that relative paths start from; the file's own when None.
        threshold: 0–1; detections with a lower confidence are left out.
        species: of the animals; the project's when None.
        stations: how photos get their stations, as in `import_folder`.
        progress: called after every batch.

    Raises:
        UserError: if the file is neither of the two.
        ProjectError: when the disk is full.
    """
    if not 0 <= threshold <= 1:
        raise UserError(f"expected a threshold from 0 to 1, such as 0.2, got {threshold}")
    path = Path(file).resolve()
    folder = Path(root).resolve() if root is not None else path.parent
    look = _look_at(path)
    plan = Plan(
        command="import megadetector",
        name=path.name,
        scope=portable(project.folder, path),
        source=look.source,
        species=species or project.species,
        options={
            "file": str(path), "root": str(folder), "threshold": threshold,
            "stations": stations, "species": species,
        },
        stations=stations,
        station_words="the name of their folder",
    )  # fmt: skip
    tally = Tally()
    items = _Reader(path, folder, look, threshold, tally).items()
    return take_in(project, plan, items, tally, look.total, progress)


@dataclass
class _Look:
    """What the whole file says; the parts may stand in any order."""

    pixels: bool = False
    total: int = 0
    categories: Mapping[str, str] = field(default_factory=dict)
    detector: str = ""

    @property
    def source(self) -> str:
        return f"megadetector:{self.detector}" if self.detector else "megadetector"

    def label(self, category: object) -> str | None:
        """Return a category's name; None if the file does not say what it is."""
        key = str(category) if isinstance(category, str | int) else ""
        if self.pixels and key not in _CLASSES:
            return printable(key) or None
        return self.categories.get(key)


def _look_at(path: Path) -> _Look:
    look, keys = _Look(pixels=is_list(path)), set[str | None]()
    for key, value in elements(path, "images"):
        keys.add(key)
        if key is None or key == "images":
            look.total += 1
        elif key == "detection_categories" and isinstance(value, dict):
            look.categories = {str(k): printable(str(v)) for k, v in value.items()}
        elif key == "info" and isinstance(value, dict):
            look.detector = printable(str(value.get("detector") or ""))
    if look.pixels:
        look.categories = _CLASSES
    elif "predictions" in keys:
        raise UserError(
            f"{path.name} is SpeciesNet's format; convert it with `speciesnet_to_md` of the"
            " package megadetector, and import the result"
        )
    elif "detection_categories" not in keys:
        raise UserError(
            f"{path.name} is not a MegaDetector file: expected an object with `images` and"
            " `detection_categories`, or a list of photos with their detections"
        )
    return look


class _UnusableError(ValueError):
    """A part of the file that is not what the format says."""


@dataclass(frozen=True)
class _Reader:
    """Turns entries into items."""

    path: Path
    folder: Path
    look: _Look
    threshold: float
    tally: Tally

    def items(self) -> Iterator[Item]:
        number = 0
        for key, entry in elements(self.path, "images"):
            if key not in {None, "images"}:
                continue
            number += 1
            try:
                item = self._item(entry)
            except _UnusableError as error:
                self.tally.reject(f"{self.path.name} photo {number}", str(error))
                continue
            if item is not None:
                yield item

    def _item(self, entry: object) -> Item | None:
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
            raise _UnusableError("the entry has no `file`")
        file = entry["file"].replace("\\", "/")
        if not file or printable(file) != file:
            raise _UnusableError("the entry's `file` is not a path")
        if Path(file).suffix.lower() in _VIDEOS or "frame_rate" in entry:
            self.tally.not_photos[f"{Path(file).suffix.lower()} (videos)"] += 1
            return None
        if entry.get("failure"):
            failure = printable(str(entry["failure"]))[:200]
            raise _UnusableError(f"{file}: the detector could not read it ({failure})")
        seen = self._detections(file, entry.get("detections"))
        path = Path(os.path.normpath(self.folder / file))
        inside = (
            path.relative_to(self.folder).parts[:-1] if path.is_relative_to(self.folder) else ()
        )
        return Item(path, str(path), self.folder, detections=seen, station=(*inside, "")[0])

    def _detections(self, file: str, listed: object) -> tuple[Detection | PixelDetection, ...]:
        if not isinstance(listed, list):
            raise _UnusableError(f"{file}: the entry has no list of detections")
        found = []
        for one in listed:
            try:
                seen = self._detection(one)
            except _UnusableError as error:
                self.tally.reject(f"{self.path.name}: {file}", str(error))
                continue
            if seen is not None and seen.score >= self.threshold:
                found.append(seen)
        return tuple(found)

    def _detection(self, one: object) -> Detection | PixelDetection | None:
        if not isinstance(one, dict):
            raise _UnusableError("a detection is not an object")
        label = self.look.label(one.get("category"))
        if label is None:
            category = printable(repr(one.get("category")))[:80]
            raise _UnusableError(f"the file does not say what the category {category} is")
        score = _number(one.get("conf", one.get("confidence")))
        if not -1e-3 <= score <= 1 + 1e-3:
            raise _UnusableError(f"expected a confidence from 0 to 1, got {score}")
        score = min(max(score, 0.0), 1.0)
        box = one.get("bbox")
        if not isinstance(box, list) or len(box) != 4:
            raise _UnusableError("a detection's `bbox` is not a list of four numbers")
        numbers = [_number(value) for value in box]
        return self._placed(numbers, label, score)

    def _placed(
        self, box: list[float], label: str, score: float
    ) -> Detection | PixelDetection | None:
        x, y, third, fourth = box
        if self.look.pixels:
            if third <= x or fourth <= y:
                raise _UnusableError(f"expected a box with an area, got {box}")
            return PixelDetection(PixelBox(x, y, third - x, fourth - y), label, score)
        left, top = max(x, 0.0), max(y, 0.0)
        right, bottom = min(x + third, 1.0), min(y + fourth, 1.0)
        if max(box) > 2:
            raise _UnusableError(f"expected a box in fractions 0–1, got {box}")
        if right <= left or bottom <= top:
            raise _UnusableError(f"expected a box with an area inside the photo, got {box}")
        return Detection(Box(left, top, right - left, bottom - top), label, score)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _UnusableError(f"expected a number, got {printable(repr(value))[:80]}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or abs(number) > 1e9:
        raise _UnusableError(f"expected a finite number, got {str(value)[:80]}")
    return number

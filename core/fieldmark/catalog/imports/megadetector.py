"""Importing what MegaDetector saw; two formats go by that name, and the file says which it is.

AddaxAI writes the first one, with a part of its own that names its models.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.items import Animal, Item, PixelBox, Seen
from fieldmark.catalog.imports.jsonstream import elements, is_list
from fieldmark.catalog.imports.labels import CERTAIN, Naming, lineage, meaning
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.reading import Asked, Reading, photo_items, take
from fieldmark.catalog.imports.stations import Stations
from fieldmark.catalog.imports.summary import TOO_WEAK, ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.imports.values import (
    UnusableError,
    confidence,
    corners,
    four,
    fractions,
    shown,
)
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Box

_CLASSES = {"0": "animal", "1": "person", "2": "vehicle"}
"""The class numbers of the second format."""

_CATEGORIES = {
    "detection_categories": "categories",
    "classification_categories": "classes",
    "classification_category_descriptions": "described",
}
_ADDAXAI = ("addaxai", "addaxai_metadata", "ecoassist_metadata")
"""Under these keys AddaxAI, formerly EcoAssist, writes of itself in `info`."""


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
    identified. A photo in which nothing was seen is recorded without an annotation. The whole file
    is read before anything is written, so of a file that is cut off nothing is imported.

    Args:
        project: where to.
        file: the JSON file.
        root: the folder that relative paths start from; the file's own when None.
        threshold: 0–1; detections with a lower confidence are left out.
        species: of the animals; the project's, or what a classifier says (see `labels`), when None.
        stations: how photos get their stations, as in `import_folder`.
        progress: called after every batch.

    Raises:
        UserError: if the file is neither of the two.
        ProjectError: when the disk is full.
    """
    asked = Asked(
        Path(file).resolve(),
        Path(root).resolve() if root is not None else None,
        threshold,
        species,
        stations=stations,
    )
    tally = Tally()
    return take(project, asked, read_megadetector(project, asked, tally), tally, progress)


def read_megadetector(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole file, and return what it says.

    Raises:
        UserError: if it is neither of the two formats.
    """
    look = _look_at(asked.source)
    finder = PhotoFinder(asked.folder, tally)
    reader = _Reader(asked, look, finder, asked.naming(project, tally), tally)
    return Reading(look.kind, look.source, reader.items(), look.total)


@dataclass
class _Look:
    """What the whole file says; the parts may stand in any order."""

    pixels: bool = False
    total: int = 0
    categories: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    detector: str = ""
    kind: str = "megadetector"

    @property
    def source(self) -> str:
        return f"{self.kind}:{self.detector}" if self.detector else self.kind

    def label(self, category: object) -> str | None:
        """Return a category's name; None if the file does not say what it is."""
        key = str(category) if isinstance(category, str | int) else ""
        if self.pixels and key not in _CLASSES:
            return printable(key) or None
        return self.categories.get(key)

    def names(self, key: object) -> tuple[str, ...]:
        """Return the names of a class of the classifier."""
        if not isinstance(key, str | int):
            return ()
        names = lineage(self.described.get(str(key), ""))
        return (self.classes.get(str(key), ""),) if names is None else names

    def told(self, key: str, value: Mapping[str, Any]) -> None:
        """Take in a part that stands beside the photos."""
        if key in _CATEGORIES:
            setattr(self, _CATEGORIES[key], _texts(value))
        elif key == "info":
            self._made_by(value)

    def _made_by(self, info: Mapping[str, Any]) -> None:
        own = [info[key] for key in _ADDAXAI if isinstance(info.get(key), dict)]
        detector = own[0].get("detection_model") if own else None
        self.kind = "addaxai" if own else self.kind
        self.detector = printable(str(detector or info.get("detector") or ""))


def _look_at(path: Path) -> _Look:
    look, keys = _Look(pixels=is_list(path)), set[str | None]()
    for key, value in elements(path, {"images"}):
        keys.add(key)
        if key is None or key == "images":
            look.total += 1
        elif isinstance(value, dict):
            look.told(key, value)
    if look.pixels:
        look.categories = _CLASSES
    elif "predictions" in keys:
        raise UserError(f"{path.name} is SpeciesNet's format; import it with `--format speciesnet`")
    elif "detection_categories" not in keys:
        raise UserError(
            f"{path.name} is not a MegaDetector file: expected an object with `images` and"
            " `detection_categories`, or a list of photos with their detections"
        )
    return look


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): printable(str(name)) for key, name in value.items()}


@dataclass(frozen=True)
class _Reader:
    """Turns entries into items."""

    asked: Asked
    look: _Look
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        yield from photo_items(self.asked.source, "images", self._item, self.tally)

    def _item(self, entry: object) -> Item | None:
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
            raise UnusableError("the entry has no `file`")
        file = entry["file"]
        if is_video(file, self.tally, certain="frame_rate" in entry):
            return None
        if entry.get("failure"):
            failure = printable(str(entry["failure"]))[:200]
            raise UnusableError(f"{printable(file)}: the detector could not read it ({failure})")
        path = self.finder.find(file)
        seen = self._detections(file.replace("\\", "/"), entry.get("detections"))
        folder = self.asked.folder
        return Item(path, str(path), folder, detections=seen, station=self.finder.station(path))

    def _detections(self, file: str, listed: object) -> tuple[Seen, ...]:
        if not isinstance(listed, list):
            raise UnusableError(f"{file}: the entry has no list of detections")
        found = []
        for one in listed:
            try:
                seen = self._detection(one)
            except UnusableError as error:
                self.tally.reject(f"{self.asked.source.name}: {file}", str(error))
                continue
            if seen is not None:
                found.append(seen)
        return tuple(found)

    def _detection(self, one: object) -> Seen | None:
        """Read one detection; None if it is below the threshold."""
        if not isinstance(one, dict):
            raise UnusableError("a detection is not an object")
        label = self.look.label(one.get("category"))
        if label is None:
            category = shown(one.get("category"))
            raise UnusableError(f"the file does not say what the category {category} is")
        score = confidence(one.get("conf", one.get("confidence")))
        box = four(one.get("bbox"))
        place = corners(box) if self.look.pixels else fractions(box)
        if meaning(label) == "blank":
            return None
        if score < self.asked.threshold:
            self.tally.remark(TOO_WEAK)
            return None
        return self._classified(place, label, score, one.get("classifications"))

    def _classified(self, box: Box | PixelBox, label: str, score: float, classes: object) -> Seen:
        """Add what the classifier says; people and vehicles that it is certain of are such."""
        what = meaning(label)
        if what != "animal":
            return Seen(box, what, score)
        sure, names = _best(classes, self.look)
        other = meaning(names[0]) if names and sure >= CERTAIN else what
        if other in {"person", "vehicle"}:
            return Seen(box, other, score)
        return Seen(box, label, score, Animal(species=self.naming.classified(sure, *names)))


def _best(classes: object, look: _Look) -> tuple[float, tuple[str, ...]]:
    """Return the score and the names of the likeliest class; what is no such pair is left out."""
    best: tuple[float, tuple[str, ...]] = (0.0, ())
    for pair in classes if isinstance(classes, list) else []:
        try:
            key, written = pair
            score = confidence(written)
        except (TypeError, ValueError):
            continue
        if score > best[0]:
            best = score, look.names(key)
    return best

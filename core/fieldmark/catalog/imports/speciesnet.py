"""Importing what SpeciesNet saw: one prediction per photo, and the boxes of its detector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.items import Animal, Item, Seen
from fieldmark.catalog.imports.jsonstream import elements
from fieldmark.catalog.imports.labels import CERTAIN, Naming, lineage, meaning
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.reading import Asked, Reading, photo_items
from fieldmark.catalog.imports.summary import TOO_WEAK, Tally
from fieldmark.catalog.imports.values import UnusableError, confidence, four, fractions
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError

_CLASSES = {"1": "animal", "2": "person", "3": "vehicle"}
"""The numbers of the detector's classes, where a detection has no `label`."""

_FAILED = "DETECTOR"
"""Stands in `failures` where the detector could not work a photo."""


def read_speciesnet(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole file, and return what it says.

    The prediction is about the photo. From a score of `labels.CERTAIN` on it names the species of
    every animal in it; if it says that the photo shows people or vehicles, and the detector saw
    none, then its animals are taken as such, because people are never identified.

    Raises:
        UserError: if it is not SpeciesNet's format, or damaged.
    """
    total, version = 0, ""
    keys = set[str | None]()
    for key, value in elements(asked.source, {"predictions"}):
        keys.add(key)
        total += key == "predictions"
        if not version and key == "predictions" and isinstance(value, dict):
            version = printable(str(value.get("model_version") or ""))[:80]
    if "predictions" not in keys and keys:
        raise UserError(f"{asked.source.name} is not SpeciesNet's format: it has no `predictions`")
    reader = _Reader(asked, PhotoFinder(asked.folder, tally), asked.naming(project, tally), tally)
    source = f"speciesnet:{version}" if version else "speciesnet"
    return Reading("speciesnet", source, reader.items(), total)


@dataclass(frozen=True)
class _Reader:
    """Turns predictions into items."""

    asked: Asked
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        yield from photo_items(self.asked.source, "predictions", self._item, self.tally)

    def _item(self, entry: object) -> Item | None:
        if not isinstance(entry, dict) or not isinstance(entry.get("filepath"), str):
            raise UnusableError("the entry has no `filepath`")
        file = entry["filepath"]
        if is_video(file, self.tally):
            return None
        path = self.finder.find(file)
        failures = entry.get("failures")
        failed = isinstance(failures, list) and _FAILED in failures
        listed = entry.get("detections", None if failed else [])
        if failed or not isinstance(listed, list):
            raise UnusableError(f"{printable(file)}: the detector could not read it")
        seen = self._predicted(self._detections(printable(file), listed), entry)
        folder = self.asked.folder
        return Item(path, str(path), folder, detections=seen, station=self.finder.station(path))

    def _detections(self, file: str, listed: Sequence[object]) -> list[Seen]:
        found = []
        for one in listed:
            try:
                seen = _detection(one)
            except UnusableError as error:
                self.tally.reject(f"{self.asked.source.name}: {file}", str(error))
                continue
            if (seen.score or 0) >= self.asked.threshold:
                found.append(seen)
            else:
                self.tally.remark(TOO_WEAK)
        return found

    def _predicted(self, seen: Sequence[Seen], entry: Mapping[str, Any]) -> tuple[Seen, ...]:
        """Give the boxes what the prediction says of the photo."""
        animals = [one for one in seen if one.label == "animal"]
        label = entry.get("prediction")
        names = _names(label) if isinstance(label, str) else ()
        if not animals or not names:
            return tuple(seen)
        score = _score(entry.get("prediction_score"))
        other = meaning(names[0])
        if other in {"person", "vehicle"}:
            turned = score >= CERTAIN and len(animals) == len(seen)
            return tuple(replace(one, label=other) for one in seen) if turned else tuple(seen)
        said = Animal(species=self.naming.classified(score, *names))
        return tuple(replace(one, animal=said) if one.label == "animal" else one for one in seen)


def _names(label: str) -> tuple[str, ...]:
    names = lineage(label)
    return (printable(label),) if names is None else names


def _detection(one: object) -> Seen:
    if not isinstance(one, dict):
        raise UnusableError("a detection is not an object")
    label = one.get("label") or _CLASSES.get(str(one.get("category")))
    if not isinstance(label, str):
        raise UnusableError("a detection has neither a `label` nor a `category` that is known")
    label = printable(label)
    what = meaning(label)
    box = fractions(four(one.get("bbox")))
    return Seen(box, label if what == "animal" else what, confidence(one.get("conf")))


def _score(value: object) -> float:
    try:
        return confidence(value)
    except UnusableError:
        return 0.0

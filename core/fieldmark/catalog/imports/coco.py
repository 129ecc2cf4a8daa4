"""Importing COCO Camera Traps, and plain COCO with names and viewpoints of individuals.

What is read of the two: `images` with `id`, `file_name`, `datetime` (or `date_captured`) and
`location`; `categories`; `annotations` with `bbox` in pixels or `bbox_relative` in fractions, and,
as extra fields, `name` (or `individual_id`), `viewpoint` (or `side`) and `score`. The category 0 is
`empty`, unless it has the name of something else. `seq_id` is no encounter: a visit often makes
several bursts. `individual_ids` of Wild Me's files are numbers of annotations, and not names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldmark.catalog.imports.fields import parse_side
from fieldmark.catalog.imports.gather import Gathered
from fieldmark.catalog.imports.index import Index
from fieldmark.catalog.imports.items import UNSAID, Animal, Item, PixelBox, Seen, known_name
from fieldmark.catalog.imports.jsonstream import elements
from fieldmark.catalog.imports.labels import Naming, meaning
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.reading import Asked, Reading
from fieldmark.catalog.imports.summary import TOO_WEAK, Tally
from fieldmark.catalog.imports.times import zoned
from fieldmark.catalog.imports.values import (
    UnusableError,
    confidence,
    four,
    fractions,
    number,
    scaled,
    shown,
    text,
)
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Box, Side

_LISTS = frozenset({"images", "annotations", "categories"})
_NAMES = ("name", "individual_id", "identity")
_SIDES = ("viewpoint", "side", "orientation")
_KEPT = (
    "category_id", "bbox", "bbox_relative", "score", "theta", "sequence_level_annotation",
    *_NAMES, *_SIDES,
)  # fmt: skip
_LONGEST = 1000  # characters of a value that is kept; outlines are never asked for


def read_coco(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole file, keep its annotations in a temporary file, and return what it says.

    Raises:
        UserError: if it is not COCO, or damaged.
    """
    look = _Look()
    index = Index(_annotations(asked, look, tally))
    if not look.listed:
        index.close()
        raise UserError(f"{asked.source.name} is not COCO: it has no list of `images`")
    finder, naming = PhotoFinder(asked.folder, tally), asked.naming(project, tally)
    reader = _Reader(asked, look, index, finder, naming, tally)
    words = "the field location" if look.located else "the name of their folder"
    return Reading("coco", "coco", reader.items(), look.total, words, table=look.located)


@dataclass
class _Look:
    """What the whole file says beside its annotations."""

    total: int = 0
    listed: bool = False
    located: bool = False
    categories: dict[str, str] = field(default_factory=dict)

    def told(self, key: str, value: object) -> None:
        """Take in one image or one category."""
        if key == "images":
            self.listed = True
            self.total += isinstance(value, dict)
            self.located = self.located or bool(isinstance(value, dict) and value.get("location"))
        elif key == "categories" and isinstance(value, dict):
            self.categories[text(value.get("id"))] = text(value.get("name"))

    def label(self, number: object) -> str:
        """Return a category's name.

        Raises:
            UnusableError: if the file does not say what it is.
        """
        key = text(number)
        name = self.categories.get(key, "")
        if not name and key != "0" and self.categories:
            raise UnusableError(f"the file does not say what the category {shown(number)} is")
        return name or ("empty" if key == "0" else "animal")


def _annotations(asked: Asked, look: _Look, tally: Tally) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is needed of each annotation by its image, and take in everything else."""
    counted = 0
    for key, value in elements(asked.source, _LISTS):
        if key != "annotations":
            look.told(key or "", value)
            continue
        counted += 1
        if not isinstance(value, dict) or not text(value.get("image_id")):
            where = f"{asked.source.name} annotation {counted}"
            tally.reject(where, "the annotation names no image")
            continue
        kept = {name: value[name] for name in _KEPT if _small(value.get(name))}
        yield text(value["image_id"]), {**kept, "place": counted}


def _small(value: object) -> bool:
    return value is not None and len(str(value)[: _LONGEST + 1]) <= _LONGEST


@dataclass(frozen=True)
class _Reader:
    """Turns images and their annotations into items."""

    asked: Asked
    look: _Look
    index: Index
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        with self.index:
            counted = 0
            for key, image in elements(self.asked.source, _LISTS):
                if key != "images":
                    continue
                counted += 1
                try:
                    item = self._item(image)
                except UnusableError as error:
                    self.tally.reject(f"{self.asked.source.name} image {counted}", str(error))
                    continue
                if item is not None:
                    yield item
            for _, one in self.index.left_over():
                where = f"{self.asked.source.name} annotation {one['place']}"
                self.tally.reject(where, "the file has no image of that `image_id`")

    def _item(self, image: object) -> Item | None:
        if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
            raise UnusableError("the image has no `file_name`")
        annotations = self.index.pop(text(image.get("id")))
        if is_video(image["file_name"], self.tally):
            return None
        path = self.finder.find(image["file_name"])
        gathered = Gathered()
        for one in annotations:
            try:
                self._add(gathered, one, _size(image))
            except UnusableError as error:
                where = f"{self.asked.source.name} annotation {one['place']}"
                self.tally.reject(where, str(error))
        time, zone = zoned(text(image.get("datetime") or image.get("date_captured")))
        return Item(
            path, str(path), self.asked.folder, gathered.animals(self.tally),
            gathered.detections(), known_name(text(image.get("location"))) or
            self.finder.station(path), time, zone,
        )  # fmt: skip

    def _add(self, gathered: Gathered, one: Mapping[str, Any], size: tuple[float, float]) -> None:
        category = self.look.label(one.get("category_id"))
        score = confidence(one["score"]) if "score" in one else None
        if score is not None and score < self.asked.threshold:
            gathered.looked = True
            self.tally.remark(TOO_WEAK)
            return
        label, place = meaning(category), _place(one, size)
        if label == "animal":
            species = self.naming.said(category)
            animal = self._animal(one, species)
        else:
            animal = UNSAID
        if one.get("theta"):
            self.tally.remark("a turned box was taken as upright")
        gathered.add(label, None if place is None else Seen(place, label, score), animal)

    def _animal(self, one: Mapping[str, Any], species: str) -> Animal:
        side = parse_side(_first(one, _SIDES))
        if side is None:
            self.tally.remark(f"the side {_first(one, _SIDES)!r} is not known, so it was left out")
        return Animal(
            name=known_name(_first(one, _NAMES)),
            species=species,
            side=side or Side.UNKNOWN,
            certain=one.get("sequence_level_annotation") is not True,
        )


def _first(one: Mapping[str, Any], fields: Sequence[str]) -> str:
    return next((text(one[name]) for name in fields if text(one.get(name))), "")


def _size(image: Mapping[str, Any]) -> tuple[float, float]:
    """Return the width and height that the boxes are in; zeros where none are stated."""
    try:
        return number(image.get("width")), number(image.get("height"))
    except UnusableError:
        return 0, 0


def _place(one: Mapping[str, Any], size: tuple[float, float]) -> Box | PixelBox | None:
    """Return the box; None where there is none."""
    if one.get("bbox_relative"):
        return fractions(four(one["bbox_relative"], "the `bbox_relative`"))
    if not one.get("bbox"):
        return None
    return scaled(four(one["bbox"], "the `bbox`"), size)

"""Importing a download of Wildlife Insights: images.csv and deployments.csv of an extracted ZIP.

A row is one kind of animal in one photo; rows of one photo stand together. The photos' addresses
are those of a store on the web, so the files are looked for under the root: by the stated path, in
a folder of the deployment's or the place's name, or in the root itself. `bounding_boxes` is read
where it is a JSON list of boxes as fractions, of four numbers left, top, width, height, or of
objects with `x`, `y`, `width` and `height`; its form is not documented. Positions that are marked
as `Fuzzed` are not those of the cameras, and are left out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fieldmark.catalog.imports.csvrows import Row, Rows, said
from fieldmark.catalog.imports.gather import Gathered
from fieldmark.catalog.imports.items import Animal, Item, Placement, Seen, known_name
from fieldmark.catalog.imports.labels import Naming, meaning
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.places import coordinates
from fieldmark.catalog.imports.reading import Asked, Reading
from fieldmark.catalog.imports.sniff import header_of
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.imports.times import zoned
from fieldmark.catalog.imports.values import UnusableError, four, fractions
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Box

_YES = frozenset({"true", "1", "yes", "t"})
_NEEDED = ("deployment_id", "image_id")


def read_wildlife_insights(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at all tables of a download, and return what they say.

    Raises:
        UserError: if a table is missing or damaged.
    """
    folder = asked.source if asked.source.is_dir() else asked.source.parent
    tables = [path for path in sorted(folder.glob("images*.csv")) if _NEEDED[1] in header_of(path)]
    if not tables:
        raise UserError(
            f"{folder} is no download of Wildlife Insights: it has no images.csv with the columns"
            " deployment_id and image_id"
        )
    images = [Rows(path, tally, _NEEDED) for path in tables]
    total = sum(rows.count() for rows in images)
    finder, naming = PhotoFinder(asked.folder, tally), asked.naming(project, tally)
    reader = _Reader(asked, images, _deployments(folder, tally), finder, naming, tally)
    source = "wildlife-insights"
    return Reading(source, source, reader.items(), total, "the deployment's place", table=True)


def _deployments(folder: Path, tally: Tally) -> dict[str, Placement]:
    found: dict[str, Placement] = {}
    for table in sorted(folder.glob("deployments*.csv")):
        for where, row in Rows(table, tally, ("deployment_id",)):
            name = said(row, "deployment_id")
            if not name:
                tally.reject(where, "the deployment has no deployment_id")
                continue
            place = coordinates(said(row, "latitude"), said(row, "longitude"))
            if said(row, "fuzzed").lower() in _YES:
                tally.remark("a deployment's position was made imprecise (Fuzzed) and is left out")
                place = (None, None)
            starts, ends = (zoned(said(row, column))[0] for column in ("start_date", "end_date"))
            station = known_name(said(row, "placename")) or name
            found[name] = Placement(name, station, starts or None, ends or None, *place)
    return found


@dataclass(frozen=True)
class _Reader:
    """Turns the rows of images.csv into items."""

    asked: Asked
    images: list[Rows]
    deployments: Mapping[str, Placement]
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        for table in self.images:
            for _, group in groupby(table, lambda pair: said(pair[1], "image_id", "location")):
                rows = list(group)
                try:
                    item = self._item(rows[0][0], [row for _, row in rows])
                except UnusableError as error:
                    self.tally.reject(rows[0][0], str(error))
                    continue
                if item is not None:
                    yield item

    def _item(self, where: str, rows: list[Row]) -> Item | None:
        first = rows[0]
        file = said(first, "filename", "location")
        if is_video(file, self.tally):
            return None
        placement = self._placement(said(first, "deployment_id"))
        path = self._path(first, placement)
        gathered = self._gathered(rows)
        time, zone = zoned(said(first, "timestamp"))
        return Item(
            path, f"{where}: {file}", self.asked.folder, gathered.animals(self.tally),
            gathered.detections(), placement.station, time, zone, placement,
        )  # fmt: skip

    def _placement(self, name: str) -> Placement:
        if not name:
            raise UnusableError("the row names no deployment")
        return self.deployments.get(name) or Placement(name, name)

    def _path(self, row: Row, placement: Placement) -> Path:
        file, location = said(row, "filename"), said(row, "location")
        if location and "://" not in location:
            return self.finder.find(location)
        name = file or location.rpartition("/")[2]
        if not name:
            raise UnusableError("the row names no file")
        stored = location.partition("://")[2].partition("/")[2]
        near = (stored, f"{placement.name}/{name}", f"{placement.station}/{name}", name)
        found = self.finder.guess(tuple(filter(None, near)), placement.name)
        return found or self.asked.folder / name

    def _gathered(self, rows: list[Row]) -> Gathered:
        """Say what the photo shows; a box belongs to an animal where there is one of each."""
        gathered = Gathered()
        labelled = [self._said(row) for row in rows]
        boxes = self._boxes(rows[0])
        animals = [animal for label, animal in labelled if label == "animal"]
        if not boxes or not animals:
            for label, animal in labelled:
                gathered.add(label, None, animal)
            return gathered
        for label, animal in labelled:
            if label != "animal":
                gathered.add(label, None, animal)
        alone = len(boxes) == len(animals) == 1
        species = {animal.species for animal in animals}
        shared = Animal(species=species.pop() if len(species) == 1 else "")
        if not alone and any(animal.name for animal in animals):
            self.tally.remark("several boxes: it is not said which one a name belongs to")
        for box in boxes:
            gathered.add("animal", Seen(box, "animal", None), animals[0] if alone else shared)
        return gathered

    def _said(self, row: Row) -> tuple[str, Animal]:
        """Return the label of a row, and what it says of the animal."""
        common = said(row, "common_name")
        genus, species = said(row, "genus"), said(row, "species")
        if said(row, "is_blank").lower() in _YES or meaning(common) == "blank":
            return "blank", Animal()
        label = meaning(common)
        if label == "animal" and meaning(f"{genus} {species}") == "person":
            label = "person"
        scientific = f"{genus} {species}" if genus and species else ""
        several = said(row, "number_of_objects", "group_size") not in {"", "1"}
        named = "" if several else known_name(said(row, "individual_id"))
        other = self.naming.said(common if scientific else "", scientific)
        return label, Animal(None, named, other, certain=True)

    def _boxes(self, row: Row) -> list[Box]:
        text = said(row, "bounding_boxes")
        if text in {"", "[]", "{}"}:
            return []
        try:
            listed = json.loads(text.replace("'", '"'))
            return [_box(one) for one in listed]
        except (ValueError, TypeError, RecursionError):  # also what is unusable
            self.tally.remark("the column bounding_boxes was not understood, so it was left out")
            return []


def _box(one: object) -> Box:
    if isinstance(one, dict):
        one = [
            one.get("x"), one.get("y"), one.get("width", one.get("w")),
            one.get("height", one.get("h")),
        ]  # fmt: skip
    return fractions(four(one, "a bounding box"))

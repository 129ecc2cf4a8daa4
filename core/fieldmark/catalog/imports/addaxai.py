"""Importing AddaxAI's output: its JSON, which is MegaDetector's, and its results_detections.csv.

The table has a row per box: `absolute_path` (of the folder), `relative_path`, `data_type`, `label`,
`confidence`, `bbox_left`, `bbox_top`, `bbox_right`, `bbox_bottom` in pixels of a photo of
`file_width` × `file_height`, and, in later versions, `human_verified`. Rows of one photo stand
together. Photos in which nothing was seen are in no row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from fieldmark.catalog.imports.csvrows import Row, Rows, said
from fieldmark.catalog.imports.items import Animal, Item, PixelBox, Seen
from fieldmark.catalog.imports.labels import Naming, meaning
from fieldmark.catalog.imports.megadetector import read_megadetector
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.reading import Asked, Reading
from fieldmark.catalog.imports.sniff import recognise_text
from fieldmark.catalog.imports.summary import TOO_WEAK, Tally
from fieldmark.catalog.imports.values import UnusableError, confidence, number, scaled
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.types import Box

_BOX = ("bbox_left", "bbox_top", "bbox_right", "bbox_bottom")
_YES = frozenset({"true", "1", "yes"})


def read_addaxai(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole file, and return what it says.

    Raises:
        UserError: if it is neither AddaxAI's JSON nor its table, or damaged.
    """
    if recognise_text(asked.source) == "json":
        return read_megadetector(project, asked, tally)
    rows = Rows(asked.source, tally, ("relative_path", "label", "confidence", *_BOX))
    total = rows.count()
    finder, naming = PhotoFinder(asked.folder, tally), asked.naming(project, tally)
    reader = _Reader(asked, rows, finder, naming, tally)
    return Reading("addaxai", "addaxai", reader.items(), total)


@dataclass(frozen=True)
class _Reader:
    """Turns the rows of each photo into an item."""

    asked: Asked
    rows: Rows
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        for file, group in groupby(self.rows, lambda pair: said(pair[1], "relative_path")):
            rows = list(group)
            try:
                item = self._item(file, rows)
            except UnusableError as error:
                self.tally.reject(rows[0][0], str(error))
                continue
            if item is not None:
                yield item

    def _item(self, file: str, rows: list[tuple[str, Row]]) -> Item | None:
        where, first = rows[0]
        if not file:
            raise UnusableError("the row names no photo")
        if is_video(file, self.tally, certain=said(first, "data_type").lower() == "vid"):
            return None
        path = self._path(file, said(first, "absolute_path"))
        seen = []
        for called, row in rows:
            try:
                seen.append(self._seen(row))
            except UnusableError as error:
                self.tally.reject(called, str(error))
        kept = tuple(one for one in seen if (one.score or 1.0) >= self.asked.threshold)
        for _ in range(len(seen) - len(kept)):
            self.tally.remark(TOO_WEAK)
        shown, folder = f"{where}: {file}", self.asked.folder
        return Item(path, shown, folder, (), kept, self.finder.station(path))

    def _path(self, file: str, folder: str) -> Path:
        path = self.finder.find(file)
        if path.exists() or not folder:
            return path
        stated = self.finder.find(f"{folder}/{file}")
        return stated if stated.exists() else path

    def _seen(self, row: Row) -> Seen:
        label, score = said(row, "label"), confidence(said(row, "confidence"))
        box, what = _box(row), meaning(label)
        if what != "animal":
            return Seen(box, what, score)
        animal = Animal(species=self.naming.classified(score, label))
        verified = said(row, "human_verified").lower() in _YES
        return Seen(box, "animal", None if verified else score, animal)


def _box(row: Row) -> Box | PixelBox:
    left, top, right, bottom = (number(said(row, column)) for column in _BOX)
    try:
        size = number(said(row, "file_width")), number(said(row, "file_height"))
    except UnusableError:
        size = 0.0, 0.0
    return scaled((left, top, right - left, bottom - top), size)

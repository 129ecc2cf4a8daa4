"""Importing the CSV of Timelapse: one row per file, with the user's own columns.

Of its columns `RootFolder`, `RelativePath`, `File` and `DateTime` (or `Date` and `Time`) are
Timelapse's; the others come from the user's template. Understood are an individual, a side, a
species, a station and an encounter under the names in `_ALIASES`, or under those that were asked
for, and the flags `animal`, `person`, `vehicle` and `empty`. A species or a name applies to the
whole photo; several individuals, as `T-1; T-2`, cannot be told apart in it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldmark.catalog.imports.csvrows import Row, Rows, said
from fieldmark.catalog.imports.fields import parse_side
from fieldmark.catalog.imports.gather import Gathered
from fieldmark.catalog.imports.items import Animal, Item, known_name
from fieldmark.catalog.imports.labels import Naming, meaning
from fieldmark.catalog.imports.paths import PhotoFinder
from fieldmark.catalog.imports.reading import Asked, Reading
from fieldmark.catalog.imports.sniff import header_of
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.imports.times import zoned
from fieldmark.catalog.imports.values import UnusableError
from fieldmark.catalog.imports.videos import is_video
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Side

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "identity": ("individualid", "individual_id", "individual", "identity", "animalid"),
    "orientation": ("flank", "side", "viewpoint", "orientation"),
    "species": ("species", "commonname"),
    "station": ("station", "camera", "cameraid", "site", "stationid"),
    "encounter": ("encounter", "sighting", "encounterid"),
    "date": ("datetime",),
}
_FLAGS = ("animal", "person", "vehicle", "empty")
_YES = frozenset({"true", "1", "yes"})
_DAY = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_timelapse(project: Project, asked: Asked, tally: Tally) -> Reading:
    """Look at the whole table, and return what it says.

    Raises:
        UserError: if it is not a table, or lacks a column.
    """
    rows = Rows(asked.source, tally, ("file", "relativepath"), asked.where)
    total = rows.count()
    used = _used(header_of(asked.source), asked.columns)
    finder, naming = PhotoFinder(asked.folder, tally), asked.naming(project, tally)
    reader = _Reader(asked, rows, used, finder, naming, tally)
    words = f"the column {used['station']}" if "station" in used else "the name of their folder"
    return Reading("timelapse", "timelapse", reader.items(), total, words, "station" in used, used)


def _used(header: tuple[str, ...], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return which column is used for what, both in lower case."""
    for use, column in wanted.items():
        if use not in _ALIASES:
            raise UserError(
                f"{use!r} is nothing that is read of Timelapse; say one of {', '.join(_ALIASES)}"
            )
        if column.lower() not in header:
            raise UserError(f"the table has no column {column!r}; it has {', '.join(header)}")
    found = {
        use: next((alias for alias in aliases if alias in header), "")
        for use, aliases in _ALIASES.items()
    }
    found |= {use: column.lower() for use, column in wanted.items()}
    return {use: column for use, column in found.items() if column}


@dataclass(frozen=True)
class _Reader:
    """Turns rows into items."""

    asked: Asked
    rows: Rows
    used: Mapping[str, str]
    finder: PhotoFinder
    naming: Naming
    tally: Tally

    def items(self) -> Iterator[Item]:
        for where, row in self.rows:
            try:
                item = self._item(where, row)
            except UnusableError as error:
                self.tally.reject(where, str(error))
                continue
            if item is not None:
                yield item

    def _item(self, where: str, row: Row) -> Item | None:
        if not row["file"]:
            raise UnusableError("the row names no file")
        if said(row, "deleteflag").lower() in _YES:
            self.tally.remark("a row is marked for deletion (DeleteFlag), so it was left out")
            return None
        if is_video(row["file"], self.tally):
            return None
        path = self._path(row)
        gathered = self._gathered(row)
        time, zone = self._time(row)
        return Item(
            path, f"{where}: {row['file']}", self.asked.folder, gathered.animals(self.tally),
            gathered.detections(),
            known_name(self._field(row, "station")) or self.finder.station(path), time, zone,
        )  # fmt: skip

    def _path(self, row: Row) -> Path:
        """Return the photo's path; the table lies in the root folder, or beside it."""
        below = f"{row['relativepath']}/{row['file']}".lstrip("\\/")
        path = self.finder.find(below)
        root = said(row, "rootfolder")
        if not root or path.exists():
            return path
        beside = self.finder.find(f"{root}/{below}")
        return beside if beside.exists() else path

    def _gathered(self, row: Row) -> Gathered:
        gathered = Gathered()
        species = self._field(row, "species")
        flags = {flag for flag in _FLAGS if said(row, flag).lower() in _YES}
        labels = {"blank" if flag == "empty" else flag for flag in flags}
        if known_name(species):
            labels.add(meaning(species))
        if labels and "animal" not in labels and known_name(self._field(row, "identity")):
            self.tally.remark("a row names an individual where it says that no animal is seen")
        for label in sorted(labels or {"animal"}):
            gathered.add(label, None, self._animal(row, species, certain="animal" in labels))
        return gathered

    def _animal(self, row: Row, species: str, *, certain: bool) -> Animal:
        names = [known_name(name) for name in self._field(row, "identity").split(";")]
        if len(names) > 1:
            self.tally.remark("the row names several individuals, so no name was used")
        written = self._field(row, "orientation")
        side = parse_side(written)
        if side is None:
            self.tally.remark(f"the side {written!r} is not known, so it was taken as unknown")
        return Animal(
            None,
            names[0] if len(names) == 1 else "",
            self.naming.said(species),
            side or Side.UNKNOWN,
            known_name(self._field(row, "encounter")),
            certain,
        )

    def _field(self, row: Row, use: str) -> str:
        return said(row, self.used[use]) if use in self.used else ""

    def _time(self, row: Row) -> tuple[str, str]:
        text = self._field(row, "date") or f"{said(row, 'date')} {said(row, 'time')}".strip()
        time, zone = zoned(_year_first(text))
        if text and not time:
            self.tally.remark("the date was not understood; write it as 2019-03-04 03:04:50")
        return time, zone


def _year_first(text: str) -> str:
    """Return a text in which Timelapse's own dates, such as `04-Mar-2019`, have the year first."""
    found = _DAY.match(text)
    if found is None or found.group(2).lower() not in _MONTHS:
        return text
    month = _MONTHS.index(found.group(2).lower()) + 1
    return f"{found.group(3)}-{month:02}-{int(found.group(1)):02}{text[found.end() :]}"

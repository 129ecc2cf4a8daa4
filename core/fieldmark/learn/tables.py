"""Labelled data from a table with one animal per row."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fieldmark.catalog.imports.columns import Columns, choose_columns, open_table, rows
from fieldmark.catalog.imports.fields import (
    matches_species,
    parse_box,
    parse_side,
    parse_time,
    slug,
)
from fieldmark.catalog.imports.items import known_name
from fieldmark.errors import UserError
from fieldmark.learn.rows import NO_SIDE, Data, Labelled, Reading, Row
from fieldmark.types import WHOLE, Side
from fieldmark.wording import did_you_mean

LICENCES = ("licence", "license")
CAMERAS = ("camera", "camera_id", "cam", "cam_id", "camid")
FRAMES = ("frame", "frame_number", "frame_id", "frameid")
LATITUDES = ("latitude", "lat")
LONGITUDES = ("longitude", "lon", "lng")
"""Columns that say where in a video, or in the world, a photo was taken; the first that exists."""
UNREAD = "a time was not understood; write the year first, as in 2019-03-04 03:04:50"


def read_table(data: Data, path: Path, name: str, reading: Reading) -> Labelled:
    """Return what a table tells; rows that cannot be used are listed with their line.

    Columns as `fieldmark import` reads them, see `columns.ALIASES`; also `licence`.

    Args:
        data: what was asked for.
        path: the table's file; photos' paths start from its folder.
        name: what to call this set of data.
        reading: how to read it.

    Raises:
        UserError: if the table cannot be read, or lacks a column.
    """
    with open_table(path) as file:
        lines = rows(file)
        header = next(lines, None)
        if header is None:
            raise UserError(f"{path.name} is empty; its first line must name the columns")
        told = Told(str(path), path.name, path.parent.resolve(), header[1], lines)
        return read_lines(told, name, data.species, reading)


@dataclass(frozen=True)
class Told:
    """A table as it is told, from a file or by a library.

    Attributes:
        source: what to call it where it is refused as a whole.
        shown: what to call it beside a line's number.
        folder: where the photos' paths start.
        lines: the number of each line, and its values.
    """

    source: str
    shown: str
    folder: Path
    header: Sequence[str]
    lines: Iterable[tuple[int, list[str]]]


def read_lines(told: Told, name: str, species: str | None, reading: Reading) -> Labelled:
    """Return what the lines of a table tell; see `read_table`.

    Raises:
        UserError: if the table lacks a column.
    """
    columns = choose_columns(told.header, reading.columns)
    _refuse_unknown(told.source, columns, reading)
    reader = _Reader(told.folder, told.shown, name, species, columns, reading)
    found = Labelled()
    for line, values in told.lines:
        reader.read(line, values, found)
    return found


def _refuse_unknown(source: str, columns: Columns, reading: Reading) -> None:
    wanted = [*reading.where, *([reading.split] if reading.split else [])]
    if "identity" not in columns.used and not reading.unnamed:
        wanted.append("identity")
    for column in wanted:
        if column not in columns.header:
            raise UserError(
                f"{source} has no column {column!r}; it has {', '.join(columns.header)}"
                f"{did_you_mean(column, columns.header)}"
            )


@dataclass(frozen=True)
class _Reader:
    """Turns the rows of one table into labelled rows."""

    folder: Path
    file: str
    name: str
    forced: str | None
    columns: Columns
    reading: Reading

    def read(self, line: int, row: list[str], found: Labelled) -> None:
        shown = f"{self.file} line {line}"
        if len(row) != len(self.columns.header):
            given, wanted = len(row), len(self.columns.header)
            found.rejected.append((shown, f"the row has {given} values, the header {wanted}"))
            return
        values = self.columns.values(row)
        if any(values[c].strip() != wanted for c, wanted in self.reading.where.items()):
            return
        try:
            made = self._row(values, found)
        except ValueError as error:
            found.rejected.append((shown, str(error)))
            return
        if made is not None:
            if self.reading.placed:
                made = self._placed(made, values, found)
            found.rows.append(made)
            found.licences |= {values[c].strip() for c in LICENCES if values.get(c, "").strip()}

    def _row(self, values: Mapping[str, str], found: Labelled) -> Row | None:
        text = self.columns.field(values, "path").replace("\\", "/")
        if not text:
            raise ValueError("the row names no photo")
        photo = Path(os.path.normpath(self.folder / text))
        encounter, side = self._encounter(values), self._side(values, found)
        label = self._label(values, encounter or text)
        if not label:
            found.notes["a row names no individual and was left out"] += 1
            return None
        if self.reading.sided and side is Side.UNKNOWN:
            found.notes[NO_SIDE] += 1
            return None
        return Row(
            self.name,
            text,
            photo,
            label,
            self._species(values),
            parse_box(self.columns.field(values, "bbox")) or WHOLE,
            side,
            encounter,
            split=values[self.reading.split].strip() if self.reading.split else "",
        )

    def _placed(self, row: Row, values: Mapping[str, str], found: Labelled) -> Row:
        """Return the row with when and where its photo was taken."""
        frame = self._first(values, FRAMES)
        return replace(
            row,
            captured_at=self._time(values, found),
            station=known_name(self.columns.field(values, "station")) or None,
            latitude=_degrees(self._first(values, LATITUDES), 90),
            longitude=_degrees(self._first(values, LONGITUDES), 180),
            camera=self._first(values, CAMERAS) or None,
            frame=int(frame) if frame.isascii() and frame.isdigit() else None,
        )

    def _time(self, values: Mapping[str, str], found: Labelled) -> datetime | None:
        text = known_name(self.columns.field(values, "date"))
        told = parse_time(text) if text else None
        if text and told is None:
            found.notes[UNREAD] += 1
        return datetime.fromisoformat(told) if told else None

    def _first(self, values: Mapping[str, str], names: Sequence[str]) -> str:
        """Return what the first of these columns says; empty where there is none."""
        lower = {column.lower(): column for column in reversed(self.columns.header)}
        columns = [lower[name] for name in names if name in lower]
        return known_name(values[columns[0]]) if columns else ""

    def _label(self, values: Mapping[str, str], visit: str) -> str:
        """Return the name; without one, that of the visit, whose photos stay together."""
        raw = values[self.columns.used["identity"]] if "identity" in self.columns.used else ""
        if known_name(raw):
            return raw
        return f"unnamed {visit}" if self.reading.unnamed else ""

    def _species(self, values: Mapping[str, str]) -> str:
        text = known_name(self.columns.field(values, "species"))
        if self.forced is not None:
            return self.forced
        if not text or matches_species(text, self.reading.species):
            return self.reading.species
        return slug(text.partition("(")[0]) or self.reading.species

    def _side(self, values: Mapping[str, str], found: Labelled) -> Side:
        text = self.columns.field(values, "orientation")
        side = parse_side(text)
        if side is None:
            found.notes[f"the side {text!r} is not known, so it was taken as unknown"] += 1
        return side or Side.UNKNOWN

    def _encounter(self, values: Mapping[str, str]) -> str | None:
        text = known_name(self.columns.field(values, "encounter"))
        return f"{self.name}/{text}" if text else None


def _degrees(text: str, most: float) -> float | None:
    """Return degrees; None where there are none, or none that can be."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= most else None

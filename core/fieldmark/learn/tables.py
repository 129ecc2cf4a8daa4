"""Labelled data from a table with one animal per row."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fieldmark.catalog.imports.columns import Columns, choose_columns, open_table, rows
from fieldmark.catalog.imports.fields import matches_species, parse_box, parse_side, slug
from fieldmark.catalog.imports.items import known_name
from fieldmark.errors import UserError
from fieldmark.learn.rows import NO_SIDE, Data, Labelled, Reading, Row
from fieldmark.types import WHOLE, Side
from fieldmark.wording import did_you_mean

LICENCES = ("licence", "license")


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
        columns = choose_columns(header[1], reading.columns)
        _refuse_unknown(path, columns, reading)
        reader = _Reader(path.parent.resolve(), path.name, name, data.species, columns, reading)
        found = Labelled()
        for line, values in lines:
            reader.read(line, values, found)
    return found


def _refuse_unknown(path: Path, columns: Columns, reading: Reading) -> None:
    wanted = [*reading.where, *([reading.split] if reading.split else [])]
    if "identity" not in columns.used and not reading.unnamed:
        wanted.append("identity")
    for column in wanted:
        if column not in columns.header:
            raise UserError(
                f"{path} has no column {column!r}; it has {', '.join(columns.header)}"
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

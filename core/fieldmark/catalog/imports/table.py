"""Importing a table: CSV with the columns of wildlife-datasets, and others that are named."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from fieldmark.catalog.imports.columns import Columns, choose_columns, open_table, rows
from fieldmark.catalog.imports.fields import matches_species, parse_box, parse_side, parse_time
from fieldmark.catalog.imports.intake import take_in
from fieldmark.catalog.imports.items import Animal, Item, known_name
from fieldmark.catalog.imports.plan import Plan
from fieldmark.catalog.imports.summary import ImportSummary, Progress, Tally, no_progress
from fieldmark.catalog.places import portable
from fieldmark.catalog.project import Project
from fieldmark.errors import UserError
from fieldmark.types import Side


def import_table(
    project: Project,
    table: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    species: str | None = None,
    progress: Progress = no_progress,
) -> ImportSummary:
    """Import a table with one animal per row; a photo may have many rows.

    Columns that are understood: path, identity, bbox (`[x, y, w, h]` in pixels of the upright
    photo), orientation, date, species, station, encounter; see `columns.ALIASES`. A row that
    cannot be used is listed with its line, and skipped.

    Args:
        project: where to.
        table: comma, semicolon or tab separated, UTF-8.
        root: the folder that relative paths start from; the table's own when None.
        columns: which column to use for what, where the name does not say it.
        where: use only rows with these values in these columns.
        species: of every animal, whatever the table says.
        progress: called after every batch.

    Raises:
        UserError: if the table cannot be read, or lacks a column.
        ProjectError: when the disk is full.
    """
    path = Path(table).resolve()
    folder = Path(root).resolve() if root is not None else path.parent
    chosen, total = _look_at(path, columns or {}, where or {})
    plan = Plan(
        command="import table",
        name=path.name,
        scope=portable(project.folder, path),
        source="table",
        species=species or project.species,
        options={
            "table": str(path), "root": str(folder), "columns": dict(chosen.used),
            "where": dict(where or {}), "species": species,
        },
        station_words=f"the column {chosen.used.get('station')}",
        table=True,
    )  # fmt: skip
    tally = Tally(columns=chosen.used, format="table")
    reader = _Reader(path, folder, chosen, where or {}, species, project.species, tally)
    return take_in(project, plan, reader.items(), tally, total, progress)


def _look_at(
    path: Path, columns: Mapping[str, str], where: Mapping[str, str]
) -> tuple[Columns, int]:
    """Read the whole table once, so that what is wrong with it is said before anything happens."""
    with open_table(path) as file:
        lines = rows(file)
        header = next(lines, None)
        if header is None:
            raise UserError(f"{path.name} is empty; its first line must name the columns")
        chosen = choose_columns(header[1], columns)
        for column in where:
            if column not in chosen.header:
                listed = ", ".join(chosen.header)
                raise UserError(f"the table has no column {column!r}; it has {listed}")
        return chosen, sum(1 for _ in lines)


@dataclass(frozen=True)
class _Reader:
    """Turns rows into items."""

    path: Path
    folder: Path
    columns: Columns
    where: Mapping[str, str]
    forced_species: str | None
    species: str
    tally: Tally

    def items(self) -> Iterator[Item]:
        with open_table(self.path) as file:
            for line, row in islice(rows(file), 1, None):
                where = f"{self.path.name} line {line}"
                if len(row) != len(self.columns.header):
                    given, wanted = len(row), len(self.columns.header)
                    self.tally.reject(where, f"the row has {given} values, the header {wanted}")
                    continue
                item = self._item(where, self.columns.values(row))
                if item is not None:
                    yield item

    def _item(self, where: str, values: Mapping[str, str]) -> Item | None:
        if any(values[column].strip() != wanted for column, wanted in self.where.items()):
            self.tally.remark("a row was left out, as asked")
            return None
        text = self.columns.field(values, "path").replace("\\", "/")
        if not text:
            self.tally.reject(where, "the row names no photo")
            return None
        try:
            box = parse_box(self.columns.field(values, "bbox"))
        except ValueError as error:
            self.tally.reject(where, str(error))
            return None
        animal = Animal(
            box=box,
            name=known_name(self.columns.field(values, "identity")),
            species=self._species(self.columns.field(values, "species")),
            side=self._side(self.columns.field(values, "orientation")),
            encounter=known_name(self.columns.field(values, "encounter")),
        )
        return Item(
            Path(os.path.normpath(self.folder / text)),
            f"{where}: {text}",
            self.folder,
            (animal,),
            station=known_name(self.columns.field(values, "station")),
            captured_at=self._time(self.columns.field(values, "date")),
        )

    def _species(self, text: str) -> str:
        text = known_name(text)
        if self.forced_species is not None or not text or matches_species(text, self.species):
            return ""
        self.tally.remark(
            f"the table says the species is {text!r}, not {self.species}; to treat them as"
            f" {self.species}, import with `--species {self.species}`"
        )
        return text

    def _side(self, text: str) -> Side:
        side = parse_side(text)
        if side is None:
            self.tally.remark(f"the side {text!r} is not known, so it was taken as unknown")
        return side or Side.UNKNOWN

    def _time(self, text: str) -> str:
        if not known_name(text):
            return ""
        time = parse_time(text)
        if time is None:
            self.tally.remark("the date was not understood; write it as 2019-03-04 03:04:50")
        return time or ""

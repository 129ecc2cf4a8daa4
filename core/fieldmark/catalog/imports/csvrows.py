"""Reading the rows of a table by the names of its columns, one at a time."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from fieldmark.catalog.imports.columns import open_table, rows
from fieldmark.catalog.imports.summary import Tally
from fieldmark.errors import UserError

Row: TypeAlias = Mapping[str, str]

MISSING = frozenset({"", "na", "nan", "n/a", "null", "none"})
"""Values, in lower case, that mean that there is none (Camtrap DP 1.0.2 names the first three)."""


@dataclass
class Rows:
    """The rows of a table, their columns in lower case; what cannot be used goes to the tally.

    Attributes:
        path: the table.
        needed: columns that must be there.
        where: only rows with these values in these columns.
    """

    path: Path
    tally: Tally
    needed: Collection[str] = ()
    where: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, Row]]:
        """Yield what to call a row, and its values without blanks around them.

        Raises:
            UserError: if the table cannot be read, or lacks a column.
        """
        with open_table(self.path) as file:
            lines = rows(file)
            header = self._header(next(lines, (0, []))[1])
            for line, values in lines:
                called = f"{self.path.name} line {line}"
                if len(values) != len(header):
                    given, wanted = len(values), len(header)
                    self.tally.reject(called, f"the row has {given} values, the header {wanted}")
                    continue
                row = dict(zip(header, (value.strip() for value in values), strict=True))
                if all(row[column.lower()] == wanted for column, wanted in self.where.items()):
                    yield called, row
                else:
                    self.tally.remark("a row was left out, as asked")

    def count(self) -> int:
        """Return how many rows there are, after a look at all of them.

        Raises:
            UserError: if the table cannot be read, or lacks a column.
        """
        with open_table(self.path) as file:
            lines = rows(file)
            self._header(next(lines, (0, []))[1])
            return sum(1 for _ in lines)

    def _header(self, names: Collection[str]) -> tuple[str, ...]:
        header = tuple(name.strip().lower() for name in names)
        twins = sorted({name for name in header if header.count(name) > 1 and name})
        if twins:
            raise UserError(
                f"{self.path.name} has several columns {twins[0]!r}; rename all but one"
            )
        lacking = [
            name for name in (*self.needed, *map(str.lower, self.where)) if name not in header
        ]
        if lacking:
            listed = ", ".join(header) or "none"
            raise UserError(
                f"{self.path.name} has no column {lacking[0]!r} (in any case); it has {listed}"
            )
        return header


def said(row: Row, *columns: str) -> str:
    """Return the first of the columns that has a value; empty where none has."""
    values = (row.get(column, "") for column in columns)
    return next((value for value in values if value.casefold() not in MISSING), "")

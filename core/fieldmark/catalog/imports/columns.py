"""Which column of a table means what."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from fieldmark.errors import UserError

ALIASES = {
    "path": ("path", "image_path", "file_path", "filepath", "file", "file_name", "filename",
             "image", "photo"),
    "identity": ("identity", "individual", "individual_id", "individualid", "name"),
    "bbox": ("bbox", "box", "bounding_box"),
    "orientation": ("orientation", "side", "viewpoint", "flank", "position"),
    "date": ("datetime", "date", "timestamp", "captured_at", "date_time"),
    "species": ("species",),
    "station": ("station", "camera", "site"),
    "encounter": ("encounter", "sighting", "encounter_id", "sighting_id"),
}  # fmt: skip
"""What a table can say, and the columns that say it, the first that exists; in lower case."""

BOX_PARTS = ("x", "y", "w", "h")
"""Four columns that together are a box, where there is no column for it."""


@dataclass(frozen=True)
class Columns:
    """The columns of one table.

    Attributes:
        header: as written.
        used: field → column.
    """

    header: tuple[str, ...]
    used: Mapping[str, str]

    def values(self, row: Sequence[str]) -> dict[str, str]:
        """Return the row's values by column."""
        return dict(zip(self.header, row, strict=True))

    def field(self, values: Mapping[str, str], name: str) -> str:
        """Return what a row says; empty where the table has no such column."""
        if name == "bbox" and self.used.get(name) == ", ".join(BOX_PARTS):
            parts = [values[column].strip() for column in BOX_PARTS]
            return ", ".join(parts) if any(parts) else ""
        return values[self.used[name]].strip() if name in self.used else ""


def choose_columns(header: Sequence[str], wanted: Mapping[str, str]) -> Columns:
    """Decide which column is used for what.

    Raises:
        UserError: if a wanted column or field does not exist, or no column holds the path.
    """
    names = tuple(name.strip() for name in header)
    _refuse_twins(names)
    listed = ", ".join(names)
    for field, column in wanted.items():
        if field not in ALIASES:
            raise UserError(
                f"{field!r} is nothing a table can say; say one of {', '.join(ALIASES)}"
            )
        if column not in names:
            raise UserError(f"the table has no column {column!r}; it has {listed}")
    lower = {name.lower(): name for name in reversed(names)}
    used = dict(wanted)
    for field, aliases in ALIASES.items():
        found = [lower[alias] for alias in aliases if alias in lower]
        if field not in used and found:
            used[field] = found[0]
    if "bbox" not in used and set(BOX_PARTS) <= set(names):
        used["bbox"] = ", ".join(BOX_PARTS)
    if "path" not in used:
        raise UserError(
            f"the table has no column with the photos' paths; name it `path`, or say which one it"
            f" is, as in `--column path=image_path`; it has {listed}"
        )
    return Columns(names, used)


def _refuse_twins(names: Sequence[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise UserError(f"the table has several columns {twins[0]!r}; rename all but one")


@contextmanager
def open_table(path: Path) -> Iterator[TextIO]:
    """Open a table as text.

    Raises:
        UserError: if it cannot be read, is not UTF-8, or is not a table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise UserError(f"the table {path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path.name} is not UTF-8 text; save it from your spreadsheet as “CSV UTF-8”"
        ) from error
    except csv.Error as error:
        raise UserError(f"{path.name} is not a table with columns ({error})") from error


def rows(file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, values), the header first; empty lines are left out.

    Columns are separated by whatever separates the header most often: comma, semicolon or tab.
    """
    first = file.readline()
    file.seek(0)
    separator = max(",;\t", key=first.count)
    reader = csv.reader(file, delimiter=separator)
    for row in reader:
        if any(value.strip() for value in row):
            yield reader.line_num, row

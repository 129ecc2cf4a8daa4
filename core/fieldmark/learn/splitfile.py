"""A split on disk: written beside a training, and read to repeat one."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from fieldmark.errors import UserError
from fieldmark.files import write_text
from fieldmark.learn.looking import Entry
from fieldmark.learn.split import OUT, PLACES, Parts

COLUMNS = ("data", "path", "box", "individual", "split")


def write_split(path: Path, parts: Parts) -> None:
    """Write where each photo belongs, in the order of the names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    pairs = zip(parts.entries, parts.places, strict=True)
    writer.writerows(sorted((*_key(entry), place) for entry, place in pairs))
    write_text(path, text.getvalue())


def read_split(path: Path, entries: Sequence[Entry]) -> Parts:
    """Return the split that a file tells; photos that it does not name are left out.

    Raises:
        UserError: if it is not such a file, or names none of the photos.
    """
    told = _read(path)
    places = tuple(told.get(_key(entry), OUT) for entry in entries)
    if set(places) <= {OUT}:
        raise UserError(
            f"{path} names none of these photos; give the split.csv of a training on the same data"
        )
    unknown = sum(_key(entry) not in told for entry in entries)
    gone = len(told.keys() - {_key(entry) for entry in entries})
    notes = []
    if unknown:
        notes.append(f"{unknown} photos that {path.name} does not name were left out")
    if gone:
        notes.append(f"{gone} photos that {path.name} names are not in the data")
    return Parts(tuple(entries), places, tuple(notes))


def _read(path: Path) -> dict[tuple[str, ...], str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"the split {path} cannot be read ({error})") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise UserError(f"{path} is no split; its first line must be {','.join(COLUMNS)}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS) or row[-1] not in PLACES:
            raise UserError(f"{path}:{number}: the last value must be one of {', '.join(PLACES)}")
    return {tuple(row[:-1]): row[-1] for row in rows[1:]}


def _key(entry: Entry) -> tuple[str, str, str, str]:
    box = entry.sample.box
    text = " ".join(f"{value:.5f}" for value in (box.x, box.y, box.w, box.h))
    return entry.row.data, entry.row.shown, text, entry.sample.individual

"""A split on disk: what was drawn, so that others can ask the same.

One CSV. Its first line is a comment, `# ` and JSON: the protocol and all that made the split. Then
a table with one animal per row, in the order of the names. Encounters stand there as digests,
because their names may tell stations and times.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.split import Split
from fieldmark.files import write_text
from fieldmark.types import Ids
from fieldmark.wording import options_in_words

COLUMNS = ("data", "path", "box", "individual", "sha256", "encounter", "use")
USES = ("gallery", "query", "both", "none")
_DIGITS = 12
Key: TypeAlias = tuple[str, ...]


class Head(BaseModel):
    """The first line of a split's file; see `Split` for what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    protocol: str
    seed: int | None
    encounters: Literal["removed", "kept"]
    frames: int
    settings: dict[str, str]
    notes: tuple[str, ...]


def write(split: Split, animals: Animals, path: Path) -> None:
    """Write a split; all animals are named in it, also those that it does not use."""
    head = Head(
        protocol=split.protocol,
        seed=split.seed,
        encounters=split.encounters,
        frames=split.frames,
        settings=dict(split.settings),
        notes=split.notes,
    )
    text = io.StringIO(newline="")
    text.write(f"# {head.model_dump_json()}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    gallery, queries = set(split.gallery.tolist()), set(split.queries.tolist())
    writer.writerows(
        sorted(
            (*_key(row), *_facts(row), _use(row.id in gallery, row.id in queries))
            for row in animals.rows
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.getvalue())


def read(path: Path, animals: Animals) -> Split:
    """Return the split that a file tells, for the same data.

    Animals that the file does not name are left out, and a note says so.

    Raises:
        UserError: if it is not such a file, or was drawn from other data.
    """
    head, told = _read(path)
    rows: dict[Key, list[Animal]] = {}
    for row in animals.rows:  # a table may name an animal twice; both are drawn alike
        rows.setdefault(_key(row), []).append(row)
    _refuse_other(path, told, rows)
    strange = len(rows.keys() - told.keys())
    added = f"{strange} photos that {path.name} does not name were left out"
    return Split(
        head.protocol,
        head.seed,
        _ids(told, rows, ("gallery", "both")),
        _ids(told, rows, ("query", "both")),
        head.encounters,
        head.frames,
        head.settings,
        (*head.notes, *([added] if strange else [])),
    )


def _ids(
    told: Mapping[Key, Sequence[str]], rows: Mapping[Key, Sequence[Animal]], uses: Sequence[str]
) -> Ids:
    """Return the numbers of the animals that are used so, ascending."""
    found = (row.id for key, facts in told.items() if facts[2] in uses for row in rows[key])
    return np.array(sorted(found), np.int64)


def _refuse_other(
    path: Path, told: Mapping[Key, Sequence[str]], rows: Mapping[Key, Sequence[Animal]]
) -> None:
    used = {key: facts for key, facts in told.items() if facts[2] != "none"}
    if missing := sorted(used.keys() - rows.keys()):
        raise UserError(
            f"{path} was drawn from other data: {len(missing)} photos that it names are not there,"
            f" such as {missing[0][1]!r} of {missing[0][3]!r}; give the data it was drawn from"
        )
    if changed := sorted(key for key, facts in used.items() if facts[0] != _facts(rows[key][0])[0]):
        raise UserError(
            f"{path} was drawn from other photos: {len(changed)} have changed since, such as"
            f" {changed[0][1]!r}; give the photos it was drawn from"
        )
    if others := sorted(key for key, facts in used.items() if facts[1] != _facts(rows[key][0])[1]):
        raise UserError(
            f"{path} was drawn with other encounters: those of {len(others)} photos differ, such as"
            f" of {others[0][1]!r}; read the data as then, with the same --group and --column"
        )


def _read(path: Path) -> tuple[Head, dict[Key, Sequence[str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline()
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"the split {path} cannot be read ({error})") from error
    if not first.startswith("# {") or not rows or tuple(rows[0]) != COLUMNS:
        raise UserError(
            f"{path} is no split of a comparison; its first line must be a comment with JSON, and"
            f" its second {','.join(COLUMNS)}"
        )
    return _head(path, first[2:]), dict(_rows(path, rows[1:]))


def _head(path: Path, text: str) -> Head:
    try:
        return Head.model_validate(json.loads(text))
    except ValidationError as error:
        raise UserError(f"{path}:1: {options_in_words(error, Head)}") from error
    except ValueError as error:
        raise UserError(f"{path}:1: the first line holds no JSON ({error})") from error


def _rows(path: Path, rows: Sequence[Sequence[str]]) -> Iterator[tuple[Key, Sequence[str]]]:
    for number, row in enumerate(rows, start=3):
        if len(row) != len(COLUMNS) or row[-1] not in USES:
            raise UserError(f"{path}:{number}: the last value must be one of {', '.join(USES)}")
        yield tuple(row[:4]), row[4:]


def _key(row: Animal) -> Key:
    box = " ".join(f"{value:.5f}" for value in (row.box.x, row.box.y, row.box.w, row.box.h))
    return row.data, row.shown, box, f"{row.species}/{row.label}"


def _facts(row: Animal) -> tuple[str, str]:
    name = row.encounter
    digest = "" if name is None else hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return row.sha256[:_DIGITS], digest


def _use(enrolled: bool, asks: bool) -> str:
    if enrolled:
        return "both" if asks else "gallery"
    return "query" if asks else "none"

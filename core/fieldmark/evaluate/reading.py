"""Labelled animals from projects, tables and folders, each photo opened once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fieldmark.errors import UserError
from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.encounters import group_by_time
from fieldmark.images import probe
from fieldmark.jobs import Progress
from fieldmark.learn.looking import Entry, look
from fieldmark.learn.rows import Data, Labelled, Reading, stray_labels
from fieldmark.learn.sources import read_data


def read_animals(
    sets: Sequence[Data], reading: Reading, cache: Path | None, workers: int, progress: Progress
) -> Animals:
    """Return the labelled animals of all sets of data together.

    Where the data name no encounters, but times, encounters are what was photographed together;
    see `fieldmark.evaluate.encounters.group_by_time`.

    Args:
        sets: projects, tables, or folders with `metadata.csv`.
        reading: how to read them; times and places are always read.
        cache: a file that remembers the photos looked at; None: nothing is written.
        workers: threads.
        progress: told how far it is.

    Raises:
        UserError: if the data cannot be read, or hold no labelled animal.
    """
    found = read_data(sets, replace(reading, placed=True))
    name = " + ".join(dict.fromkeys(data.name for data in sets))
    return take(found, name, reading.gap_seconds, cache, workers, progress)


def take(
    found: Labelled,
    name: str,
    gap_seconds: float,
    cache: Path | None,
    workers: int,
    progress: Progress,
) -> Animals:
    """Return the animals of data that were read already; arguments as in `read_animals`.

    Raises:
        UserError: if there is no labelled animal whose photo can be opened.
    """
    entries, unusable = look(found.rows, workers, cache, progress)
    rejected = (*found.rejected, *unusable)
    if not entries:
        why = [f" (the first of {len(rejected)}: {who}: {what})" for who, what in rejected[:1]]
        raise UserError(
            f"{name} holds no labelled animal whose photo can be opened{''.join(why)};"
            " give data that name the individuals, as in --data photos.csv"
        )
    notes = (*_counted(found), *stray_labels(found.rows))
    animals = Animals(name, _numbered(entries), rejected, notes, tuple(sorted(found.licences)))
    return group_by_time(animals, gap_seconds)


def _counted(found: Labelled) -> Iterator[str]:
    for sentence, times in sorted(found.notes.items()):
        yield f"{sentence} ({times} times)" if times > 1 else sentence


def _numbered(entries: Sequence[Entry]) -> tuple[Animal, ...]:
    people = _numbers(entry.row.individual for entry in entries)
    visits = _numbers(entry.row.encounter for entry in entries if entry.row.encounter is not None)
    photos = _numbers(str(entry.row.photo) for entry in entries)
    sizes: dict[int, tuple[int, int]] = {}
    rows = []
    for number, entry in enumerate(entries, start=1):
        row, photo = entry.row, photos[str(entry.row.photo)]
        if photo not in sizes:
            info = probe(row.photo)
            sizes[photo] = info.width, info.height
        rows.append(
            Animal(
                number,
                photo,
                None if row.encounter is None else visits[row.encounter],
                people[row.individual],
                row.side,
                row.label,
                row.data,
                row.shown,
                row.photo,
                entry.sha256,
                entry.sample.box,
                row.species,
                *sizes[photo],
                row.mask,
                row.encounter,
                row.captured_at,
                row.station,
                row.latitude,
                row.longitude,
                row.camera,
                row.frame,
                row.split,
                entry.hash,
            )
        )
    return tuple(rows)


def _numbers(names: Iterator[str]) -> dict[str, int]:
    """Return 1, 2, … for each name, in the order of the names."""
    return {name: number for number, name in enumerate(sorted(set(names)), start=1)}

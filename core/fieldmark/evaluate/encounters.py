"""Which photos show one visit, where the data do not say it: by their times, or by their looks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time

from fieldmark.evaluate.animals import Animal, Animals


def group_by_time(animals: Animals, gap_seconds: float = 120) -> Animals:
    """Return the animals with encounters wherever a time tells them.

    An encounter that the data name is kept. Else, photos of one species at one station, each at
    most `gap_seconds` after the one before, are one encounter (the rule of projects). Where the
    station is not known the same holds for the photos of one individual. Where only the day is
    known, the photos of one individual on one day (at one station) are one encounter: that may
    join several visits, and so makes the task harder rather than easier.
    """
    told = dict(_by_time(animals.rows, gap_seconds))
    if not told:
        return animals
    note = (
        f"{len(told)} of {len(animals.rows)} photos were grouped into encounters by their times"
        f" (at most {gap_seconds:g} s apart, or on one day where only the day is known)"
    )
    return with_encounters(animals, told, note)


def _by_time(rows: Iterable[Animal], gap: float) -> Iterator[tuple[int, str]]:
    groups: dict[tuple[str, ...], list[tuple[datetime, str, Animal]]] = {}
    for row in rows:
        if row.encounter is None and row.captured_at is not None:
            moment = row.captured_at
            groups.setdefault(_place(row, moment), []).append((moment, row.shown, row))
    for place, members in groups.items():
        last, started = None, ""
        for moment, _, row in sorted(members, key=lambda member: member[:2]):
            if last is None or (moment - last).total_seconds() > gap:
                started = f"{'/'.join(place)}/{moment.isoformat()}"
            last = moment
            yield row.id, started


def _place(row: Animal, moment: datetime) -> tuple[str, ...]:
    if moment.time() == time():
        return row.data, row.species, row.station or "", row.label, "day"
    if row.station is None:
        return row.data, row.species, row.label
    return row.data, row.species, row.station, "station"


def with_encounters(animals: Animals, told: Mapping[int, str], note: str) -> Animals:
    """Return the animals with these encounters, numbered anew by name."""
    names = {row.id: told.get(row.id, row.encounter) for row in animals.rows}
    known = sorted({name for name in names.values() if name is not None})
    number = {name: place for place, name in enumerate(known, start=1)}
    rows = []
    for row in animals.rows:
        name = names[row.id]
        given = None if name is None else number[name]
        rows.append(replace(row, encounter=name, encounter_id=given))
    return replace(animals, rows=tuple(rows), notes=(*animals.notes, note))

"""Photos that nearly repeat another: the hashes of what they show, and which one came first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t

Change: TypeAlias = dict[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Hashed:
    """A photo whose perceptual hash is known; `hash` has 64 bits."""

    photo: int
    sha256: str
    hash: int
    duplicate_of: int | None


def first_pictures(session: Session) -> dict[int, int]:
    """Return for each photo that nearly repeats another the number of that other."""
    p = t.Photo
    query = select(p.id, p.duplicate_of).where(p.duplicate_of.is_not(None))
    return {photo: first for photo, first in session.execute(query) if first is not None}


def hashed_photos(session: Session) -> list[Hashed]:
    """Return the photos with a perceptual hash, in the order of their numbers."""
    p = t.Photo
    query = select(p.id, p.sha256, p.phash, p.duplicate_of).where(p.phash.is_not(None))
    return [
        Hashed(row.id, row.sha256, int(row.phash or "0", 16), row.duplicate_of)
        for row in session.execute(query.order_by(p.id))
    ]


def record_hashes(session: Session, hashes: Mapping[int, int]) -> None:
    """Store the perceptual hash, of 64 bits, of each photo."""
    values: list[Change] = [{"of": photo, "to": f"{bits:016x}"} for photo, bits in hashes.items()]
    _store(session, "phash", values)


def record_duplicates(session: Session, found: Mapping[int, int], among: Sequence[Hashed]) -> int:
    """Store which photos of `among` nearly repeat which; return how many changed."""
    values: list[Change] = [
        {"of": one.photo, "to": found.get(one.photo)}
        for one in among
        if found.get(one.photo) != one.duplicate_of
    ]
    _store(session, "duplicate_of", values)
    return len(values)


def _store(session: Session, column: str, values: list[Change]) -> None:
    if not values:
        return
    table = t.Base.metadata.tables["photos"]
    change = update(table).where(table.c.id == bindparam("of"))
    session.connection().execute(change.values({column: bindparam("to")}), values)

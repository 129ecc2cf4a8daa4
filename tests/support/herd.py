"""Labelled animals without any photo, for protocols and rules."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.types import WHOLE, Side


class Seen(NamedTuple):
    """What the data say of one photo."""

    label: str
    shown: str
    encounter: str | None = None
    side: Side = Side.LEFT
    species: str = "cat"
    sha256: str = ""
    phash: int | None = None
    captured_at: datetime | None = None
    station: str | None = None
    camera: str | None = None
    frame: int | None = None
    part: str = ""


def animals(seen: Sequence[Seen]) -> Animals:
    """Return animals as `read_animals` numbers them; without a hash, pictures are far apart."""
    people = {name: n for n, name in enumerate(sorted({(s.species, s.label) for s in seen}), 1)}
    visits = {name: n for n, name in enumerate(sorted({s.encounter or "" for s in seen}), 1)}
    photos = {name: n for n, name in enumerate(sorted({s.shown for s in seen}), 1)}
    return Animals("herd", tuple(
        Animal(
            number, photos[s.shown], visits[s.encounter] if s.encounter else None,
            people[s.species, s.label], s.side, s.label, "herd", s.shown, Path("/herd") / s.shown,
            s.sha256 or _digest(s.shown).hex(), WHOLE, s.species, 100, 80,
            encounter=s.encounter, captured_at=s.captured_at, station=s.station, camera=s.camera,
            frame=s.frame, part=s.part,
            phash=int.from_bytes(_digest(s.shown)[:8]) if s.phash is None else s.phash,
        )
        for number, s in enumerate(seen, start=1)
    ))  # fmt: skip


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


@st.composite
def herds(draw: st.DrawFn) -> list[Seen]:
    """Return photos of 2 to 8 animals; some encounters are shared, some are not known."""
    seen = []
    for who in range(draw(st.integers(2, 8))):
        for number in range(draw(st.integers(1, 7))):
            visit = draw(st.sampled_from([None, "shared", *(f"{who}-{v}" for v in range(4))]))
            seen.append(Seen(f"i{who}", f"{who}-{number}.jpg", visit))
    return seen

"""Labelled animals to evaluate on, whichever data they come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from fieldmark.types import Box, Ids, Side


@dataclass(frozen=True, slots=True)
class Animal:
    """One labelled annotation; fits `fieldmark.rules.Described`.

    Attributes:
        id: 1, 2, … in the order of the data.
        photo_id: equal for annotations of one photo.
        encounter_id: equal for annotations of one visit; None: not known.
        individual_id: 1, 2, … in the order of the labels.
        label: the individual as the data write it.
        shown: the photo's path as the data write it; with `box` the key of split files.
        camera, frame: of video data; None: not known.
        part: what the split column says; empty where there is none.
        phash: perceptual hash of the animal's box, 64 bits; see `fieldmark.learn.hashes`.
    """

    id: int
    photo_id: int
    encounter_id: int | None
    individual_id: int
    side: Side
    label: str
    data: str
    shown: str
    path: Path
    sha256: str
    box: Box
    species: str
    width: int
    height: int
    mask: Path | None = None
    encounter: str | None = None
    captured_at: datetime | None = None
    station: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    frame: int | None = None
    part: str = ""
    phash: int = 0


@dataclass(frozen=True)
class Animals:
    """The animals of a comparison.

    Attributes:
        name: of the data, for tables.
        rows: in the order of their numbers.
        rejected: what could not be used: its name, and why.
        notes: sentences that a person should read.
        licences: of the photos, as the data state them.
    """

    name: str
    rows: tuple[Animal, ...]
    rejected: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[int, Animal]:
        """The animals by their number."""
        return {row.id: row for row in self.rows}

    def individuals(self, ids: Iterable[int]) -> Ids:
        """Return the number of each annotation's individual: (n,) int64."""
        return np.array([self.by_id[number].individual_id for number in ids], np.int64)

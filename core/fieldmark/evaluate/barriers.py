"""What a split forbids to compare, as rules for a search."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.learn.hashes import near_pairs
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Floats, Ids, Side


@dataclass(frozen=True, slots=True)
class _Alone:
    """An annotation as the rules see it: in a photo of its own.

    That two animals of one photo are two individuals is true, but who the other one is must not
    help: the rules of a survey use its decided name, and in an evaluation that name is the truth.
    """

    id: int
    photo_id: int
    encounter_id: int
    individual_id: int
    side: Side


class SplitRules:
    """The rules of a split; implements `fieldmark.components.Rules`.

    Photos with the same content are never compared, nor two animals of one photo. With encounters
    removed, pictures that nearly repeat each other are not compared either.
    """

    def __init__(self, animals: Animals, sides: SideRule, *, removed: bool, frames: int) -> None:
        """Learn the animals.

        Args:
            animals: all that may ask or be asked.
            sides: the profile's side rule.
            removed: whether what shares the query's encounter is never compared with it.
            frames: frames of one individual and camera so many apart are never compared; 0: all.
        """
        rows = animals.rows
        self._base = CatalogueRules(
            _alone(rows, removed),
            sides,
            apart=near_duplicates(rows) if removed else None,
            pictures=_same_content(rows),
        )
        self._ids = np.array([row.id for row in rows], np.int64)
        self._individual = np.array([row.individual_id for row in rows], np.int64)
        self._camera = _cameras(rows)
        self._frame = np.array([-1 if row.frame is None else row.frame for row in rows], np.int64)
        self._frames = frames

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weight of each pair of the query and a gallery annotation."""
        weights = self._base.weights(query, ids)
        me = int(np.searchsorted(self._ids, query))
        them = np.searchsorted(self._ids, ids)
        if self._frames:
            weights[self._neighbours(me, them)] = 0.0
        return weights

    def individuals(self, ids: Ids) -> Ids:
        """Return the number of each annotation's individual."""
        return self._base.individuals(ids)

    def _neighbours(self, me: int, them: Ids) -> NDArray[np.bool_]:
        same = self._individual[them] == self._individual[me]
        same &= (self._camera[them] == self._camera[me]) & (self._camera[me] >= 0)
        known = (self._frame[them] >= 0) & (self._frame[me] >= 0)
        near = np.abs(self._frame[them] - self._frame[me]) <= self._frames
        return np.asarray(same & known & near, np.bool_)


def near_duplicates(rows: Iterable[Animal]) -> dict[int, frozenset[int]]:
    """Return for each annotation those whose pictures nearly repeat its own, by their hashes."""
    known = list(rows)
    hashes = [row.phash for row in known]
    found: dict[int, set[int]] = {}
    for i, j in near_pairs(hashes, hashes):
        if i != j:
            found.setdefault(known[i].id, set()).add(known[j].id)
    return {number: frozenset(others) for number, others in found.items()}


def _alone(rows: Iterable[Animal], removed: bool) -> Iterator[_Alone]:
    """Yield the rows; a photo without an encounter is an encounter of its own."""
    for row in rows:
        visit = row.encounter_id if removed and row.encounter_id is not None else -row.photo_id
        yield _Alone(row.id, row.id, visit, row.individual_id, row.side)


def _same_content(rows: Iterable[Animal]) -> dict[int, int]:
    first: dict[str, int] = {}
    return {row.id: first.setdefault(row.sha256, row.id) for row in rows}


def _cameras(rows: Iterable[Animal]) -> Ids:
    numbers: dict[tuple[str, str], int] = {}
    found = [
        -1 if row.camera is None else numbers.setdefault((row.data, row.camera), len(numbers))
        for row in rows
    ]
    return np.array(found, np.int64)

"""What may be compared with what: the rules that every search obeys.

- A query is never compared with its own encounter: the same place in the same minute shares its
  background, so a match there proves nothing about the coat.
- Two animals in one photo are never the same individual: they are not compared, and what the one
  is decided to be is not offered to the other.
- Two files of one picture, or of nearly the same one, prove nothing about each other.
- Opposite flanks of a patterned animal are incomparable, unless the profile says otherwise.
- What people have decided to be different, or incomparable, is not offered again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids, Side


class Described(Protocol):
    """What the rules need to know of an annotation."""

    @property
    def id(self) -> int:
        """Its number in the catalogue."""
        ...

    @property
    def photo_id(self) -> int:
        """The photo it lies in."""
        ...

    @property
    def encounter_id(self) -> int | None:
        """The visit it belongs to, if grouped."""
        ...

    @property
    def individual_id(self) -> int | None:
        """The individual it is decided to be."""
        ...

    @property
    def side(self) -> Side:
        """The side that is seen."""
        ...


@dataclass(frozen=True)
class SideRule:
    """What the opposite flank is worth.

    Attributes:
        opposite: `incomparable` (never compared), `comparable`, or `soft`.
        soft_weight: 0–1, the weight of opposite flanks when the rule is `soft`.
    """

    opposite: Literal["incomparable", "comparable", "soft"] = "incomparable"
    soft_weight: float = 0.5

    @property
    def weight(self) -> float:
        """The weight of a pair of opposite sides."""
        return {"incomparable": 0.0, "comparable": 1.0, "soft": self.soft_weight}[self.opposite]


_SIDES = list(Side)
_CODE = {side: code for code, side in enumerate(_SIDES)}
_OPPOSITE_CODE = np.array([_CODE.get(s.opposite, -1) if s.opposite else -1 for s in _SIDES])


class CatalogueRules:
    """The rules over all annotations of a catalogue; implements `fieldmark.components.Rules`.

    Unnamed annotations get negative numbers: those of one encounter share the number of its first
    annotation while no photo of the encounter shows two animals, because then they are assumed to
    show one animal; otherwise each has its own.
    """

    def __init__(
        self,
        rows: Iterable[Described],
        sides: SideRule,
        apart: Mapping[int, frozenset[int]] | None = None,
        pictures: Mapping[int, int] | None = None,
    ) -> None:
        """Learn the annotations.

        Args:
            rows: every annotation that may be a query or in the gallery.
            sides: the profile's side rule.
            apart: for an annotation, those decided to be different from it or incomparable.
            pictures: for a photo that nearly repeats another, the number of that other.
        """
        known = sorted(rows, key=lambda row: row.id)
        self._ids = np.array([row.id for row in known], np.int64)
        self._photo = np.array([row.photo_id for row in known], np.int64)
        self._encounter = np.array(
            [-row.photo_id if row.encounter_id is None else row.encounter_id for row in known],
            np.int64,
        )
        self._side = np.array([_CODE[row.side] for row in known], np.int64)
        self._individual = _numbers(known, self._encounter, self._photo)
        self._opposite_weight = np.float32(sides.weight)
        self._apart = dict(apart or {})
        first = pictures or {}
        self._picture = np.array([first.get(r.photo_id, r.photo_id) for r in known], np.int64)
        self._mates = _Mates(self._photo, self._individual)

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weight of each pair of the query and a gallery annotation."""
        me, them = self._places(np.array([query], np.int64))[0], self._places(ids)
        weights = np.ones(len(them), np.float32)
        opposite = self._side[them] == _OPPOSITE_CODE[self._side[me]]
        weights[opposite] = self._opposite_weight
        own = (self._encounter[them] == self._encounter[me]) | (
            self._picture[them] == self._picture[me]
        )
        weights[own] = 0.0
        weights[self._mates.forbid(int(me), them)] = 0.0
        if apart := self._apart.get(query):
            weights[np.isin(ids, np.fromiter(apart, np.int64))] = 0.0
        return weights

    def individuals(self, ids: Ids) -> Ids:
        """Return the number of each annotation's individual."""
        return self._individual[self._places(ids)]

    def _places(self, ids: Ids) -> Ids:
        places = np.searchsorted(self._ids, ids)
        if (places == len(self._ids)).any() or (self._ids[places] != ids).any():
            missing = sorted(set(np.asarray(ids).tolist()) - set(self._ids.tolist()))
            raise KeyError(f"annotations unknown to the rules: {missing[:5]}")
        return places.astype(np.int64)


class _Mates:
    """Who cannot be whom, because another animal of the same photo is that individual.

    Only photos with several animals matter. What an annotation is decided to be is still offered
    to it, even where a mate is said to be the same: that is a contradiction, and the candidates
    are what a person needs to settle it.
    """

    def __init__(self, photos: Ids, individuals: Ids) -> None:
        self._photos, self._individuals = photos, individuals
        _, number, count = np.unique(photos, return_inverse=True, return_counts=True)
        crowded = np.flatnonzero(count[number] > 1)
        self._crowded = count[number] > 1
        self._of_photo = _by_value(crowded, photos)
        self._of_individual = _by_value(crowded[individuals[crowded] > 0], individuals)

    def forbid(self, me: int, them: Ids) -> NDArray[np.bool_]:
        """Return which of `them`, as places among the annotations, cannot be `me`."""
        mine = int(self._individuals[me])
        return self._are_my_mates(me, mine, them) | self._have_me_as_mate(mine, them)

    def _are_my_mates(self, me: int, mine: int, them: Ids) -> NDArray[np.bool_]:
        if not self._crowded[me]:
            return np.zeros(len(them), np.bool_)
        mates = self._individuals[self._of_photo[int(self._photos[me])]]
        taken = mates[(mates > 0) & (mates != mine)]
        return np.isin(self._individuals[them], taken)

    def _have_me_as_mate(self, mine: int, them: Ids) -> NDArray[np.bool_]:
        """The same seen from the other end, so that the rule does not depend on who asks."""
        if mine not in self._of_individual:
            return np.zeros(len(them), np.bool_)
        with_me = np.isin(self._photos[them], self._photos[self._of_individual[mine]])
        return np.asarray(with_me & (self._individuals[them] != mine), np.bool_)


def _by_value(places: Ids, values: Ids) -> dict[int, Ids]:
    """Return the places by the value that stands there."""
    if not len(places):
        return {}
    ordered = places[np.argsort(values[places], kind="stable")]
    found, starts = np.unique(values[ordered], return_index=True)
    return dict(zip(found.tolist(), np.split(ordered, starts[1:]), strict=True))


def _numbers(known: list[Described], encounters: Ids, photos: Ids) -> Ids:
    crowded = _encounters_with_two_animals_in_a_photo(encounters, photos)
    first: dict[int, int] = {}
    numbers = np.empty(len(known), np.int64)
    for place, row in enumerate(known):
        encounter = int(encounters[place])
        if row.individual_id is not None:
            numbers[place] = row.individual_id
        elif encounter in crowded:
            numbers[place] = -row.id
        else:
            numbers[place] = -first.setdefault(encounter, row.id)
    return numbers


def _encounters_with_two_animals_in_a_photo(encounters: Ids, photos: Ids) -> frozenset[int]:
    _, place, count = np.unique(photos, return_index=True, return_counts=True)
    return frozenset(encounters[place[count > 1]].tolist())

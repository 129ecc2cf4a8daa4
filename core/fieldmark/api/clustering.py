"""From the catalogue to nodes: what certainly shows one animal, and what cannot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from fieldmark.catalog import AnnotationRow, DecisionRow, Kind
from fieldmark.components import Rules
from fieldmark.decide.links import Floats64, Known, Pair, known
from fieldmark.rules import SideRule
from fieldmark.types import Floats, Ids, Side

_FLANK = {Side.LEFT: 1, Side.RIGHT: -1, Side.FRONT: 2, Side.BACK: -2}


class EachVisit:
    """Rules under which every visit is an individual of its own, also of named animals.

    So scores mean the same whether somebody has named the photos or not. A visit holds what is
    decided to be one individual, or (with `visits`) what the rules take for one animal.
    """

    def __init__(
        self, rules: Rules, rows: Mapping[int, AnnotationRow], *, visits: bool = True
    ) -> None:
        self._rules = rules
        ids = np.array(sorted(rows), np.int64)
        self._ids, assumed = ids, rules.individuals(ids)
        first: dict[tuple[int, int], int] = {}
        numbers = []
        for number, individual in zip(ids.tolist(), assumed.tolist(), strict=True):
            visit = rows[number].encounter_id
            alone = visit is None or (individual < 0 and not visits)
            key = (individual, -number if alone or visit is None else visit)
            numbers.append(-first.setdefault(key, number))
        self._numbers = np.array(numbers, np.int64)

    def weights(self, query: int, ids: Ids) -> Floats:
        """Return the weights of the rules."""
        return self._rules.weights(query, ids)

    def individuals(self, ids: Ids) -> Ids:
        """Return the visits: minus the number of the first annotation of each."""
        return self._numbers[np.searchsorted(self._ids, ids)]


def nodes_of(ids: Iterable[int], rules: Rules) -> dict[int, int]:
    """Return the node of each annotation: the individual that the rules count it as."""
    numbers = np.array(sorted(ids), np.int64)
    return dict(zip(numbers.tolist(), rules.individuals(numbers).tolist(), strict=True))


def known_of(
    rows: Mapping[int, AnnotationRow],
    nodes: Mapping[int, int],
    decided: Iterable[DecisionRow],
    pictures: Mapping[int, int],
    *,
    visits: bool,
) -> Known:
    """Return which nodes must be one animal, and which cannot be.

    Args:
        rows: all annotations.
        nodes: of those that are clustered.
        decided: the decisions in force.
        pictures: for a photo that nearly repeats another, the number of that other.
        visits: whether the photos of an encounter must show one animal, where no photo of it
            shows two.
    """
    here = [rows[number] for number in nodes]
    copies = {row.id: pictures.get(row.photo_id, row.photo_id) for row in here}
    must = list(_joined(_alone(here, copies), nodes))
    must += _joined(_individuals(here), nodes)
    if visits:
        must += _joined(_alone(here, {row.id: row.encounter_id for row in here}), nodes)
    cannot = {*_mates(here, nodes), *_different(decided, nodes)}
    named = {row.individual_id: nodes[row.id] for row in here if row.individual_name is not None}
    return known(nodes.values(), must, cannot, named.values())


def _individuals(rows: Sequence[AnnotationRow]) -> Iterator[list[int]]:
    """Yield the annotations that people have decided to be one individual."""
    members: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.individual_id is not None:
            members[row.individual_id].append(row.id)
    yield from members.values()


def _alone(rows: Sequence[AnnotationRow], places: Mapping[int, int | None]) -> Iterator[list[int]]:
    """Yield the annotations of each place in which no photo shows two animals."""
    members: dict[int, list[AnnotationRow]] = defaultdict(list)
    for row in rows:
        if (place := places[row.id]) is not None:
            members[place].append(row)
    for found in members.values():
        if len({row.photo_id for row in found}) == len(found):
            yield [row.id for row in found]


def _joined(groups: Iterable[Sequence[int]], nodes: Mapping[int, int]) -> Iterator[Pair]:
    """Yield enough pairs of nodes to join each group of annotations."""
    for members in groups:
        first = nodes[members[0]]
        yield from ((first, nodes[other]) for other in members if nodes[other] != first)


def _mates(rows: Sequence[AnnotationRow], nodes: Mapping[int, int]) -> Iterator[Pair]:
    """Yield the nodes of two animals in one photo.

    Where both are decided to be one individual, that is a contradiction of the catalogue, which
    `fieldmark identify` reports; they are one node here.
    """
    photos: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        photos[row.photo_id].add(nodes[row.id])
    for members in photos.values():
        yield from combinations(sorted(members), 2)


def _different(decided: Iterable[DecisionRow], nodes: Mapping[int, int]) -> Iterator[Pair]:
    for one in decided:
        if one.kind != Kind.DIFFERENT or one.other_id is None:
            continue
        first, second = nodes.get(one.annotation_id), nodes.get(one.other_id)
        # People also say "different" of two photos that others joined; the log reports that.
        if first is not None and second is not None and first != second:
            yield first, second


def flanks_of(
    rows: Mapping[int, AnnotationRow], nodes: Mapping[int, int], sides: SideRule
) -> Ids | None:
    """Return the flank of each node, ascending, as `decide.cluster` takes it."""
    if sides.weight > 0:
        return None
    seen: dict[int, set[int]] = defaultdict(set)
    for number, node in nodes.items():
        seen[node].add(_FLANK.get(rows[number].side, 0))
    return np.array([seen[n].copy().pop() if len(seen[n]) == 1 else 0 for n in sorted(seen)])


def unseen_pairs(
    rows: Mapping[int, AnnotationRow], nodes: Mapping[int, int]
) -> tuple[Ids, Ids, Floats64]:
    """Return pairs of nodes that met in one encounter and so were never compared there.

    Returns:
        the first and second nodes, the smaller first, and 1 where the encounter seems to show one
        animal, 0 where a photo of it shows two.
    """
    visits: dict[int, list[AnnotationRow]] = defaultdict(list)
    for number in nodes:
        if (visit := rows[number].encounter_id) is not None:
            visits[visit].append(rows[number])
    found: dict[Pair, float] = {}
    for members in visits.values():
        single = len({row.photo_id for row in members}) == len(members)
        for pair in combinations(sorted({nodes[row.id] for row in members}), 2):
            found[pair] = float(single)
    pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array([found[pair] for pair in sorted(found)], np.float64)

"""Which annotations must not be compared, because people decided about them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fieldmark.catalog import AnnotationRow, DecisionRow, Kind


def apart(
    decided: Iterable[DecisionRow], rows: Mapping[int, AnnotationRow]
) -> dict[int, frozenset[int]]:
    """Return for each annotation those that it is never compared with.

    Who differs from one photo of an individual differs from all of them; who is incomparable
    with one photo is so with that photo alone.
    """
    members = _members(rows.values())
    found: dict[int, set[int]] = defaultdict(set)
    for decision in decided:
        if decision.other_id is None:
            continue
        if decision.kind == Kind.DIFFERENT:
            ones = _alike(decision.annotation_id, rows, members)
            others = _alike(decision.other_id, rows, members)
        elif decision.kind == Kind.INCOMPARABLE:
            ones, others = {decision.annotation_id}, {decision.other_id}
        else:
            continue
        for number in ones:
            found[number] |= others
        for number in others:
            found[number] |= ones
    return {number: frozenset(others) for number, others in found.items()}


def _members(rows: Iterable[AnnotationRow]) -> dict[int, set[int]]:
    members: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.individual_id is not None:
            members[row.individual_id].add(row.id)
    return members


def _alike(
    number: int, rows: Mapping[int, AnnotationRow], members: Mapping[int, set[int]]
) -> set[int]:
    row = rows.get(number)
    if row is None or row.individual_id is None:
        return {number}
    return members[row.individual_id]

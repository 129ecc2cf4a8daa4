"""What the probabilities propose, for each photo and for each encounter."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from fieldmark.api.answers import Asking
from fieldmark.api.calibrations import Trusted
from fieldmark.api.judging import Judge
from fieldmark.catalog import AnnotationRow, StoredCandidate
from fieldmark.decide.evidence import Placed, measure
from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import Verdicts
from fieldmark.decide.visits import combine
from fieldmark.report.view import Limits, Proposal, Visit
from fieldmark.types import Ids

SHOWN = 5
"""Candidates told of an encounter."""


@dataclass(frozen=True)
class Terms:
    """What proposals are made by.

    Attributes:
        names: what to call each individual of the gallery, by its number.
        rows: what is known of each annotation besides its looks.
        visits: the visit of each query; see `visits_of`.
        k: how many candidates to keep for each query.
        new_share: the share of new individuals to expect; None: that of the fit.
    """

    trusted: Trusted
    names: Mapping[int, str]
    rows: Mapping[int, Placed]
    visits: Mapping[int, int]
    k: int
    new_share: float | None


@dataclass(frozen=True)
class Said:
    """What is said of one query.

    Attributes:
        candidates: the likeliest first.
        new: None: nobody may be compared with it.
    """

    query: int
    candidates: tuple[StoredCandidate, ...]
    new: float | None
    proposal: Proposal
    visit: Visit


def propose(
    asking: Asking, queries: Sequence[int], terms: Terms, size: int
) -> Iterator[list[Said]]:
    """Yield what is said of the queries, whole visits at a time, at least `size` queries."""
    for parts in asking.each(in_visits(queries, terms.visits, size)):
        yield _said(parts, terms)


def in_visits(queries: Sequence[int], visits: Mapping[int, int], size: int) -> Iterator[list[int]]:
    """Yield the queries in lists of at least `size` (the last may have fewer), no visit torn."""
    together: dict[int, list[int]] = defaultdict(list)
    for number in queries:
        together[visits[number]].append(number)
    batch: list[int] = []
    for members in together.values():
        batch += members
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def visits_of(rows: Mapping[int, AnnotationRow], queries: Sequence[int]) -> dict[int, int]:
    """Return the visit of each query: its encounter, or a negative number of its own.

    Alone stands what belongs to no encounter, and what belongs to one with a photo of two animals:
    nobody can say there which photos show the same one.
    """
    seen: set[tuple[int, int | None]] = set()
    crowded: set[int | None] = {None}
    for row in rows.values():
        place = row.photo_id, row.encounter_id
        if place in seen:
            crowded.add(row.encounter_id)
        seen.add(place)
    found = {number: rows[number].encounter_id for number in queries}
    return {n: -n if visit is None or visit in crowded else visit for n, visit in found.items()}


@dataclass(frozen=True)
class _Told:
    """Verdicts, and what they propose."""

    verdicts: Verdicts
    proposals: Sequence[Proposal]

    @classmethod
    def by(cls, judge: Judge, probable: Scores, terms: Terms) -> Self:
        verdicts = judge.decider.verdicts(probable, terms.new_share)
        limits = judge.limits(terms.trusted.target)
        proposals = [
            _proposal(terms.names.get(int(first), ""), float(sure), float(new), limits)
            for first, sure, new in zip(verdicts.first, verdicts.surest, verdicts.new, strict=True)
        ]
        return cls(verdicts, proposals)

    def visit(self, row: int, encounter: int, queries: Sequence[int], terms: Terms) -> Visit:
        return Visit(
            encounter if encounter > 0 else None,
            tuple(queries),
            tuple(_likeliest(self.verdicts, row, terms.names)),
            _or_none(self.verdicts.new[row]),
            self.proposals[row],
        )


def _said(parts: Sequence[Scores], terms: Terms) -> list[Said]:
    trusted = terms.trusted
    gaps = measure(parts[0], terms.rows, trusted.gaps)
    probable = trusted.model.apply(parts, gaps)
    alone = _Told.by(trusted.photos, probable, terms)
    visits = dict(_visits(probable, alone, terms))
    scores = parts[0].values if len(parts) == 1 else probable.values
    return [
        Said(
            number,
            tuple(_candidates(row, parts, scores, alone.verdicts, terms.k)),
            _or_none(alone.verdicts.new[row]),
            alone.proposals[row],
            visits[terms.visits[number]],
        )
        for row, number in enumerate(probable.queries.tolist())
    ]


def _visits(probable: Scores, alone: _Told, terms: Terms) -> Iterator[tuple[int, Visit]]:
    """Yield what the photos of each visit say together; one photo says what it says alone."""
    of_query = np.array([terms.visits[n] for n in probable.queries.tolist()], np.int64)
    together = combine(probable, of_query, terms.trusted.rule)
    said = _Told.by(terms.trusted.visits, together, terms)
    for row, first in enumerate(together.queries.tolist()):
        visit = terms.visits[first]
        rows = np.flatnonzero(of_query == visit)
        told, place = (said, row) if len(rows) > 1 else (alone, int(rows[0]))
        yield visit, told.visit(place, visit, probable.queries[rows].tolist(), terms)


def _likeliest(
    verdicts: Verdicts, row: int, names: Mapping[int, str]
) -> Iterator[tuple[str, float]]:
    for place in _order(verdicts, row)[:SHOWN].tolist():
        yield names[int(verdicts.columns[place])], float(verdicts.probability[row, place])


def _order(verdicts: Verdicts, row: int) -> Ids:
    """Return the places of the columns that a query may be compared with, the likeliest first."""
    places = np.flatnonzero(~np.isnan(verdicts.probability[row]))
    order = np.argsort(-verdicts.probability[row, places], kind="stable")
    return places[order].astype(np.int64)


def _candidates(
    row: int, parts: Sequence[Scores], scores: np.ndarray, verdicts: Verdicts, k: int
) -> Iterator[StoredCandidate]:
    """Yield the likeliest candidates in whom some part found anything alike."""
    left = k
    for place in _order(verdicts, row).tolist():
        best = _best(row, place, parts)
        if best and left:
            left -= 1
            individual = int(verdicts.columns[place])
            yield StoredCandidate(
                individual if individual > 0 else None,
                float(scores[row, place]),
                float(verdicts.probability[row, place]),
                (best,),
            )


def _best(row: int, place: int, parts: Sequence[Scores]) -> int:
    """Return the photo that speaks most for a pair, as the last part that looked says; or 0."""
    found = [
        int(part.best[row, place])
        for part in parts
        if part.best is not None and np.isfinite(part.values[row, place])
    ]
    return found[-1] if found else 0


def _proposal(label: str, sure: float, new: float, limits: Limits) -> Proposal:
    """Return what is proposed; NaN, where nobody may be compared, reaches no threshold."""
    if limits.same.threshold is not None and sure >= limits.same.threshold:
        return Proposal("same", label, sure)
    if limits.new.threshold is not None and new >= limits.new.threshold:
        return Proposal("new", "", new)
    return Proposal("ask", "", _or_none(np.fmax(sure, new)))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

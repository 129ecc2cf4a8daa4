"""Two animals of one photo cannot both be the individual that suits each of them best."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fieldmark.components import Rules
from fieldmark.report.view import Identified, Proposal
from fieldmark.rules import Described


def with_rivals(
    results: Sequence[Identified], rows: Mapping[int, Described], rules: Rules
) -> tuple[Identified, ...]:
    """Return the results; those whose photo has a rival for the first candidate say so.

    Nobody is proposed to be an individual whom a rival may be as well.

    The order of the candidates stays as it is: which of the two is right, if either, is for a
    person to see.
    """
    claims: dict[tuple[int, int], list[int]] = defaultdict(list)
    claim_of: dict[int, tuple[int, int]] = {}
    for result in results:
        if result.candidates:
            claim = _claim(result, rows, rules)
            claims[claim].append(result.query.id)
            claim_of[result.query.id] = claim
    return tuple(
        _noted(result, claims[claim_of[result.query.id]]) if result.candidates else result
        for result in results
    )


def _claim(result: Identified, rows: Mapping[int, Described], rules: Rules) -> tuple[int, int]:
    """Return the query's photo, and the individual that its first candidate is."""
    best = np.array([result.candidates[0].best.id], np.int64)
    return rows[result.query.id].photo_id, int(rules.individuals(best)[0])


def _noted(result: Identified, claimants: Sequence[int]) -> Identified:
    others = [number for number in claimants if number != result.query.id]
    if not others:
        return result
    them = " and ".join(map(str, others[:3])) + (" and others" if len(others) > 3 else "")
    rival = (
        f"of the same photo, annotation {them} has the same first candidate:"
        " two animals of one photo cannot both be it"
    )
    note = "; ".join(filter(None, (result.note, rival)))
    visit = result.visit
    if visit and len(visit.queries) == 1:
        visit = replace(visit, proposal=_asked(visit.proposal))
    proposal = _asked(result.proposal) if result.proposal else None
    return replace(result, note=note, proposal=proposal, visit=visit)


def _asked(proposal: Proposal) -> Proposal:
    """Return a question in place of a name."""
    return Proposal("ask", "", proposal.probability) if proposal.kind == "same" else proposal

"""Every sighting of a survey asks all others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fieldmark.api.answers import Asking
from fieldmark.api.calibrations import Trusted
from fieldmark.api.proposing import in_visits
from fieldmark.decide.evidence import Placed, measure
from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import Floats64, log_odds
from fieldmark.decide.visits import combine
from fieldmark.jobs import Progress
from fieldmark.types import Ids

BATCH = 64
"""Queries between two writes: what a kill can cost."""
KEPT = 50
"""Candidates of each node that are kept one by one; the others count as what they are on average,
so that memory grows with the nodes and not with their pairs."""


@dataclass(frozen=True)
class Said:
    """What nodes said of each other.

    Attributes:
        asking, answer, told: of e pairs, each in one direction: the nodes, and the log odds.
        silent: the mean log odds of those who were compared and are not among them; None: all are.
    """

    asking: Ids
    answer: Ids
    told: Floats64
    silent: float | None


def asked_all(
    asking: Asking,
    nodes: Mapping[int, int],
    trusted: Trusted,
    places: Mapping[int, Placed],
    progress: Progress,
) -> Said:
    """Ask every node about all others; several photos of one node speak together."""
    pieces, left = [], np.zeros(2)
    done = 0
    for parts in asking.each(in_visits(list(nodes), nodes, BATCH)):
        probable = trusted.model.apply(parts, measure(parts[0], places, trusted.gaps))
        mine = np.array([nodes[number] for number in probable.queries.tolist()], np.int64)
        together = combine(probable, mine, trusted.rule)
        piece, rest = _kept(together, nodes)
        pieces.append(piece)
        left += rest
        done += len(mine)
        progress(done, len(nodes), "search")
    who, whom, told = (np.concatenate(column) for column in zip(*pieces, strict=True))
    silent = min(float(left[0] / left[1]), 0.0) if left[1] else None
    return Said(who, whom, told, silent)


def _kept(
    table: Scores, nodes: Mapping[int, int]
) -> tuple[tuple[Ids, Ids, Floats64], tuple[float, int]]:
    """Return each node's likeliest candidates, and the sum and number of the others' log odds."""
    mine = np.array([nodes[number] for number in table.queries.tolist()], np.int64)
    told = log_odds(table.values)
    told[table.columns == mine[:, None]] = np.nan
    rank = np.argsort(np.argsort(-np.where(np.isnan(told), -np.inf, told), axis=1), axis=1)
    kept = ~np.isnan(told) & (rank < KEPT)
    other = ~np.isnan(told) & ~kept
    row, column = np.nonzero(kept)
    pairs = mine[row], table.columns[column], told[row, column]
    return pairs, (float(told[other].sum()), int(other.sum()))

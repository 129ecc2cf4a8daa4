"""Queries asked twice: as they are, and as if their individual were new.

Where nobody in the data is new, nothing tells how sure a pipeline is of strangers. So each query is
asked once more with its own individual left out, before scores become probabilities: how far a
candidate is ahead of the others depends on who they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.decide.evidence import Gaps
from fieldmark.decide.folds import individual_folds
from fieldmark.decide.model import FusedModel
from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import Verdicts, fit_decider
from fieldmark.types import Ids

FOLDS = 5


def as_strangers(
    parts: Sequence[Scores],
    truth: Ids,
    models: Sequence[FusedModel],
    gaps: Gaps | None = None,
    seed: int = 0,
) -> Scores:
    """Return the probability of each pair where nobody was compared with his own individual.

    Args:
        parts: the scores of the pipelines.
        truth: (q,) the individual of each query.
        models: of each fold, as `fieldmark.decide.fusion.cross_fitted` returns them.
        gaps: as in the fit.
        seed: of the folds, as in the fit.
    """
    fold = individual_folds(truth, len(models), seed)
    values = np.full(parts[0].values.shape, np.nan, np.float32)
    for number, model in enumerate(models):
        rows = np.flatnonzero(fold == number)
        left = [_without(part, rows, truth) for part in parts]
        values[rows] = model.apply(left, None if gaps is None else gaps.at(rows)).values
    return Scores(parts[0].queries, parts[0].columns, values)


def _without(part: Scores, rows: Ids, truth: Ids) -> Scores:
    """Return some rows of a table in which nobody is compared with his own individual."""
    own = part.columns == truth[rows, None]
    values = np.where(own, np.float32(np.nan), part.values[rows])
    best = None if part.best is None else part.best[rows]
    return Scores(part.queries[rows], part.columns, values, best)


@dataclass(frozen=True)
class Asked:
    """Queries that were asked twice: as they are, and with their own individual left out.

    So every survey can tell how sure a pipeline is of strangers, though no animal need be new.

    Attributes:
        probable: of each pair, 0–1, out of fold; the queries are numbered from 0.
        truth: (q,) the individual of each query; of those who were left out a number that is no
            column.
        groups: (q,) whose photo each query is.
        visits: (q,) equal for queries of one visit that were asked in the same way.
    """

    probable: Scores
    truth: Ids
    groups: Ids
    visits: Ids


def asked_twice(known: Scores, strange: Scores, truth: Ids, visits: Ids) -> Asked:
    """Return the queries whose individual can be found, and the same as if it were new.

    Args:
        known: probability of each pair, out of fold.
        strange: the same where nobody could be compared with his own individual. It must be left
            out before scores become probabilities: how far a candidate is ahead of the others
            depends on who they are.
        truth: (q,) the individual of each query.
        visits: (q,) the encounter of each query.
    """
    rows = np.flatnonzero(known.right(truth).any(axis=1))
    who, when = truth[rows], visits[rows]
    values = np.concatenate([known.values[rows], strange.values[rows]])
    numbers = np.arange(len(values), dtype=np.int64)
    nobody = np.full(len(rows), min(known.columns.min(initial=0), who.min(initial=0)) - 1)
    # Two animals of one encounter are two visits.
    _, visit = np.unique(np.stack([when, who], axis=1), axis=0, return_inverse=True)
    visit = visit.reshape(-1)
    return Asked(
        Scores(numbers, known.columns, values),
        np.concatenate([who, nobody]),
        np.concatenate([who, who]),
        np.concatenate([visit, visit + len(rows)]).astype(np.int64),
    )


def by_others(asked: Asked, seed: int = 0, folds: int = FOLDS) -> Verdicts:
    """Return verdicts on each individual by what the others teach."""
    fold = individual_folds(asked.groups, folds, seed)
    probability, new = np.full(asked.probable.values.shape, np.nan, np.float32), np.empty(len(fold))
    for number in range(folds):
        mine, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        decider = fit_decider(_some(asked.probable, others), asked.truth[others], seed)
        said = decider.verdicts(_some(asked.probable, mine))
        probability[mine], new[mine] = said.probability, said.new
    return Verdicts(asked.probable.queries, asked.probable.columns, probability, new)


def _some(scores: Scores, rows: Ids) -> Scores:
    return Scores(scores.queries[rows], scores.columns, scores.values[rows])

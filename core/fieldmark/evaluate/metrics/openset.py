"""Metrics of "this animal is new": is it told apart, and at what price?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.metrics.arrays import Bools, Floats64
from fieldmark.evaluate.metrics.individuals import per_class
from fieldmark.types import Ids

NEW = -1
"""The decision "nobody of the gallery"."""


def auroc_new(best_score: NDArray[np.floating], is_new: Bools) -> float:
    """Return how often a known animal's best score is above that of a new one; ties count half.

    The area under the ROC curve (Hanley and McNeil 1982): 1 = the best score tells them apart,
    0.5 = it says nothing.

    Args:
        best_score: (q,) of the first candidate, higher = more alike; −inf allowed. Queries with NaN
            (nothing could be compared) count nowhere.
        is_new: (q,) whether the query's individual is not in the gallery.

    Returns:
        0–1, NaN where one of the two kinds is missing.
    """
    asked = ~np.isnan(best_score)
    known = best_score[asked & ~is_new]
    new = np.sort(best_score[asked & is_new])
    if not len(known) or not len(new):
        return float("nan")
    below = np.searchsorted(new, known, side="left")
    not_above = np.searchsorted(new, known, side="right")
    return float((below + not_above).mean() / 2 / len(new))


@dataclass(frozen=True)
class KnownUnknown:
    """How well known and new individuals are decided, each individual counting the same.

    Attributes:
        baks: balanced accuracy on known samples: the mean over the enrolled individuals of the
            share of queries that got the right name.
        baus: balanced accuracy on unknown samples: the mean over those not enrolled of the share
            that was declared new.
        geometric: √(BAKS · BAUS), the score of AnimalCLEF 2025.
    """

    baks: float
    baus: float
    geometric: float


def known_unknown(decided: Ids, truth: Ids, enrolled: Ids) -> KnownUnknown:
    """Return BAKS, BAUS and their geometric mean; NaN where no such individual was asked for.

    Args:
        decided: (q,) the individual that each query was given, −1 for "new".
        truth: (q,) the individual of each query.
        enrolled: the individuals of the gallery; all others are new.
    """
    right, known = decided_right(decided, truth, enrolled)
    baks, baus = _balanced(right[known], truth[known]), _balanced(right[~known], truth[~known])
    return KnownUnknown(baks, baus, float(np.sqrt(baks * baus)))


def decided_right(decided: Ids, truth: Ids, enrolled: Ids) -> tuple[Floats64, Bools]:
    """Return which decisions are right (0 or 1), and which queries are of known individuals: (q,).

    A new individual is decided rightly only by saying so; giving it any name is wrong.
    """
    known = np.isin(truth, enrolled)
    return np.where(known, decided == truth, decided == NEW).astype(np.float64), known


def _balanced(right: Floats64, truth: Ids) -> float:
    return float(per_class(right, truth)[1].mean()) if len(truth) else float("nan")

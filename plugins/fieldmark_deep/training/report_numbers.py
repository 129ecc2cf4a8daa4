"""How sure the measurements of a report are, and what guessing would reach."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
_TAIL = 0.025
"""Of a 95 % interval, on either side."""


class Interval(NamedTuple):
    """A 95 % interval of a share, 0–1."""

    low: float
    high: float


def interval(right: NDArray[np.bool_], owners: Sequence[str], seed: int = 0) -> Interval | None:
    """Return the 95 % interval of a share of right answers, drawing individuals, not photos.

    Photos of one animal succeed and fail together, so each draw takes as many individuals as there
    are, with replacement (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods, 1997,
    section 3.8). Where every answer is the same, a bootstrap knows no doubt; there the exact
    binomial bound is given, counting individuals (Clopper and Pearson 1934): no fault among n
    leaves a share of right answers of 0.025^(1/n) possible.

    Args:
        right: (n,) whether each answer was right.
        owners: the individual behind each answer.
        seed: of the draws.

    Returns:
        None with fewer than two individuals, of whom no interval can be drawn.
    """
    names, place = np.unique(np.array(owners), return_inverse=True)
    count = len(names)
    if count < 2:
        return None
    hits = np.bincount(place, weights=right, minlength=count)
    asked = np.bincount(place, minlength=count).astype(np.float64)
    if right.all() or not right.any():
        bound = _TAIL ** (1 / count)
        return Interval(bound, 1.0) if right.all() else Interval(0.0, 1 - bound)
    drawn = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
    shares = hits[drawn].sum(axis=1) / asked[drawn].sum(axis=1)
    low, high = np.quantile(shares, [_TAIL, 1 - _TAIL])
    return Interval(float(low), float(high))


def percent(share: float) -> str:
    """Return a share as people read it, e.g. `72.5 %`."""
    return f"{100 * share:.1f} %"

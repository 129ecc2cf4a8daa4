"""Are probabilities what they say? Of pairs said to be the same at 80 %, 80 % should be."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.metrics.arrays import Bools, Floats64

BINS = 15
"""As usual since Guo et al., On Calibration of Modern Neural Networks, 2017."""


class Range(NamedTuple):
    """Pairs whose probability lies in one range: the mean said, the share that is the same."""

    said: float
    same: float
    n: int


def expected_calibration_error(
    said: NDArray[np.floating], same: Bools, bins: int = BINS, equal_mass: bool = True
) -> float:
    """Return how far probabilities are from the truth, on average over pairs: 0 = as they say.

    The mean over the ranges of `reliability` of |said − same|, weighted by their pairs (Naeini et
    al. 2015).

    Raises:
        ValueError: if there is no pair with a probability.
    """
    ranges = reliability(said, same, bins, equal_mass=equal_mass)
    pairs = sum(each.n for each in ranges)
    return sum(each.n * abs(each.said - each.same) for each in ranges) / pairs


def reliability(
    said: NDArray[np.floating], same: Bools, bins: int = BINS, equal_mass: bool = True
) -> list[Range]:
    """Return what was said and what was so, in ranges of the probability, ascending.

    Ranges of equal mass hold as many pairs each, but equal probabilities are never torn apart: an
    isotonic calibration says the same of many. Ranges without pairs are left out.

    Args:
        said: (n,) probabilities 0–1; those that are NaN count nowhere.
        same: (n,) whether the pair is the same individual.
        bins: how many ranges at most.
        equal_mass: False: ranges of equal width.

    Raises:
        ValueError: if there is no pair with a probability, or one is not 0–1.
    """
    asked = ~np.isnan(said)
    given, so = said[asked].astype(np.float64), same[asked]
    if not len(given) or given.min() < 0 or given.max() > 1:
        raise ValueError("expected at least one probability, and all of them in 0–1")
    place = np.searchsorted(_edges(given, bins, equal_mass), given)
    counts = np.bincount(place, minlength=bins)
    full = counts > 0
    means = np.bincount(place, given, bins)[full] / counts[full]
    shares = np.bincount(place, so, bins)[full] / counts[full]
    return [
        Range(float(a), float(b), int(n))
        for a, b, n in zip(means, shares, counts[full], strict=True)
    ]


def _edges(given: Floats64, bins: int, equal_mass: bool) -> Floats64:
    """Return the inner edges; a value on an edge belongs to the range below it."""
    steps = np.linspace(0, 1, bins + 1)[1:-1]
    return np.asarray(np.quantile(given, steps) if equal_mass else steps, np.float64)

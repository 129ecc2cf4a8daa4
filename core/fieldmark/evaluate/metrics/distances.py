"""How far apart photos of one individual are, against those of different ones."""

import numpy as np
from numpy.typing import NDArray

from fieldmark.evaluate.metrics.arrays import Bools, Floats64, blocks
from fieldmark.types import Ids


def ccdr(distances: NDArray[np.floating], owners: Ids, truth: Ids) -> Floats64:
    """Return the class distance ratio of each query; lower = individuals better apart.

    The mean distance to the photos of its own individual, by the mean distance to all others, as
    with the leopard network (Imperial College London, 2024), there with cosine distance; the metric
    is the mean over photos. A distance that is not finite counts nowhere.

    Args:
        distances: (q, m), ≥ 0; NaN: not compared. A similarity such as the cosine is none: 1 −
            cosine.
        owners: (m,) the individual of each column.
        truth: (q,) the individual of each query.

    Returns:
        (q,), NaN where one of the two means is missing or the second one is not above 0.

    Raises:
        ValueError: if the shapes do not fit.
    """
    if distances.shape != (len(truth), len(owners)):
        expected = len(truth), len(owners)
        raise ValueError(f"expected distances {expected}, got {distances.shape}")
    found = np.full(len(truth), np.nan)
    for rows in blocks(*distances.shape):
        same = owners == truth[rows, None]
        found[rows] = _ratio(distances[rows], same)
    return found


def _ratio(distances: NDArray[np.floating], same: Bools) -> Floats64:
    finite = np.isfinite(distances)
    inner, outer = _mean(distances, finite & same), _mean(distances, finite & ~same)
    outer[~(outer > 0)] = np.nan
    return np.asarray(inner / outer, np.float64)


def _mean(distances: NDArray[np.floating], of: Bools) -> Floats64:
    """Return the mean of some cells of each row, NaN where there are none."""
    counts = np.count_nonzero(of, axis=1)
    sums = np.sum(distances, axis=1, where=of, dtype=np.float64)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

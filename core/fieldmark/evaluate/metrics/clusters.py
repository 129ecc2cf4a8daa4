"""Metrics of a grouping of photos into individuals, when nobody has named any."""

from typing import NamedTuple

import numpy as np

from fieldmark.evaluate.metrics.arrays import Floats64
from fieldmark.types import Ids


def adjusted_rand(labels: Ids, truth: Ids) -> float:
    """Return the adjusted Rand index (Hubert and Arabie 1985).

    Of all pairs of photos, how many are rightly together or apart, less what chance reaches: 1 =
    the same grouping, about 0 = a random one; it can be negative.

    Args:
        labels: (n,) the group of each photo.
        truth: (n,) its individual.

    Raises:
        ValueError: if the two are not of one length.
    """
    _same_length(labels, truth)
    both = _pairs(_joint(labels, truth))
    ours, theirs, all_pairs = _pairs(labels), _pairs(truth), len(labels) * (len(labels) - 1) / 2
    if ours == theirs == both:
        return 1.0  # also where there is nothing to pair
    by_chance = ours * theirs / all_pairs
    return float((both - by_chance) / ((ours + theirs) / 2 - by_chance))


def abundance_error(labels: Ids, truth: Ids) -> float:
    """Return (found − true) / true number of individuals: −0.1 = 10 % too few.

    Raises:
        ValueError: if the two are not of one length, or empty.
    """
    _same_length(labels, truth)
    if not len(truth):
        raise ValueError("expected at least one photo, got none")
    true = len(np.unique(truth))
    return (len(np.unique(labels)) - true) / true


class Singletons(NamedTuple):
    """Individuals with one photo only, found and true: capture–recapture rests on the others."""

    found: int
    true: int


def singletons(labels: Ids, truth: Ids) -> Singletons:
    """Return how many groups have one photo only, and how many individuals.

    Raises:
        ValueError: if the two are not of one length.
    """
    _same_length(labels, truth)
    found, true = (int(np.count_nonzero(_sizes(each) == 1)) for each in (labels, truth))
    return Singletons(found, true)


def _same_length(labels: Ids, truth: Ids) -> None:
    if labels.shape != truth.shape:
        raise ValueError(f"expected as many labels as individuals, got {len(labels)}, {len(truth)}")


def _joint(labels: Ids, truth: Ids) -> Ids:
    """Return one number for each pair of label and individual."""
    names, place = np.unique(truth, return_inverse=True)
    return np.unique(labels, return_inverse=True)[1] * max(len(names), 1) + place


def _pairs(labels: Ids) -> float:
    """Return how many pairs lie in one group."""
    sizes = _sizes(labels)
    return float((sizes * (sizes - 1)).sum() / 2)


def _sizes(labels: Ids) -> Floats64:
    return np.unique(labels, return_counts=True)[1].astype(np.float64)

"""Individuals in folds: what is said of an animal is learnt from other animals only."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Ids


def individual_folds(individuals: Ids, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each entry (n,): all entries of one individual share theirs.

    The folds are as equal in the number of individuals as they can be: these are sorted by a
    digest of their number and the seed, and dealt in turn.

    Args:
        individuals: (n,) the individual of each query.
        folds: how many.
        seed: another one deals them otherwise.

    Raises:
        ValueError: if there are fewer individuals than folds.
    """
    people, place = np.unique(individuals, return_inverse=True)
    if not 2 <= folds <= len(people):
        raise ValueError(
            f"expected between 2 and {len(people)} folds of the {len(people)} individuals, got"
            f" {folds}; name more animals, or ask for fewer folds"
        )
    order = np.argsort([_digest(int(number), seed) for number in people], kind="stable")
    dealt = np.empty(len(people), np.int64)
    dealt[order] = np.arange(len(people)) % folds
    return np.asarray(dealt[place], np.int64)


def _digest(number: int, seed: int) -> str:
    return hashlib.sha256(f"{seed} {number}".encode()).hexdigest()

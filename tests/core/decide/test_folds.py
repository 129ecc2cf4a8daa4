"""Individuals in folds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.decide.folds import individual_folds


@given(st.lists(st.integers(-5, 40), min_size=1), st.integers(2, 6), st.integers(0, 9))
def test_no_individual_is_on_both_sides(people: list[int], folds: int, seed: int) -> None:
    """All photos of one individual share a fold; the folds differ by one individual at most."""
    individuals = np.array([*people, *range(100, 106)])
    place = individual_folds(individuals, folds, seed)
    sizes = [len(np.unique(individuals[place == fold])) for fold in range(folds)]
    assert sum(sizes) == len(np.unique(individuals))
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_alone_decides() -> None:
    """The same seed deals the same, another one otherwise; the order of the photos is nothing."""
    individuals = np.repeat(np.arange(30), 2)
    place = individual_folds(individuals, 5, 0)
    assert (individual_folds(individuals[::-1], 5, 0)[::-1] == place).all()
    assert (individual_folds(individuals, 5, 1) != place).any()


@pytest.mark.parametrize("folds", [1, 4])
def test_more_folds_than_individuals_are_refused(folds: int) -> None:
    """The message names what is possible."""
    with pytest.raises(ValueError, match="between 2 and 3 folds of the 3 individuals, got"):
        individual_folds(np.array([1, 2, 2, 3]), folds, 0)

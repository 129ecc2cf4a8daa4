"""The photos of one visit speak together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.decide.scores import Scores
from fieldmark.decide.visits import combine
from fieldmark.types import Floats

probabilities = st.one_of(st.just(np.float32(np.nan)), st.floats(0, 1, width=32))
tables = arrays(np.float32, st.tuples(st.integers(0, 7), st.integers(0, 4)), elements=probabilities)
visits = st.lists(st.integers(-2, 3), min_size=7, max_size=7)


def scored(values: Floats, queries: list[int] | None = None) -> Scores:
    """Return a table whose best annotations tell their row and column."""
    q, m = values.shape
    best = 10 * np.arange(1, q + 1)[:, None] + np.arange(m)
    numbers = np.array(queries or range(1, q + 1), np.int64)[:q]
    return Scores(numbers, np.arange(1, m + 1), values, best)


@settings(max_examples=50)
@given(tables, visits)
def test_mean_of_what_was_compared(values: Floats, encounters: list[int]) -> None:
    """Each row is the mean, or the most, of its visit's photos that may be compared."""
    of = np.array(encounters[: len(values)], np.int64)
    found, most = combine(scored(values), of), combine(scored(values), of, "max")
    assert np.array_equal(found.queries, np.sort(np.unique(of, return_index=True)[1]) + 1)
    for row, query in enumerate(found.queries):
        mates = values[of == of[query - 1]]
        for column in range(values.shape[1]):
            said = mates[:, column][~np.isnan(mates[:, column])]
            expected = said.mean() if len(said) else np.nan
            assert np.isclose(found.values[row, column], expected, equal_nan=True, atol=1e-6)
            highest = said.max() if len(said) else np.nan
            assert np.isclose(most.values[row, column], highest, equal_nan=True)


@settings(max_examples=50)
@given(tables, visits, st.permutations(range(7)))
def test_order_of_photos(values: Floats, encounters: list[int], order: list[int]) -> None:
    """The order in which the photos are given changes nothing."""
    places = [place for place in order if place < len(values)]
    numbers = [place + 1 for place in places]
    of = np.array(encounters, np.int64)
    one = combine(scored(values), of[: len(values)])
    other = combine(scored(values[places], numbers), of[places])
    assert np.array_equal(one.queries, other.queries)
    assert np.allclose(one.values, other.values, equal_nan=True, atol=1e-6)


def test_opposite_flanks_in_one_visit() -> None:
    """A visit that shows both flanks is compared with those known from either."""
    nan = np.nan
    values = np.array([[0.9, nan, 0.4], [nan, 0.2, 0.8]], np.float32)
    found = combine(scored(values), np.array([5, 5]))
    assert np.allclose(found.values, [[0.9, 0.2, 0.6]])
    assert found.best is not None
    assert found.best.tolist() == [[10, 21, 22]]


def test_more_of_the_same_is_no_more_evidence() -> None:
    """Ten photos that say the same say no more than one of them."""
    found = combine(scored(np.full((10, 1), 0.7, np.float32)), np.zeros(10, np.int64))
    assert np.allclose(found.values, 0.7)


def test_without_best() -> None:
    """Tables whose columns are annotations are combined, too."""
    table = Scores(np.array([4, 2]), np.array([9]), np.array([[0.2], [0.4]], np.float32))
    found = combine(table, np.array([1, 1]))
    assert found.best is None
    assert found.queries.tolist() == [2]

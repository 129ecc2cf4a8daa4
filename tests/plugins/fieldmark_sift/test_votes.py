"""LNBNN: who votes, and what is subtracted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.types import Floats, Ids
from fieldmark_sift.votes import Votes, best_of_each, collect, weigh

inf = float("inf")


def weights(distances: list[float], individuals: list[int], k: int) -> list[float]:
    """Return the weights of one query keypoint's neighbours."""
    row = np.array([distances], np.float32)
    made: list[float] = weigh(row, np.array([individuals], np.int64), k)[0].tolist()
    return made


def by_hand(distances: list[float], individuals: list[int], k: int) -> list[float]:
    """Return the same by the definition, neighbour by neighbour."""
    near = [(d, i) for d, i in zip(distances, individuals, strict=True) if d < inf]
    seen: list[int] = []
    normaliser = near[-1][0] if near else 0.0
    for distance, individual in near:
        if individual not in seen:
            seen.append(individual)
        if len(seen) > k:
            normaliser = distance
            break
    voters = seen[:k]
    return [
        max(normaliser - d, 0.0) if d < inf and d < normaliser and i in voters else 0.0
        for d, i in zip(distances, individuals, strict=True)
    ]


def test_normaliser_is_the_next_individual() -> None:
    """A vote is how much nearer a neighbour is than the first one of the (K + 1)-th individual."""
    assert weights([1, 2, 4, 7], [5, 6, 7, 8], k=2) == [3, 2, 0, 0]


def test_normaliser_is_never_of_a_voting_individual() -> None:
    """Several photos of one individual all vote; none of them is the normaliser."""
    assert weights([1, 2, 3, 9], [5, 5, 5, 6], k=1) == [8, 7, 6, 0]


def test_last_neighbour_stands_in_for_a_missing_normaliser() -> None:
    """Where fewer individuals are near than needed, the last neighbour is subtracted."""
    assert weights([1, 2, 5, inf], [5, 6, 5, 0], k=4) == [4, 3, 0, 0]


def test_common_details_say_nothing() -> None:
    """A detail that is as near to the normaliser as to the voters has no vote."""
    assert weights([2, 2, 2], [5, 6, 7], k=2) == [0, 0, 0]


def test_no_neighbour_no_vote() -> None:
    """A query keypoint that may be compared with nothing has no vote."""
    assert weights([inf, inf], [5, 6], k=1) == [0, 0]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=12),
    st.integers(1, 6),
)
def test_weights_agree_with_the_definition(found: list[tuple[int, int]], k: int) -> None:
    """The vectorised weights are those of the definition, for any neighbours."""
    found.sort(key=lambda each: each[0])
    distances, individuals = [float(d) for d, _ in found], [i for _, i in found]
    assert weights(distances, individuals, k) == pytest.approx(by_hand(distances, individuals, k))


def test_a_keypoint_votes_once_for_a_photo() -> None:
    """Of two neighbours in one photo the nearer one is the match."""
    votes = collect(
        np.array([[3, 2, 1]], np.float32), np.array([[10, 11, 12]]), np.array([[0, 0, 1]])
    )
    assert sorted(zip(votes.slot.tolist(), votes.row.tolist(), strict=True)) == [(0, 10), (1, 12)]


def numbers(*values: int) -> Ids:
    """Return int64."""
    return np.array(values, np.int64)


def floats(*values: float) -> Floats:
    """Return float32."""
    return np.array(values, np.float32)


def test_a_detail_counts_once_for_an_individual() -> None:
    """Three photos that show the same detail count as one, at the best."""
    votes = Votes(
        numbers(0, 0, 0, 1), numbers(1, 2, 3, 4), numbers(0, 1, 2, 0), floats(1, 5, 2, 10)
    )
    assert best_of_each(votes, numbers(0, 0, 1), 2).tolist() == [15, 2]

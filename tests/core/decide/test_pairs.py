"""Pairs as a shortlist shows them, and the evidence about them."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fieldmark.decide.evidence import measure
from fieldmark.decide.pairs import shortlist_pairs
from fieldmark.decide.scores import Scores
from fieldmark.decide.shortlist import OnlyShortlist, places
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Side

INF = np.inf
levels = st.sampled_from([np.nan, -INF, -1.0, 0.0, 0.5, 2.0])


def scores(values: list[list[float]] | NDArray[np.float32]) -> Scores:
    """Return scores of queries 1, 2, … and individuals 11, 12, …; photos 101, 102, … speak."""
    table = np.asarray(values, np.float32)
    q, m = table.shape
    best = np.broadcast_to(np.arange(101, 101 + m), table.shape).copy()
    return Scores(np.arange(1, q + 1), np.arange(11, 11 + m), table, best)


@given(arrays(np.float32, (3, 6), elements=levels), st.integers(1, 8))
def test_the_shortlist_is_the_head_of_the_sorted_candidates(
    values: NDArray[np.float32], length: int
) -> None:
    """High scores first, ties by column, nothing alike last, what is not compared never."""
    for row, found in zip(values, places(scores(values), length), strict=True):
        known = [place for place in range(6) if not np.isnan(row[place])]
        expected = sorted(known, key=lambda place: (-row[place], place))[:length]
        assert found.tolist() == expected + [-1] * (min(length, 6) - len(expected))


def test_pairs_are_those_of_the_shortlist() -> None:
    """Each query brings its first candidates, with their rank and whether they are right."""
    pairs = shortlist_pairs(scores([[3, 1, 2], [-INF, np.nan, 5]]), np.array([13, 11]), 2)
    assert pairs.query.tolist() == [1, 1, 2, 2]
    assert pairs.column.tolist() == [11, 13, 13, 11]
    assert pairs.rank.tolist() == [1, 2, 1, 2]
    assert pairs.same.tolist() == [False, True, False, True]
    assert pairs.values.tolist() == [3, 2, 5, -INF]
    assert pairs.share == 0.5


def test_a_photo_is_never_paired_with_itself() -> None:
    """A candidate that only the query itself speaks for leaves the list."""
    table = scores([[9, 1], [1, 2]])
    assert table.best is not None
    table.best[0, 0] = 1
    pairs = shortlist_pairs(table, np.array([11, 12]), 1)
    assert list(zip(pairs.query, pairs.column, strict=True)) == [(1, 12), (2, 12)]


def test_individuals_kept_for_testing_are_on_neither_side() -> None:
    """They do not ask, and are nobody's candidate; the next one takes the place."""
    table = scores([[3, 2, 1], [1, 2, 3], [3, 1, 2]])
    pairs = shortlist_pairs(table, np.array([11, 12, 13]), 2, exclude=np.array([11]))
    assert pairs.query.tolist() == [2, 2, 3, 3]
    assert pairs.column.tolist() == [13, 12, 13, 12]


@dataclass(frozen=True)
class Row:
    """One annotation."""

    id: int
    side: Side = Side.LEFT
    captured_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    photo_id: int = 0
    encounter_id: int | None = None
    individual_id: int | None = None


def test_gaps_are_those_to_the_likest_photo() -> None:
    """Sides, days and kilometres between the query and the photo that speaks for the candidate."""
    rows = {
        1: Row(1, Side.LEFT, datetime(2024, 5, 2, tzinfo=UTC), 0.0, 0.0),
        101: Row(101, Side.RIGHT, datetime(2024, 5, 1, 12), 0.0, 1.0),
        102: Row(102, Side.UNKNOWN, None, 60.0, None),
        103: Row(103, Side.LEFT, datetime(2024, 5, 9), -90.0, 7.0),
    }
    gaps = measure(scores([[1, 2, 3]]), rows, ["side", "time", "distance"])
    assert gaps is not None
    side, days, kilometres = (np.asarray(g) for g in (gaps.side, gaps.days, gaps.kilometres))
    assert side.tolist() == [[1, 0.5, 0]]
    np.testing.assert_allclose(days, np.array([[0.5, np.nan, 7]]))
    # A degree of the equator, and a quarter of the way round the earth.
    np.testing.assert_allclose(kilometres, np.array([[111.19, np.nan, 10007.5]]), rtol=1e-4)
    assert gaps.names[:2] == ("other side", "side unknown")
    flags = [column[0].tolist() for column in gaps.columns()]
    assert flags[:2] == [[1, 0, 0], [0, 1, 0]]
    assert flags[3] == flags[5] == [0, 1, 0]


def test_only_what_was_asked_for_is_measured() -> None:
    """No gap is measured unasked, and none can be without knowing the photos."""
    table = scores([[1, 2]])
    assert measure(table, {}, []) is None
    gaps = measure(table, {}, ["time"])
    assert gaps is not None
    assert gaps.side is gaps.kilometres is None
    assert np.isnan(gaps.days if gaps.days is not None else 0).all()
    with pytest.raises(ValueError, match="best annotation"):
        measure(Scores(table.queries, table.columns, table.values), {}, ["time"])


def test_the_others_look_at_the_shortlist_only() -> None:
    """Off the list the weight is 0; on it the rules decide as before."""
    rows = [
        Row(1),
        Row(2, photo_id=9),
        Row(101, photo_id=1),
        Row(102, Side.RIGHT, photo_id=2),
        Row(103, photo_id=3),
    ]
    rules = CatalogueRules(rows, SideRule())
    narrow = OnlyShortlist(rules, {1: np.array([101, 102])})
    ids = np.array([101, 102, 103])
    assert narrow.weights(1, ids).tolist() == [1, 0, 0]
    assert narrow.weights(2, ids).tolist() == [0, 0, 0]
    assert (narrow.individuals(ids) == rules.individuals(ids)).all()

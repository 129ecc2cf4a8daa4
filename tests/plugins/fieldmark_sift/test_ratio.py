"""One query against each photo."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.types import Floats, Ids, Keypoints, Query
from fieldmark_sift import ratio
from fieldmark_sift.pairs import Pairs, Rule, match

OPEN = Rule(ratio=0.85, tolerance=None)


def points(
    descriptors: list[list[float]], xy: list[tuple[float, float]] | None = None
) -> Keypoints:
    """Return keypoints with these descriptors."""
    n = len(descriptors)
    return Keypoints(
        xy=np.array(xy or [(i, i) for i in range(n)], np.float32).reshape(-1, 2),
        scale=np.ones(n, np.float32),
        angle=np.zeros(n, np.float32),
        weight=np.ones(n, np.float32),
        descriptors=np.array(descriptors, np.float32).reshape(n, -1),
        size=(100, 100),
    )


def test_only_mutual_neighbours_match() -> None:
    """Of two keypoints that prefer the same one, only the nearer matches."""
    pairs = match(points([[0, 0], [1, 0]]), points([[0, 0], [9, 9]]), OPEN)
    assert pairs.one.tolist() == [0]
    assert pairs.other.tolist() == [0]


def test_unclear_neighbours_do_not_match() -> None:
    """Where two neighbours are almost equally near, there is no match."""
    assert not len(match(points([[0, 0]]), points([[5, 0], [5.1, 0]]), OPEN).one)


def test_clear_matches_weigh_more() -> None:
    """The weight is 1 less the ratio of the two distances."""
    pairs = match(points([[0, 0]]), points([[1, 0], [4, 0]]), OPEN)
    assert pairs.weight.tolist() == [0.75]


def test_matches_must_agree_on_a_map() -> None:
    """With a tolerance, a match that lies elsewhere is left out."""
    rng = np.random.default_rng(0)
    xy = [(float(x), float(y)) for x, y in rng.uniform(5, 95, (12, 2))]
    one = points(np.eye(12).tolist(), xy)
    moved = [(0.9 * x + 3, y + 2) for x, y in xy]
    moved[4] = (99 - moved[4][0], 99 - moved[4][1])
    other = replace(one, xy=np.array(moved, np.float32))
    pairs = match(one, other, Rule(ratio=0.85, tolerance=0.02))
    assert pairs.one.tolist() == [i for i in range(12) if i != 4]


def test_nothing_matches_nothing() -> None:
    """Without keypoints on either side there are no pairs."""
    none = replace(points([[0, 0]]), xy=np.empty((0, 2), np.float32),
        scale=np.empty(0, np.float32), angle=np.empty(0, np.float32),
        weight=np.empty(0, np.float32), descriptors=np.empty((0, 2), np.float32))  # fmt: skip
    for pair in ((none, points([[0, 0], [1, 1]])), (points([[0, 0]]), none)):
        assert not len(match(*pair, Rule(0.85, 0.05)).one)


class Everybody:
    """Rules that let everything be compared, each annotation for itself."""

    def weights(self, query: int, ids: Ids) -> Floats:  # noqa: ARG002 - as the rules
        """Return 1 for all."""
        return np.ones(len(ids), np.float32)

    def individuals(self, ids: Ids) -> Ids:
        """Return the annotations."""
        return ids


def test_what_was_matched_is_not_matched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query asked twice gets its answer from memory; a changed gallery, or query, forgets."""
    asked: list[int] = []

    def counted(one: Keypoints, other: Keypoints, rule: Rule) -> Pairs:
        asked.append(1)
        return match(one, other, rule)

    monkeypatch.setattr(ratio, "match", counted)
    index = ratio.Ratio(Rule(0.8, None)).index()
    first, second = points(np.eye(4, 8).tolist()), points(np.eye(4, 8)[::-1].tolist())
    index.add([1, 2], [first, second])
    query = Query(9, first)
    answer = index.search([query], 5, Everybody())
    assert index.search([query], 5, Everybody()) == answer
    assert len(asked) == 2
    index.search([Query(9, second)], 5, Everybody())
    assert len(asked) == 4
    index.remove([2])
    assert [len(found) for found in index.search([query], 5, Everybody())] == [1]
    assert len(asked) == 5

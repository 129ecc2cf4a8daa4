"""Which pairs are learnt from."""

from pathlib import Path

import numpy as np

from fieldmark.training import Sample
from fieldmark.types import Side
from fieldmark_baselines.pair_choice import choose, split


def sample(who: str, visit: str | None = None, side: Side = Side.LEFT) -> Sample:
    """Return a labelled photo."""
    return Sample(Path("photo.jpg"), who, "tiger", side=side, encounter=visit)


def pairs(samples: list[Sample], most: int = 100, seed: int = 0) -> set[tuple[int, int, bool]]:
    """Return the chosen pairs."""
    found = choose(samples, range(len(samples)), most, seed)
    columns = (found.one.tolist(), found.other.tolist(), found.same.tolist())
    return set(zip(*columns, strict=True))


def test_as_many_different_as_same() -> None:
    """Of three photos of one tiger and two of another come four pairs of either kind."""
    found = pairs([sample("a"), sample("a"), sample("a"), sample("b"), sample("b")])
    assert {(i, j) for i, j, same in found if same} == {(0, 1), (0, 2), (1, 2), (3, 4)}
    different = [(i, j) for i, j, same in found if not same]
    assert len(different) == 4
    assert all(i in (0, 1, 2) and j in (3, 4) for i, j in different)


def test_one_visit_and_opposite_sides_are_no_pairs() -> None:
    """Two photos of a visit share the background, and two flanks carry two patterns."""
    tiger = [sample("a", "1"), sample("a", "1"), sample("a", "2", Side.RIGHT)]
    assert pairs([*tiger, sample("b"), sample("c")]) == set()
    front = [sample("a", "1"), sample("a", "2", Side.FRONT), sample("b", "3")]
    assert {(i, j) for i, j, same in pairs(front) if same} == {(0, 1)}


def test_no_more_than_asked_for() -> None:
    """The most of each kind is kept, drawn by the seed."""
    samples = [sample(who) for who in "abcdef" for _ in range(5)]
    found = pairs(samples, most=7)
    assert sum(same for *_, same in found) == 7
    assert len(found) == 14
    assert found == pairs(samples, most=7)
    assert found != pairs(samples, most=7, seed=1)


def test_whole_individuals_are_held_out() -> None:
    """A fifth of ten animals is two, with all their photos."""
    samples = [sample(str(i % 10)) for i in range(40)]
    held = split(samples, 0.2, 0)
    outside = {s.individual for s, away in zip(samples, held, strict=True) if away}
    inside = {s.individual for s, away in zip(samples, held, strict=True) if not away}
    assert (len(outside), len(inside)) == (2, 8)
    assert np.array_equal(held, split(samples, 0.2, 0))

"""The benchmark's own rules, so that its numbers can be trusted."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.photos import Photo
from benchmarks.protocol import Score, Split, score
from fieldmark.rules import SideRule
from fieldmark.types import Candidate, Side

sides = st.sampled_from([Side.LEFT, Side.RIGHT])
labels = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), sides), min_size=1, max_size=30)


def photos(rows: list[tuple[int, int, Side]]) -> list[Photo]:
    """Return photos of (individual, encounter, side)."""
    return [
        Photo(f"{i}.jpg", Path(f"{i}.jpg"), f"animal {who}", side, f"{who}/{visit}", "train")
        for i, (who, visit, side) in enumerate(rows)
    ]


@given(labels, st.integers(0, 3))
def test_no_encounter_is_on_both_sides(rows: list[tuple[int, int, Side]], seed: int) -> None:
    """An encounter is in the gallery or asks, never both; everybody is in the gallery."""
    split = Split.drawn(photos(rows), seed)
    assert not {p.encounter for p in split.gallery} & {p.encounter for p in split.queries}
    assert {p.identity for p in split.gallery} == {p.identity for p in photos(rows)}
    assert len(split.everyone) == len(rows)


def test_split_is_replayed(tmp_path: Path) -> None:
    """A written split gives the same gallery and queries again."""
    shown = photos([(who, visit, Side.LEFT) for who in range(4) for visit in range(4)])
    split = Split.drawn(shown, seed=1)
    split.write(tmp_path / "split.csv")
    assert Split.read(shown, tmp_path / "split.csv") == split


def test_score_counts_only_what_can_be_answered() -> None:
    """A query without a comparable photo of its individual counts in `all_top1` alone."""
    left, right = Side.LEFT, Side.RIGHT
    split = Split(
        photos([(0, 0, left), (1, 0, left), (2, 0, right)]),
        photos([(0, 1, left), (1, 1, left), (2, 1, left)]),
    )
    rules = split.rules(SideRule())
    people = rules.individuals(np.arange(3)).tolist()
    listed = [Candidate(people[0], 2.0, (0,)), Candidate(people[1], 1.0, (1,))]
    result, ranks = score(split, rules, [listed, listed, listed])
    assert ranks == [1, 2]
    assert result == Score(asked=2, top1=0.5, top5=1.0, map=0.75, all_top1=1 / 3, chance=0.5)

"""Neighbours and errors of a holdout, read off a circle."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fieldmark.training import Sample
from fieldmark.types import Floats
from fieldmark_deep.training.report_pictures import Pictures
from fieldmark_deep.training.report_retrieval import chosen, errors, examples, measured, search
from fieldmark_deep.training.validation import Place


class Album:
    """Chips of plain grey, by place, for what asks for nothing else."""

    def __init__(self, samples: list[Sample]) -> None:
        self.samples = samples
        self.failed: dict[int, str] = {}

    def batch(self, numbers: list[int]) -> Any:
        """Return grey chips."""
        return torch.full((len(numbers), 3, 8, 8), 128, dtype=torch.uint8)


def at(*degrees: float) -> dict[int, Floats]:
    """Return vectors of length 1 by place, at angles."""
    turned = np.deg2rad(degrees)
    return dict(enumerate(np.stack([np.cos(turned), np.sin(turned)], 1).astype(np.float32)))


def searched_by_hand() -> Any:
    """Return four animals' answers that can be read off a circle.

    a0 0°, a1 10°; b0 8°, b1 60°; c0 100°, c1 104°: a0 → b0 (wrong), a1 → b0 (wrong), b0 → a1
    (wrong), b1 → a1 at 50° against c0 at 40° → c0 (wrong), c0 ↔ c1 (right).
    """
    samples = [Sample(Path(f"{w}{n}.jpg"), w, "cat") for w in "abc" for n in range(2)]
    made = at(0, 10, 8, 60, 100, 104)
    chips: Any = Album(samples)
    return search(Place("hand", tuple(range(6)), ()), made, chips), chips


def test_measurements_by_hand() -> None:
    """Two of six queries are right; a guess among five others is right once in five times."""
    searched, _ = searched_by_hand()
    row = measured(searched)
    assert (row.queries, row.individuals, row.unanswered) == (6, 3, 0)
    assert dict(row.values)["top-1"] == "33.3 %"
    assert row.chance == "20.0 %"


def test_the_most_confidently_wrong_come_first() -> None:
    """Wrong queries by how alike the wrong neighbour is, then right ones by their small lead."""
    searched, _ = searched_by_hand()
    rows = list(chosen(searched))
    assert [row for row, why in rows if why == "confidently wrong"][2:] == [0, 3]  # 2°, 2°, 8°, 40°
    assert [row for row, why in rows if why != "confidently wrong"] == [4, 5]
    assert len({row for row, _ in rows}) == len(rows) == 6


def test_examples_carry_names_and_cosines() -> None:
    """A neighbour is told right or wrong, with the cosine of its angle."""
    searched, chips = searched_by_hand()
    shown = {e.query.caption: e for e in examples(searched, Pictures(chips))}
    first = shown["a0.jpg"].neighbours[0]
    assert (first.individual, first.right) == ("b", False)
    assert first.alike == pytest.approx(np.cos(np.deg2rad(8)), abs=1e-6)
    assert shown["c0.jpg"].neighbours[0].right


def test_errors_by_individual() -> None:
    """The worst individual comes first, with whom it was most often taken for."""
    searched, _ = searched_by_hand()
    rows = errors(searched)
    assert [row.individual for row in rows] == ["a", "b", "c"]
    assert rows[0].taken_for == "b (2 of 2 times)"
    assert (rows[2].top1, rows[2].taken_for, rows[2].photos) == ("100.0 %", "", 2)


def test_queries_without_anything_to_find_are_counted_apart() -> None:
    """An animal with one photo is no query, and the page says how many there were."""
    samples = [Sample(Path(f"{w}.jpg"), w, "cat") for w in "aab"]
    chips: Any = Album(samples)
    searched = search(Place("hand", (0, 1, 2), ()), at(0, 10, 20), chips)
    assert measured(searched).unanswered == 1
    nobody = search(Place("hand", (0, 2), ()), at(0, 10, 20), chips)
    assert measured(nobody).values == ()
    assert examples(nobody, Pictures(chips)) == []
    assert errors(nobody) == []

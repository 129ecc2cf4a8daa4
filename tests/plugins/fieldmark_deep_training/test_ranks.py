"""Processes that share every batch."""

from functools import partial
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_deep.training.ranks import Rank, together
from support.ranked import ROWS, gradients, keep, kept


def test_parts_by_hand() -> None:
    """Two processes take turns; a fifth row, which cannot be shared, is left out."""
    assert list(Rank(0, 2).part([10, 11, 12, 13, 14])) == [10, 12]
    assert list(Rank(1, 2).part([10, 11, 12, 13, 14])) == [11, 13]


@given(batch=st.lists(st.integers(), max_size=40, unique=True), count=st.integers(1, 5))
def test_parts_are_equal_and_apart(batch: list[int], count: int) -> None:
    """Each process gets equally many rows, no row twice, and less than one each is left out."""
    parts = [Rank(number, count).part(batch) for number in range(count)]
    given_out = [row for part in parts for row in part]
    assert len({len(part) for part in parts}) == 1
    assert len(set(given_out)) == len(given_out)
    assert set(given_out) <= set(batch)
    assert len(batch) - len(given_out) < count


def test_one_process_has_everything() -> None:
    """Alone, a process keeps its rows and its model, and waits for nobody."""
    rank, rows, model = Rank(), torch.ones(2, 2), torch.nn.Linear(2, 2)
    assert rank.first
    assert rank.gather(rows) is rows
    assert rank.shared(model) is model
    rank.wait()
    assert together(1, "cpu", lambda _rank: None, lambda here: here) == Rank(0, 1)


def test_two_processes_have_the_gradient_of_one(tmp_path: Path) -> None:
    """A loss over the pairs of the whole batch gives both processes the gradient of one."""
    alone, order = gradients(Rank())
    assert order == list(range(ROWS))
    both = together(2, "cpu", partial(keep, folder=tmp_path), partial(kept, folder=tmp_path))
    for shared, seen in both:
        assert seen == [0, 2, 4, 1, 3, 5]
        assert shared.keys() == alone.keys()
        for name, gradient in alone.items():
            torch.testing.assert_close(shared[name], gradient)

"""Pieces of tables survive the disk, and a damaged one is made again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.pieces import read_piece, stacked, write_piece
from fieldmark.evaluate.results import Cost

COST = Cost(stage="search", seconds=1.5, n=2)


def table(values: NDArray[np.float32], *, best: bool = True) -> Scores:
    """Return a table of scores of any shape."""
    rows, columns = values.shape
    photos = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    return Scores(np.arange(rows), np.arange(columns), values, photos if best else None)


@given(arrays(np.float32, st.tuples(st.integers(0, 4), st.integers(0, 4))), st.booleans())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: NDArray[np.float32], best: bool
) -> None:
    """NaN, infinities and empty tables come back as they were, and so do the costs."""
    path = tmp_path_factory.mktemp("pieces") / "one.npz"
    write_piece(path, {"a": table(values, best=best), "b": table(values[:, :1])}, [COST])
    found = read_piece(path)
    assert found is not None
    tables, costs = found
    assert set(tables) == {"a", "b"}
    assert np.array_equal(tables["a"].values, values, equal_nan=True)
    assert (tables["a"].best is None) is not best
    assert costs == [COST]


def test_a_damaged_piece_is_forgotten(tmp_path: Path) -> None:
    """What cannot be read is deleted, so that it is made again."""
    path = tmp_path / "torn.npz"
    write_piece(path, {"a": table(np.zeros((2, 2), np.float32))}, [])
    path.write_bytes(path.read_bytes()[:100])
    assert read_piece(path) is None
    assert not path.exists()


def test_pieces_become_one_table() -> None:
    """Rows follow one another in the order of the pieces."""
    one, other = np.zeros((1, 3), np.float32), np.ones((2, 3), np.float32)
    whole = stacked([table(one), table(other)])
    assert whole.values.tolist() == [[0, 0, 0], [1, 1, 1], [1, 1, 1]]
    assert whole.best is not None

"""Mirrored copies show the same animal the other way round."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.mirror import mirrored_animals
from fieldmark.images import open_photo
from fieldmark.jobs import silent
from fieldmark.types import Box, Side


def test_photo_and_box_are_mirrored(blots: Animals, tmp_path: Path) -> None:
    """What was at the left is at the right, the original is not touched, the number stays."""
    row = replace(blots.rows[0], box=Box(0.1, 0.2, 0.3, 0.4))
    (made,) = mirrored_animals(replace(blots, rows=(row,)), tmp_path, 1, silent).rows
    before, after = open_photo(row.path).astype(int), open_photo(made.path).astype(int)
    assert np.abs(after[:, ::-1] - before).mean() < 6  # JPEG
    assert (round(made.box.x, 6), made.box.y, made.box.w) == (0.6, 0.2, 0.3)
    assert (made.id, made.side) == (row.id, row.side)
    assert made.path.is_relative_to(tmp_path)


def test_only_flanks_are_mirrored(blots: Animals, tmp_path: Path) -> None:
    """A face seen from the front has no other flank."""
    row = replace(blots.rows[0], side=Side.FRONT)
    assert not mirrored_animals(replace(blots, rows=(row,)), tmp_path, 1, silent).rows


def test_a_photo_that_cannot_be_read_is_left_out(blots: Animals, tmp_path: Path) -> None:
    """The others are mirrored all the same."""
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    rows = (replace(blots.rows[0], path=bad, sha256="f" * 64), blots.rows[1])
    made = mirrored_animals(replace(blots, rows=rows), tmp_path / "out", 1, silent)
    assert [row.id for row in made.rows] == [blots.rows[1].id]

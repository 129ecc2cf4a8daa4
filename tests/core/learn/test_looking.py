"""Opening every photo once: damaged ones are listed, and nothing is looked at twice."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fieldmark.catalog.imports.items import PixelBox
from fieldmark.jobs import silent
from fieldmark.learn import looking
from fieldmark.learn.looking import counted, look
from fieldmark.learn.rows import Data, Reading, Row
from fieldmark.learn.sources import read_data
from fieldmark.types import Box
from support.learnable import write_data


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    """Return eight rows of two animals; photos are 32 × 24 pixels."""
    return read_data([Data(write_data(tmp_path / "data", 2))], Reading()).rows


def test_bad_photos_are_listed_and_left_out(rows: list[Row]) -> None:
    """Damaged, missing, or with a box outside: each with its reason, never fatal."""
    rows[0].photo.write_bytes(rows[0].photo.read_bytes()[:200])
    rows[1].photo.unlink()
    outside = Row("d", "outside", rows[2].photo, "x", "cat", PixelBox(100, 100, 5, 5))
    entries, rejected = look([*rows, outside], 2, None, silent)
    assert [entry.row for entry in entries] == rows[2:]
    assert [name for name, _ in rejected] == [rows[0].shown, rows[1].shown, "outside"]
    assert "cut off" in rejected[0][1]
    assert "no such file" in rejected[1][1]
    assert "outside the photo of 32 × 24" in rejected[2][1]


def test_boxes_in_pixels_become_fractions(rows: list[Row]) -> None:
    """(8, 6, 16, 12) of 32 × 24 is the middle half of both sides."""
    row = Row("d", "a", rows[0].photo, "x", "cat", PixelBox(8, 6, 16, 12))
    (entry,), _ = look([row], 1, None, silent)
    assert entry.sample.box == Box(0.25, 0.25, 0.5, 0.5)


def test_what_was_seen_is_remembered_until_the_file_changes(
    rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look opens only the photo that was written again."""
    cache = tmp_path / "cache" / "photos.json"
    first = look(rows, 2, cache, silent)
    assert len(json.loads(cache.read_text())) == 8
    opened: list[Path] = []
    examined = looking._examined

    def watched(row: Row) -> Sequence[Any]:
        opened.append(row.photo)
        return examined(row)

    monkeypatch.setattr(looking, "_examined", watched)
    assert look(rows, 2, cache, silent) == first
    assert not opened
    os.utime(rows[3].photo, ns=(1, 1))
    assert look(rows, 2, cache, silent) == first
    assert opened == [rows[3].photo]


def test_a_damaged_cache_is_not_believed(rows: list[Row], tmp_path: Path) -> None:
    """It is made again."""
    cache = tmp_path / "photos.json"
    cache.write_text("[1,")
    entries, _ = look(rows, 1, cache, silent)
    assert len(entries) == 8
    assert dict(counted(entries)) == {"any/a0": 4, "any/a1": 4}

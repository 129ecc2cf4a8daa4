"""Labelled photos, and what they look like once they were opened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.learn.looking import Entry
from fieldmark.learn.rows import Row
from fieldmark.plugins import Plugins
from fieldmark.training import Sample
from support import learnable

MakeEntry = Callable[..., Entry]


@pytest.fixture
def entry() -> MakeEntry:
    """Return a function that makes an entry of an individual's photo, without a file."""

    def make(
        label: str, shown: str, *, encounter: str | None = None, species: str = "cat",
        split: str = "", sha256: str = "", bits: int = 0,
    ) -> Entry:  # fmt: skip
        photo = Path("/photos") / shown
        row = Row("set", shown, photo, label, species, encounter=encounter, split=split)
        sample = Sample(photo, row.individual, species, encounter=encounter)
        return Entry(row, sample, sha256 or shown, bits)

    return make


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """Return the installed plugins, with one that can be trained in milliseconds."""
    learnable.install(tmp_path, monkeypatch)
    return Plugins.installed()

"""A hub and a computer of their own for every test of the registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark_registry.hub import Hub
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import hub_of, shelf_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalHub]:
    """Return an empty hub."""
    with LocalHub(tmp_path / "site") as opened:
        yield opened


@pytest.fixture
def hub(site: LocalHub, tmp_path: Path) -> Hub:
    """Return its client, with an empty cache."""
    return hub_of(site, tmp_path)


@pytest.fixture
def shelf(site: LocalHub, tmp_path: Path) -> Shelf:
    """Return a computer without any weights."""
    return shelf_of(site, tmp_path)

"""A hub with one small repository, and the real client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from support.hub import LocalHub
from support.hub.samples import FILES


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    """Return a hub with one small repository."""
    with LocalHub(tmp_path / "site") as opened:
        opened.publish("org/small", FILES, licence="cc-by-nc-4.0", library_name="timm")
        yield opened


@pytest.fixture
def api(hub: LocalHub) -> HfApi:
    """Return the real client, which is nobody."""
    return HfApi(endpoint=hub.endpoint, token=False)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache of the test's own."""
    return tmp_path / "cache"

"""A classifier of sides that was trained, small but in earnest."""

from pathlib import Path

import pytest

from support.flanks import train


@pytest.fixture(scope="session")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the weights of a classifier that tells left from right."""
    return train(tmp_path_factory.mktemp("sides"))

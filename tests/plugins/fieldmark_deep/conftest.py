"""A gate that was trained, small but in earnest."""

from pathlib import Path

import pytest

from support.striped import train


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the weights of a gate that tells tigers from deer."""
    return train(tmp_path_factory.mktemp("gate"), ("deer", "tiger"), 12)

"""A hub that can fail, and users who pull from it in processes of their own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hub import LocalHub
from support.hub.pulling import Puller


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    """Return an empty hub."""
    with LocalHub(tmp_path / "site") as opened:
        yield opened


@pytest.fixture
def user(hub: LocalHub, tmp_path: Path) -> Puller:
    """Return a user who has nothing yet."""
    return Puller(hub, tmp_path / "home")


@pytest.fixture
def bound(user: Puller) -> Puller:
    """Return a user for whom the rights of files count, also where the tests run as root."""
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root may write everywhere, and there is no setpriv to take that away")
        user.prefix = [setpriv, "--bounding-set=-dac_override,-dac_read_search"]
    return user

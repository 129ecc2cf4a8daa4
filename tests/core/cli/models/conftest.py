"""A hub, a user and weights of their own for every test of `fieldmark models`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldmark_registry.digests import sha256_of
from support.hub import LocalHub
from support.models import tiny_timm
from support.users import Shared, User, live_as


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """Return a user whose hub is empty, and live in their environment."""
    folder = tmp_path / "user"
    folder.mkdir()
    with LocalHub(tmp_path / "hub") as hub:
        user = User(hub, folder, hub.environment(tmp_path / "home"))
        live_as(user, monkeypatch)
        yield user


@pytest.fixture
def shared(user: User, tmp_path: Path) -> Shared:
    """Return a small network of timm's on the hub, for any use but trade."""
    file = tiny_timm(tmp_path / "network")
    files = {path.name: path for path in file.parent.iterdir()}
    commit = user.hub.publish("zoo/tiny", files, licence="cc-by-nc-4.0")
    reference = f"hf://zoo/tiny@{commit}/{file.name}#sha256={sha256_of(file)}"
    return Shared(reference, file)

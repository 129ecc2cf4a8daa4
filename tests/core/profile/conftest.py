"""Fixtures of the profile tests: a home whose profiles and bases a test writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldmark.profile import HOME

WriteProfile = Callable[..., Path]

BASE = """
pipelines:
  local:
    preprocess: [{use: crop}, {use: resize, options: {height: 64, width: 64}}]
    embed: {use: sift, options: {max_keypoints: 100, upright: false}}
    match: {use: lnbnn}
  pairwise: {embed: {use: sift}, match: {use: ratio}}
default: local
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home for the user's own profiles."""
    folder = tmp_path / "home"
    monkeypatch.setenv(HOME, str(folder))
    (folder / "species" / "bases").mkdir(parents=True)
    return folder


@pytest.fixture
def write(home: Path) -> WriteProfile:
    """Return a function that writes a profile, or `bases/NAME`, and returns its file."""

    def write(where: str, text: str, folder: Path = home / "species") -> Path:
        path = folder / f"{where}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"name: {path.stem}\nscientific_name: Genus {path.stem}\n"
        path.write_text(head + text.lstrip(), encoding="utf-8")
        return path

    return write


@pytest.fixture
def spotted(write: WriteProfile) -> Path:
    """Return a base in the user's home, with two pipelines."""
    return write("bases/spotted", BASE)

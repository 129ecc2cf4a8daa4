"""Places: the user's own folder, and writing there in one step."""

from pathlib import Path

import pytest

from fieldmark_registry.places import HOME, card_folders, home, shipped_cards, write_bytes


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """FIELDMARK_HOME names the user's folder; without it, it is that of other settings."""
    monkeypatch.setenv(HOME, str(tmp_path / "mine"))
    assert home() == tmp_path / "mine"
    monkeypatch.setenv(HOME, "")
    assert home() == Path.home() / ".config" / "fieldmark"


def test_own_cards_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's cards are looked for before those of the package."""
    monkeypatch.setenv(HOME, str(tmp_path))
    assert card_folders() == (tmp_path / "models", shipped_cards())


def test_writing_replaces_the_whole_file(tmp_path: Path) -> None:
    """A file is written in one step, into folders that are made, and nothing else is left."""
    path = tmp_path / "a" / "b" / "file"
    write_bytes(path, b"old and long")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_failed_writing_leaves_nothing(tmp_path: Path) -> None:
    """Where the name cannot be taken, what was there stays and no temporary file is left."""
    (tmp_path / "taken" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="irectory"):
        write_bytes(tmp_path / "taken", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]

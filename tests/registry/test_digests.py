"""Digests: of the whole file, block by block."""

import hashlib
from pathlib import Path

import pytest

from fieldmark_registry.digests import sha256_of


@pytest.mark.parametrize("size", [0, 5, (1 << 20) + 1])
def test_digest_is_that_of_the_whole_file(tmp_path: Path, size: int) -> None:
    """The digest covers every byte, also of a file larger than one block."""
    file = tmp_path / "weights"
    file.write_bytes(b"\x07" * size)
    assert sha256_of(file) == hashlib.sha256(b"\x07" * size).hexdigest()


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """After every block it is told how many bytes of how many were read."""
    file = tmp_path / "weights"
    file.write_bytes(b"\x07" * ((1 << 20) + 1))
    told: list[tuple[int, int, str]] = []
    sha256_of(file, lambda *step: told.append(step))
    total = (1 << 20) + 1
    assert told == [(1 << 20, total, "checking weights"), (total, total, "checking weights")]


def test_unreadable_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, has no digest."""
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "weights")
    with pytest.raises(IsADirectoryError):
        sha256_of(tmp_path)

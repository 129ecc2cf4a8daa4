"""Weights files: used only when they are what they were when they were named."""

import hashlib
from pathlib import Path

import pytest

from fieldmark_registry.files import WeightsProblem, resolve_file, sha256_of
from fieldmark_registry.references import FileReference


@pytest.mark.parametrize("size", [0, 5, (1 << 20) + 1])
def test_digest_is_that_of_the_whole_file(tmp_path: Path, size: int) -> None:
    """The digest covers every byte, also of a file larger than one block."""
    file = tmp_path / "weights"
    file.write_bytes(b"\x07" * size)
    assert sha256_of(file) == hashlib.sha256(b"\x07" * size).hexdigest()


def test_verified_file_is_used(tmp_path: Path) -> None:
    """A file whose digest is the named one is used where it lies."""
    file = tmp_path / "weights"
    file.write_bytes(b"numbers")
    assert resolve_file(FileReference(file, hashlib.sha256(b"numbers").hexdigest())) == file


def test_changed_file_is_refused(tmp_path: Path) -> None:
    """A file that has changed is refused with both digests."""
    file = tmp_path / "weights"
    file.write_bytes(b"other numbers")
    with pytest.raises(
        WeightsProblem, match=f"its sha256 is {sha256_of(file)}, expected {'0' * 64}"
    ):
        resolve_file(FileReference(file, "0" * 64))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is refused in words."""
    with pytest.raises(WeightsProblem, match="weights cannot be read: No such file"):
        resolve_file(FileReference(tmp_path / "weights", "0" * 64))
    with pytest.raises(WeightsProblem, match="cannot be read: Is a directory"):
        resolve_file(FileReference(tmp_path, "0" * 64))

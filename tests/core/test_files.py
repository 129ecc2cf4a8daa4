"""A file is the old one or the new one, never half of either."""

import hashlib
from pathlib import Path

import pytest

from fieldmark.files import replacing, sha256, write_text


def test_a_file_appears_whole(tmp_path: Path) -> None:
    """Text is written as UTF-8, with missing folders made."""
    path = tmp_path / "новая" / "a.txt"
    write_text(path, "día\n")
    assert path.read_bytes() == "día\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """An error half way through changes nothing."""
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_what_the_umask_allows(tmp_path: Path) -> None:
    """A temporary file is private; the file that takes its place is not."""
    write_text(tmp_path / "a.txt", "x")
    (tmp_path / "b.txt").write_text("x")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    """sha256 of the bytes, however many."""
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()

"""Thumbnails are kept in one file that may be deleted or damaged at any time."""

from pathlib import Path

import pytest

from fieldmark.api.photos_thumbnails import AREA, Thumbnails
from fieldmark.errors import ProjectError

GREY = bytes(range(256)) * (AREA // 256)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """By the digest; what is not there is left out."""
    with Thumbnails(tmp_path) as kept:
        kept.write({f"{n:064x}": GREY for n in range(700)})
        kept.write({f"{1:064x}": GREY[::-1]})
    with Thumbnails(tmp_path) as kept:
        found = kept.read([f"{n:064x}" for n in range(1, 800)])
    assert len(found) == 699
    assert found[f"{1:064x}"] == GREY[::-1]


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    """It is a cache; nothing in it is worth an error."""
    (tmp_path / "thumbnails.db").write_bytes(b"not a database at all" * 99)
    with Thumbnails(tmp_path) as kept:
        assert kept.read(["a"]) == {}
        kept.write({"a": GREY})
        assert kept.read(["a"]) == {"a": GREY}


def test_a_thumbnail_of_another_size_is_not_used(tmp_path: Path) -> None:
    """An older version may have kept other ones."""
    with Thumbnails(tmp_path) as kept:
        kept.write({"a": b"short"})
        assert kept.read(["a"]) == {}


def test_a_folder_that_is_not_there_is_explained(tmp_path: Path) -> None:
    """In one sentence, with what to do."""
    with pytest.raises(ProjectError, match="type the same command again"):
        Thumbnails(tmp_path / "nowhere")

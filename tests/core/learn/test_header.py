"""The header of a safetensors file, against the library that writes them."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.learn.header import read_record, weights_file


def write(path: Path, metadata: dict[str, str] | None) -> Path:
    """Write a file with the library itself."""
    numpy = pytest.importorskip("safetensors.numpy", reason="needs the extra 'deep'")
    numpy.save_file({"a": np.zeros(3, np.float32)}, path, metadata=metadata)
    return path


def test_the_record_is_read(tmp_path: Path) -> None:
    """It lies under the key `fieldmark`, as JSON."""
    record = {"component": "x", "settings": {"epochs": 3}}
    path = write(tmp_path / "model.safetensors", {"fieldmark": json.dumps({"record": record})})
    assert read_record(path) == record
    assert weights_file(tmp_path) == weights_file(path) == path


def test_a_record_of_a_newer_fieldmark_is_refused(tmp_path: Path) -> None:
    """It may mean something else by the same words."""
    record = {"component": "x", "format": 2, "fieldmark": "9.1"}
    path = write(tmp_path / "new.safetensors", {"fieldmark": json.dumps({"record": record})})
    with pytest.raises(UserError, match=r"another fieldmark \(9.1\)"):
        read_record(path)


@pytest.mark.parametrize(
    "metadata", [None, {"format": "pt"}, {"fieldmark": "{"}, {"fieldmark": '{"record": 1}'}]
)
def test_weights_that_say_nothing_are_refused(
    tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    """The message says what to type."""
    path = write(tmp_path / "other.safetensors", metadata)
    with pytest.raises(UserError, match=r"does not say how it was trained.*--recipe"):
        read_record(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", struct.pack("<Q", 2**60) + b"{}", struct.pack("<Q", 3) + b"{x}",
                struct.pack("<Q", 2) + b"[]"]
)  # fmt: skip
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes, one sentence and no huge read."""
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not a safetensors file"):
        read_record(path)


def test_missing_weights_are_said(tmp_path: Path) -> None:
    """A folder without weights is no training's."""
    with pytest.raises(UserError, match="there are no weights at"):
        weights_file(tmp_path)

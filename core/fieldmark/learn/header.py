"""The header of a safetensors file, read without any library.

The format: 8 bytes, the length n of the header as a little-endian integer; then n bytes of JSON,
in which `__metadata__` maps words to texts; then the tensors. See
https://github.com/huggingface/safetensors#format.
"""

import json
import struct
from pathlib import Path
from typing import Any

from fieldmark.errors import UserError

LARGEST = 100_000_000
"""Bytes of the largest header that safetensors itself accepts."""
KEY = "fieldmark"
FORMAT = 1
"""Of the record; see `fieldmark.learn.record`."""
FILE = "model.safetensors"


def weights_file(path: Path) -> Path:
    """Return the weights file that a person means: the file itself, or that of a folder.

    Raises:
        UserError: if there is none.
    """
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise UserError(
            f"there are no weights at {path}; give a .safetensors file, or the folder of a"
            f" training that holds {FILE}"
        )
    return file


def read_record(path: Path) -> dict[str, Any]:
    """Return how weights were made: the record that `fieldmark train` put into the file.

    Raises:
        UserError: if the file is no safetensors file, or has no record.
    """
    text = _metadata(path).get(KEY)
    try:
        record = json.loads(text)["record"] if isinstance(text, str) else None
    except (ValueError, KeyError, TypeError):
        record = None
    if not isinstance(record, dict) or "component" not in record:
        raise UserError(
            f"{path.name} does not say how it was trained, so it was not made by fieldmark train;"
            " name the recipe that it fits with --recipe"
        )
    if record.get("format", FORMAT) != FORMAT:
        version = record.get("fieldmark", "unknown")
        raise UserError(
            f"{path.name} was made by another fieldmark ({version}), whose"
            " record this one cannot read; update with `pip install -U fieldmark`"
        )
    return record


def record_or_nothing(path: Path) -> dict[str, Any]:
    """Return the record of weights, or nothing where fieldmark did not train them."""
    try:
        return read_record(path)
    except UserError:
        return {}


def _metadata(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length)) if length <= LARGEST else None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from error
    except (struct.error, ValueError) as error:
        raise UserError(_no_weights(path)) from error
    if not isinstance(header, dict):
        raise UserError(_no_weights(path))
    metadata = header.get("__metadata__")
    return metadata if isinstance(metadata, dict) else {}


def _no_weights(path: Path) -> str:
    return f"{path.name} is not a safetensors file; give the model.safetensors of a training"

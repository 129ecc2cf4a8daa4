"""Writing an index as one file, so that a kill at any moment leaves the old or the new."""

import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays into `path`, replacing what is there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **dict(arrays))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays that `write` wrote.

    Raises:
        UserError: if the file is missing or damaged; every byte is checked (CRC of the archive).
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return dict(archive)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> UserError:
    """Return the error for a file that holds no index."""
    return UserError(f"{path} holds no index that can be read; delete it and search again")

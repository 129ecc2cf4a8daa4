"""Digests: what a file is, whatever it is called."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and what is being done, such as `checking x`."""
_BLOCK = 1 << 20


def sha256_of(path: Path, progress: Progress | None = None) -> str:
    """Return the sha256 of a file, 64 hex digits, reading it block by block.

    Args:
        path: the file.
        progress: told after every block.

    Raises:
        OSError: if it cannot be read.
    """
    return _digest_of(path, hashlib.sha256(), progress)


def md5_of(path: Path, progress: Progress | None = None) -> str:
    """Return the MD5 of a file, 32 hex digits, as `sha256_of`: archives publish that digest.

    It tells a damaged file, and not one that somebody forged.
    """
    return _digest_of(path, hashlib.md5(usedforsecurity=False), progress)


def _digest_of(path: Path, digest: "hashlib._Hash", progress: Progress | None) -> str:
    with path.open("rb") as file:
        total, done = path.stat().st_size, 0
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            if progress is not None:
                progress(done, max(done, total), f"checking {path.name}")
    return digest.hexdigest()

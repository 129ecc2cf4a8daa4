"""Receipts: this very file was read once and had this digest.

A digest of a gigabyte takes seconds, so it is computed once. A receipt holds what the file system
says about the file (real path, size, time of change, inode); while that agrees, the digest is
believed. Each receipt is a file of its own, written in one step, so that any number of processes
may write at once; a receipt that cannot be read counts as none. Receipts also say which files of
the shared cache of the Hub fieldmark fetched itself, because it may remove only those.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from os import stat_result
from pathlib import Path

from fieldmark_registry.digests import Progress, sha256_of
from fieldmark_registry.places import write_bytes

_TYPES = {
    **dict.fromkeys(("sha256", "path", "reference", "at"), str),
    **dict.fromkeys(("size", "mtime_ns", "inode"), int),
    "pulled": bool,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was true of a file when its digest was computed.

    Attributes:
        sha256: its digest, 64 hex digits.
        path: its real path, links followed.
        size: in bytes.
        mtime_ns: when it was changed last, in nanoseconds.
        inode: its number in the file system.
        reference: the reference it was fetched for, or empty.
        pulled: whether fieldmark itself fetched it.
        at: when the receipt was written, ISO 8601 in UTC.
    """

    sha256: str
    path: str
    size: int
    mtime_ns: int
    inode: int
    reference: str
    pulled: bool
    at: str

    def agrees(self) -> bool:
        """Return whether the file is still the one that was read, as far as its folder knows."""
        try:
            now = Path(self.path).stat()
        except OSError:
            return False
        return (self.size, self.mtime_ns, self.inode) == _marks(now)


class Receipts:
    """The receipts in one folder, which need not exist and may be read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, path: Path, sha256: str, progress: Progress | None = None) -> bool:
        """Return whether a file has a digest; cheap when a receipt says so.

        Raises:
            OSError: if the file cannot be read.
        """
        return self.digest(path, sha256, progress) == sha256

    def digest(self, path: Path, sha256: str, progress: Progress | None = None) -> str:
        """Return the digest of a file, without reading it where a receipt says it is `sha256`.

        A file that is read and has the digest `sha256` gets a receipt.

        Raises:
            OSError: if the file cannot be read.
        """
        real = path.resolve(strict=True)
        if any(each.path == str(real) and each.agrees() for each in self._of(sha256)):
            return sha256
        before = real.stat()
        found = sha256_of(path, progress)
        if found == sha256 and _marks(real.stat()) == _marks(before):
            self._write(_receipt(found, real, before))
        return found

    def record(self, path: Path, sha256: str, reference: str = "", *, pulled: bool = False) -> None:
        """Write down that a file, read just now, has a digest, and whether fieldmark fetched it.

        Where the folder cannot be written to, nothing happens.

        Raises:
            OSError: if the file is not there.
        """
        real = path.resolve(strict=True)
        self._write(_receipt(sha256, real, real.stat(), reference, pulled=pulled))

    def place(self, sha256: str) -> Path | None:
        """Return a file that had a digest when it was read, and has not changed since; or None."""
        return next((Path(each.path) for each in self._of(sha256) if each.agrees()), None)

    def forget(self, sha256: str) -> None:
        """Believe nothing any more of files with a digest, except who fetched them."""
        for file in self.folder.glob(f"{sha256}*.json"):
            receipt = _read(file)
            with contextlib.suppress(OSError):
                if receipt is not None and receipt.pulled:
                    # A size that no file has: the note stays, and is never taken for a check.
                    stale = json.dumps(asdict(replace(receipt, size=-1)), indent=1)
                    write_bytes(file, stale.encode())
                else:
                    file.unlink()

    def all(self) -> tuple[tuple[Path, Receipt | None], ...]:
        """Return every receipt with its own file, in order; None for one that cannot be read."""
        return tuple((file, _read(file)) for file in sorted(self.folder.glob("*.json")))

    def _of(self, sha256: str) -> Iterator[Receipt]:
        for file in self.folder.glob(f"{sha256}*.json"):
            receipt = _read(file)
            if receipt is not None and receipt.sha256 == sha256:
                yield receipt

    def _write(self, receipt: Receipt) -> None:
        name = f"{receipt.sha256}-{_key(receipt)}.json"
        with contextlib.suppress(OSError):
            write_bytes(self.folder / name, json.dumps(asdict(receipt), indent=1).encode())


def _marks(stat: stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def _key(receipt: Receipt) -> str:
    """Return what tells receipts of one digest apart, so that none ever takes another's place."""
    what = f"{receipt.path}\n{receipt.reference}\n{receipt.pulled}"
    return hashlib.sha256(what.encode(errors="surrogateescape")).hexdigest()[:16]


def _receipt(
    sha256: str, real: Path, stat: stat_result, reference: str = "", *, pulled: bool = False
) -> Receipt:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Receipt(sha256, str(real), *_marks(stat), reference, pulled, now)


def _read(file: Path) -> Receipt | None:
    """Return the receipt in a file; None if it cannot be read or holds anything else."""
    try:
        receipt = Receipt(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    right = all(isinstance(getattr(receipt, name), kind) for name, kind in _TYPES.items())
    return receipt if right else None

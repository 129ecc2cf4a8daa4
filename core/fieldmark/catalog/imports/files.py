"""Finding photos in folders and reading what must be known of each."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldmark.catalog.exif import Exif, read_exif
from fieldmark.errors import PhotoError
from fieldmark.images import PhotoInfo, probe

PHOTO_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp", ".bmp"})
"""Files that say they are photos; when they are not, they are rejected with a reason."""

# Raw files begin like a TIFF, and would be opened as the thumbnail inside.
_RAW = frozenset({
    ".3fr", ".arw", ".cr2", ".cr3", ".dng", ".erf", ".iiq", ".nef", ".nrw", ".orf", ".pef", ".raf",
    ".rw2", ".sr2", ".srw",
})  # fmt: skip
_FIRST_BYTES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")


@dataclass(frozen=True, slots=True)
class Examined:
    """A photo that was read to its end: digest, size in bytes, time of change, content."""

    sha256: str
    size: int
    mtime_ns: int
    info: PhotoInfo
    exif: Exif


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that cannot be used, and why."""

    reason: str


def examine(path: Path) -> Examined | Rejected:
    """Read and decode a file; safe to call from several threads."""
    try:
        before = path.stat()
        info = probe(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except PhotoError as error:
        return Rejected(str(error))
    except FileNotFoundError:
        return Rejected("there is no such file; check the path")
    except OSError as error:
        return Rejected(f"the file cannot be read ({error.strerror})")
    except ValueError:
        return Rejected("this is not a path that a file can have")
    return Examined(digest, before.st_size, before.st_mtime_ns, info, read_exif(path))


def walk(
    folder: Path, skip: frozenset[Path], on_skip: Callable[[str], None]
) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, in the order of their names.

    Hidden files and folders are left out. Symbolic links are not followed, neither to files nor
    to folders: what lies elsewhere is imported from there, and no loop can arise.

    Args:
        folder: absolute.
        skip: folders that are not entered.
        on_skip: called with a sentence for everything left out that a person may miss.

    Raises:
        OSError: if the folder itself cannot be read.
    """
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            on_skip("a symbolic link was not followed")
        elif entry.is_dir(follow_symlinks=False):
            yield from _enter(Path(entry.path), skip, on_skip)
        elif entry.is_file(follow_symlinks=False):
            yield entry


def _enter(
    folder: Path, skip: frozenset[Path], on_skip: Callable[[str], None]
) -> Iterator[os.DirEntry[str]]:
    if folder in skip:
        on_skip("the project's own folder was not searched")
        return
    try:
        yield from walk(folder, skip, on_skip)
    except OSError as error:
        on_skip(f"the folder {printable(str(folder))} cannot be read ({error.strerror})")


def is_photo(path: str) -> bool:
    """Say whether a file should be tried: by its ending, or by its first bytes."""
    ending = Path(path).suffix.lower()
    if ending in PHOTO_ENDINGS:
        return True
    if ending in _RAW:
        return False
    try:
        with Path(path).open("rb") as file:
            first = file.read(12)
    except OSError:
        return False
    return first.startswith(_FIRST_BYTES) or (first[:4] == b"RIFF" and first[8:] == b"WEBP")


def kind_of(path: str) -> str:
    """Return what to call a file that is not a photo: its ending."""
    ending = Path(path).suffix.lower()
    raw = " (raw photos: convert them to JPEG)" if ending in _RAW else ""
    return f"{printable(ending)}{raw}" if ending else "without an ending"


def printable(text: str) -> str:
    """Return a file name as it can be shown and stored, even if it is not valid text."""
    return text.encode("utf-8", "backslashreplace").decode()

"""Files that are used only when they are what they were when they were named."""

import hashlib
from pathlib import Path

from fieldmark_registry.references import FileReference

_BLOCK = 1 << 20


class WeightsProblem(ValueError):  # noqa: N818 -- read as a sentence beside fieldmark's errors
    """A weights file is missing, unreadable or not the file that was named."""


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, 64 hex digits, reading it block by block.

    Raises:
        OSError: if it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def resolve_file(reference: FileReference) -> Path:
    """Return the path of a file whose content is verified.

    Raises:
        WeightsProblem: if it cannot be read, or its digest is another.
    """
    try:
        found = sha256_of(reference.path)
    except OSError as error:
        raise WeightsProblem(f"{reference.path} cannot be read: {error.strerror}") from error
    if found != reference.sha256:
        raise WeightsProblem(
            f"{reference.path} is not the file that was named: its sha256 is {found},"
            f" expected {reference.sha256}; fetch the right file, or name this one"
        )
    return reference.path

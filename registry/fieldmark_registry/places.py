"""Where the registry keeps what belongs to the user, and how it writes there."""

import os
import tempfile
from importlib.resources import files
from pathlib import Path

HOME = "FIELDMARK_HOME"
"""The environment variable that names the folder of the user's own settings, cards and weights."""


def home() -> Path:
    """Return the user's own folder; it need not exist.

    Inside it lie `models/` (the user's own cards), `weights/` (the store), `receipts/` and
    `self-tests/`.
    """
    named = os.environ.get(HOME)
    return Path(named) if named else Path.home() / ".config" / "fieldmark"


def shipped_cards() -> Path:
    """Return the folder of the model cards in this package; it need not exist."""
    return Path(str(files("fieldmark_registry"))) / "models"


def card_folders() -> tuple[Path, ...]:
    """Return the folders in which model cards are looked for; the first that has one wins."""
    return home() / "models", shipped_cards()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half of either.

    Raises:
        OSError: if it cannot be written; then the old one is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

"""Where model weights live, written so that they can never change unnoticed.

Three forms, each pinned to content:

- ``hf://ORG/REPO@<40-hex commit>/path/file#sha256=<64-hex digest>``: a file on the model hub;
- ``file:///full/path/file#sha256=<64-hex digest>``: a file on this computer;
- ``a-name``: a model card in this package's folder ``models/``.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias
from urllib.request import url2pathname

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_CARD = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^/]*))?(?:/(?P<file>.+))?")


class ReferenceProblem(ValueError):  # noqa: N818 -- read as a sentence beside fieldmark's errors
    """A reference that is not written as it must be; the message says how."""


@dataclass(frozen=True, slots=True)
class HubReference:
    """A file of one commit of a model repository.

    Attributes:
        repo: `ORG/REPO`.
        revision: the commit, 40 hex digits.
        file: the file's path in the repository.
        sha256: the digest of the file, 64 hex digits.
    """

    repo: str
    revision: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file on this computer.

    Attributes:
        path: its full path.
        sha256: the digest of the file, 64 hex digits.
    """

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class CardReference:
    """A model card of this registry, which names the file in turn."""

    name: str


Reference: TypeAlias = HubReference | FileReference | CardReference


def known_cards() -> tuple[str, ...]:
    """Return the names of the model cards in this package, in order."""
    folder = files("fieldmark_registry") / "models"
    if not folder.is_dir():
        return ()
    names = (card.name for card in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def parse_reference(text: str) -> Reference:
    """Return what a reference names.

    Raises:
        ReferenceProblem: in words, if it is not pinned, not one of the three forms, or names a
            card that does not exist.
    """
    address, _, fragment = text.strip().partition("#")
    if address.startswith("hf://"):
        return _hub(address.removeprefix("hf://"), fragment)
    if address.startswith("file:"):
        return FileReference(_path(address), _digest(fragment))
    if "://" in address or "/" in address or "\\" in address:
        raise ReferenceProblem(
            f"weights must be named by hf://, file:/// or the name of a model card, got {text!r}"
        )
    return _card(text)


def _hub(address: str, fragment: str) -> HubReference:
    parts = _HUB.fullmatch(address)
    if parts is None or not parts["file"]:
        raise ReferenceProblem(
            "weights on the hub are written"
            f" hf://ORG/REPO@<commit>/<file>#sha256=<digest>, got 'hf://{address}'"
        )
    if not _COMMIT.fullmatch(parts["revision"] or ""):
        got = f"got {parts['revision']!r}" if parts["revision"] else "got none"
        raise ReferenceProblem(
            "weights must name one exact version: after '@' write the full commit, 40 digits and"
            f" letters a–f, not a branch such as 'main', which changes without notice ({got})"
        )
    return HubReference(parts["repo"], parts["revision"], parts["file"], _digest(fragment))


def _digest(fragment: str) -> str:
    key, _, digest = fragment.partition("=")
    if key != "sha256" or not _SHA256.fullmatch(digest):
        raise ReferenceProblem(
            "weights must end in #sha256= and the 64 digits and letters a–f of the file's digest,"
            f" so that a changed file is noticed (got {'#' + fragment if fragment else 'none'!r})"
        )
    return digest


def _path(address: str) -> Path:
    path = Path(url2pathname(address.removeprefix("file://")))
    if not address.startswith("file:///") or not path.is_absolute() or "\0" in str(path):
        raise ReferenceProblem(
            "a file is named by its full path, as in file:///home/me/model.safetensors,"
            f" got {address!r}"
        )
    return path


def _card(name: str) -> CardReference:
    cards = known_cards()
    if name not in cards:
        known = ", ".join(cards) or "none in this version"
        hint = "" if _CARD.fullmatch(name) else " (write small letters, digits, - and .)"
        raise ReferenceProblem(
            f"there is no model card {name!r}{hint}; cards: {known};"
            " or name a file: file:///full/path#sha256=<digest>"
        )
    return CardReference(name)

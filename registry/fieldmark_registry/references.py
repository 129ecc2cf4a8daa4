"""Where model weights live, written so that they can never change unnoticed.

Four forms, each pinned to content:

- ``hf://ORG/REPO@<40-hex commit>/path/file#sha256=<64-hex digest>``: a file on the model hub;
- ``https://HOST/path/file#sha256=<64-hex digest>``: a file that no hub has;
- ``file:///full/path/file#sha256=<64-hex digest>``: a file on this computer;
- ``a-name``: a model card, the user's own or one of this package's folder ``models/``.

`str` of a reference is its canonical text. Nothing here opens a file or asks a hub.
"""

import os
import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias
from urllib.request import url2pathname

from fieldmark_registry.places import card_folders
from fieldmark_registry.problems import ReferenceProblem

_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
CARD = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
"""What a card's name looks like."""
_HUB = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[^/]*))?(?:/(?P<file>.+))?",
    re.ASCII,
)

_WEB = re.compile(
    r"(?:https://[A-Za-z0-9][A-Za-z0-9.-]*|http://(?:localhost|127\.0\.0\.1))(?::[0-9]{1,5})?"
    r"/(?P<path>(?:[\w.~%+@=,-]+/)*(?P<file>[A-Za-z0-9][\w.+-]*))",
    re.ASCII,
)


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

    def __str__(self) -> str:
        return f"hf://{self.repo}@{self.revision}/{self.file}#sha256={self.sha256}"


@dataclass(frozen=True, slots=True)
class WebReference:
    """A file at an address of the web, which is kept under its digest once it came.

    Attributes:
        url: the address, `https://HOST/path/file`.
        sha256: the digest of the file, 64 hex digits.
    """

    url: str
    sha256: str

    @property
    def file(self) -> str:
        """The file's name: the last part of the address."""
        return self.url.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.url}#sha256={self.sha256}"


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file on this computer.

    Attributes:
        path: its full path.
        sha256: the digest of the file, 64 hex digits.
    """

    path: Path
    sha256: str

    def __str__(self) -> str:
        return f"{self.path.as_uri()}#sha256={self.sha256}"


@dataclass(frozen=True, slots=True)
class CardReference:
    """A model card of this registry, which names the file in turn."""

    name: str

    def __str__(self) -> str:
        return self.name


Reference: TypeAlias = HubReference | WebReference | FileReference | CardReference


def known_cards() -> tuple[str, ...]:
    """Return the names of the model cards, the user's own and those shipped, in order.

    The cards are not read.
    """
    return cards_in(card_folders())


def cards_in(folders: Collection[Path]) -> tuple[str, ...]:
    """Return the names of the model cards in some folders, each once, in order."""
    names = (name for folder in folders for name in _listing(folder) if name[0] != ".")
    return tuple(sorted({name.removesuffix(".yaml") for name in names if name.endswith(".yaml")}))


def _listing(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 -- a profile asks often, and this is the quick way
    except OSError:
        return []


def parse_reference(text: str, cards: Collection[str] | None = None) -> Reference:
    """Return what a reference names.

    Args:
        text: the reference.
        cards: the names that cards may have; by default those of `known_cards`.

    Raises:
        ReferenceProblem: in words, if it is not pinned, not one of the four forms, or names a
            card that does not exist.
    """
    address, _, fragment = text.strip().partition("#")
    if address.startswith("hf://"):
        return _hub(address.removeprefix("hf://"), fragment)
    if address.startswith(("https:", "http:")):
        return _web(address, fragment)
    if address.startswith("file:"):
        return _file(address, fragment)
    if "://" in address or "/" in address or "\\" in address:
        raise ReferenceProblem(
            "weights must be named by hf://, https://, file:/// or the name of a model card,"
            f" got {text!r}"
        )
    return _card(text.strip(), known_cards() if cards is None else cards)


def inside(file: str) -> bool:
    """Return whether a file's path stays inside its repository and can be typed."""
    steps = file.split("/")
    return file.isprintable() and "\\" not in file and not {"", ".", ".."} & set(steps)


def web_name(url: str) -> str | None:
    """Return the name of the file at an address; None if it is none that is fetched.

    An address is plain and secure: no user, no query, and `http://` only on this computer itself.
    """
    parts = _WEB.fullmatch(url)
    return parts["file"] if parts and inside(parts["path"]) else None


def _web(address: str, fragment: str) -> WebReference:
    name = web_name(address)
    if name is None:
        raise ReferenceProblem(
            "weights on the web are written https://HOST/path/file#sha256=<digest>, without user,"
            f" password or query, got {address!r}; or download the file, and type:"
            " fieldmark models pin FILE"
        )
    return WebReference(address, _digest(fragment, f"fieldmark models pin {name}"))


def _hub(address: str, fragment: str) -> HubReference:
    parts = _HUB.fullmatch(address)
    if parts is None or not inside(parts["file"] or ""):
        raise ReferenceProblem(
            "weights on the hub are written"
            f" hf://ORG/REPO@<commit>/<file>#sha256=<digest>, got {'hf://' + address!r};"
            f" this finds the rest: fieldmark models pin {parts['repo'] if parts else 'ORG/REPO'}"
        )
    pin = _command(parts["repo"], parts["revision"] or "", parts["file"])
    if not _COMMIT.fullmatch(parts["revision"] or ""):
        got = f"got {parts['revision']!r}" if parts["revision"] else "got none"
        raise ReferenceProblem(
            "weights must name one exact version: after '@' write the full commit, 40 digits and"
            f" letters a–f, not a branch such as 'main', which changes without notice ({got});"
            f" this finds it: {pin}"
        )
    digest = _digest(fragment, pin)
    return HubReference(parts["repo"], parts["revision"], parts["file"], digest)


def _command(repo: str, revision: str, file: str) -> str:
    """Return what to type to pin a file of a repository."""
    version = f"@{revision}" if revision and revision.isprintable() else ""
    return f"fieldmark models pin {shlex.quote(f'{repo}{version}/{file}')}"


def _digest(fragment: str, pin: str) -> str:
    key, _, digest = fragment.partition("=")
    if key != "sha256" or not _SHA256.fullmatch(digest):
        raise ReferenceProblem(
            "weights must end in #sha256= and the 64 digits and letters a–f of the file's digest,"
            f" so that a changed file is noticed (got {'#' + fragment if fragment else 'none'!r});"
            f" this finds it: {pin}"
        )
    return digest


def _file(address: str, fragment: str) -> FileReference:
    path = Path(url2pathname(address.removeprefix("file://")))
    if not address.startswith("file:///") or not path.is_absolute() or "\0" in str(path):
        raise ReferenceProblem(
            "a file is named by its full path, as in file:///home/me/model.safetensors,"
            f" got {address!r}; this writes it: fieldmark models pin FILE"
        )
    typed = shlex.quote(str(path)) if str(path).isprintable() else "FILE"
    return FileReference(path, _digest(fragment, f"fieldmark models pin {typed}"))


def _card(name: str, cards: Collection[str]) -> CardReference:
    if name not in cards:
        hint = "" if CARD.fullmatch(name) else " (write small letters, digits, - and .)"
        close = get_close_matches(name, cards, n=1, cutoff=0.6)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise ReferenceProblem(
            f"there is no model card {name!r}{hint}; {meant}to see all: fieldmark models list;"
            " or name a file: file:///full/path#sha256=<digest>"
        )
    return CardReference(name)

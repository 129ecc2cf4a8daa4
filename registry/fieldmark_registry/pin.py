"""Name weights so that they can never change unnoticed: by commit and digest."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.request import url2pathname

from fieldmark_registry.cards import Card, write_card
from fieldmark_registry.digests import md5_of, sha256_of
from fieldmark_registry.licences import Licence, licence_of
from fieldmark_registry.problems import ReferenceProblem, WeightsProblem
from fieldmark_registry.pull import settled
from fieldmark_registry.readme import licence_beside
from fieldmark_registry.references import FileReference, HubReference
from fieldmark_registry.remote import RemoteFile, Repo, weights_in
from fieldmark_registry.weights import Exact, Shelf

_ON_HUB = re.compile(
    r"(hf://|hf-hub:|hf_hub:|https://huggingface\.co/)?(?P<repo>[\w.-]+/[\w.-]+)"
    r"(@(?P<revision>[^/#]+))?(/(?P<file>[^#]+))?(#.*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """An exact version that was found.

    Attributes:
        reference: what to write into a profile.
        size: of the weights, in bytes.
        licence: of the weights.
        card: the card that was named, or that states the digest of the file.
        written: the user's copy of the card, where a pin was written into it.
        newest: where a card names a version already, and the repository has moved on: its newest
            commit; else None.
    """

    reference: Exact
    size: int
    licence: Licence
    card: Card | None = None
    written: Path | None = None
    newest: str | None = None


def pin(shelf: Shelf, what: str) -> Pinned:
    """Return the exact version of weights that are named loosely; weights are not downloaded.

    Args:
        shelf: the weights of this computer.
        what: a card's name; `ORG/NAME[@BRANCH][/FILE]`, with or without `hf-hub:` or `hf://`; or
            a file on this computer. A file that is here wins, then a card.

    Raises:
        ReferenceProblem: if it is nothing of these.
        CardProblem: if the card cannot be used, or its pin cannot be written.
        HubProblem: if the hub does not answer.
        WeightsProblem: if there are no weights, or several.
    """
    text = what.strip()
    path = _local(text)
    if path.is_file() or text.startswith("file://"):
        return _pin_file(shelf, path)
    if text in shelf.cards.names():
        return _pin_card(shelf, shelf.cards.get(text))
    parts = _ON_HUB.fullmatch(text)
    if parts is None:
        raise ReferenceProblem(
            f"{text!r} is neither a file, nor a model card (fieldmark models list), nor a"
            " repository of the hub, written ORG/NAME or ORG/NAME@BRANCH/FILE"
        )
    repo = shelf.hub.look(parts["repo"], parts["revision"])
    file = repo.file(parts["file"]) if parts["file"] else weights_in(repo)
    return _pin_remote(shelf, repo, file)


def _local(text: str) -> Path:
    """Return the path that a text is, if it is one; a reference may have a digest already."""
    if text.startswith("file://"):
        return Path(url2pathname(text.removeprefix("file://").partition("#")[0]))
    return Path(text).expanduser()


def _pin_file(shelf: Shelf, path: Path) -> Pinned:
    try:
        full = path.resolve(strict=True)
        reference = FileReference(full, sha256_of(full))
        size = full.stat().st_size
        card = shelf.cards.of_content(reference.sha256, _md5(shelf, full))
    except OSError as error:
        raise WeightsProblem(
            f"{path} cannot be read: {error.strerror}; name a file of weights"
        ) from error
    if card is None:
        return Pinned(reference, size, licence_of(licence_beside(full)))
    shelf.receipts.record(full, reference.sha256)
    written = None
    if card.url is not None and not card.pinned:
        card = card.model_copy(update={"sha256": reference.sha256, "size": size})
        written = write_card(card, shelf.home / "models")
    return Pinned(reference, size, licence_of(card.licence), card, written)


def _md5(shelf: Shelf, path: Path) -> str | None:
    """Return the MD5 of a file, if a card that has no other digest states one."""
    return md5_of(path) if any(card.md5 for card in shelf.cards.search("")) else None


def _pin_remote(shelf: Shelf, repo: Repo, file: RemoteFile) -> Pinned:
    digest = file.sha256
    if digest is None:  # the hub keeps digests of large files only; this one is small
        digest = sha256_of(shelf.hub.fetch(repo.repo, repo.commit, file.name))
    reference = HubReference(repo.repo, repo.commit, file.name, digest)
    return Pinned(reference, file.size, licence_of(repo.licence))


def _pin_card(shelf: Shelf, card: Card) -> Pinned:
    """Write the newest version into the user's copy of a card; one that is pinned stays."""
    licence = licence_of(card.licence)
    if card.url is not None:
        return _pin_address(card, licence)
    newest = shelf.hub.look(card.place, None if card.pinned else card.revision)
    if card.pinned:
        moved = newest.commit if newest.commit != card.revision else None
        return Pinned(card.reference(), card.size or 0, licence, card, newest=moved)
    found = settled(card, newest)
    written = write_card(found, shelf.home / "models")
    return Pinned(found.reference(), found.size or 0, licence, found, written)


def _pin_address(card: Card, licence: Licence) -> Pinned:
    """Return what a card of an address states: a server keeps no digest that could be asked for."""
    if not card.pinned:
        raise WeightsProblem(
            f"the digest of {card.file} is known only when the file is here; to download it and"
            f" keep its digest: fieldmark models pull {card.name}, or name the file, if you have"
            f" it: fieldmark models pin {card.file}"
        )
    return Pinned(card.reference(), card.size or 0, licence, card)

"""Weights from an address of the web go into the store, once their digests were checked."""

from functools import partial
from pathlib import Path

from fieldmark_registry.cards import Card
from fieldmark_registry.digests import Progress, md5_of, sha256_of
from fieldmark_registry.references import WebReference
from fieldmark_registry.web import WebFile, fetch
from fieldmark_registry.weights import Exact, Shelf


def bring(
    shelf: Shelf,
    file: WebFile,
    card: Card | None,
    reference: Exact | None,
    progress: Progress | None,
) -> WebReference:
    """Download a file into the store, and return the reference to it.

    Args:
        shelf: the weights of this computer.
        file: what the server says of it.
        card: the model card that names it, which may state an MD5.
        reference: to exactly these weights; None where no digest is known before.
        progress: told the bytes so far, the bytes in all and what is done.

    Raises:
        HubProblem: if the download fails, or what came is another file: then it is deleted.
        WeightsProblem: if it cannot be kept.
    """
    sha256 = reference.sha256 if reference else None
    check = partial(_fault, sha256=sha256, md5=card.md5 if card else None)

    def keep(path: Path) -> Path:
        digest = sha256_of(path)
        found = WebReference(file.url, digest)
        drop_damaged(shelf, found)
        return shelf.store.put(path, digest, {"reference": str(found)}, progress=progress).folder

    kept = fetch(shelf.hub, file, shelf.store.folder, check, progress or _quiet, keep)
    return WebReference(file.url, kept.name)


def drop_damaged(shelf: Shelf, reference: Exact) -> None:
    """Make room in fieldmark's own store for what was fetched anew in place of damaged weights."""
    for stored in (shelf.store.find(reference.sha256), shelf.store.converted(reference.sha256)):
        if stored is not None and not shelf.receipts.check(stored.path, stored.sha256):
            shelf.store.remove(stored.sha256)


def _fault(path: Path, *, sha256: str | None, md5: str | None) -> str | None:
    """Return what a file is not, where a digest of the right one is known."""
    for name, digest, expected in (("sha256", sha256_of, sha256), ("MD5", md5_of, md5)):
        if expected is not None and (found := digest(path)) != expected:
            return f"the file that was named (its {name} is {found}, expected {expected})"
    return None


def _quiet(_done: int, _total: int, _what: str) -> None:
    """Tell nobody."""

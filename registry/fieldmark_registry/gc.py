"""What fieldmark keeps on this computer that nothing names any more, and how it is removed.

Three things are fieldmark's own: entries of the store, receipts, and what it fetched itself into
the cache of the Hub. The cache is shared with the user's other tools; so a revision there is
removed only if a receipt says that fieldmark fetched it, and only if it holds nothing else.
"""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fieldmark_registry.cards import Cards
from fieldmark_registry.problems import HubProblem, RegistryProblem, WeightsProblem
from fieldmark_registry.receipts import Receipt
from fieldmark_registry.references import CardReference, HubReference, parse_reference
from fieldmark_registry.store import Store, Stored
from fieldmark_registry.weights import Shelf

if TYPE_CHECKING:
    from huggingface_hub import (
        CachedRepoInfo,
        CachedRevisionInfo,
        DeleteCacheStrategy,
        HFCacheInfo,
    )

_ALONGSIDE = ("config.json", "README.md", "self_test.json")
"""What is fetched with every weights file, and alone is of no use to another tool."""
_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be removed.

    Attributes:
        path: the file or folder.
        size: what removing it frees at least, in bytes.
        what: what it is, in words.
        kind: `stored`, `revision` (of the shared cache), `unfinished` or `receipt`.
    """

    path: Path
    size: int
    what: str
    kind: Literal["stored", "revision", "unfinished", "receipt"]


@dataclass(frozen=True, slots=True)
class _Named:
    """What must stay: digests, commits of repositories, and whole repositories or addresses."""

    digests: frozenset[str]
    commits: frozenset[tuple[str, str]]
    repos: frozenset[str]


def garbage(shelf: Shelf, keep: Collection[str]) -> tuple[Item, ...]:
    """Return what can be removed; nothing is.

    Args:
        shelf: the store, receipts and cache to look through.
        keep: every reference that is still needed, in any of the three forms.

    Raises:
        RegistryProblem: if a reference to keep cannot be understood: then nothing is safe.
    """
    named = _named(keep, shelf.cards)
    receipts = shelf.receipts.all()
    going = [*_stored(shelf.store, named), *_unfinished(shelf.store)]
    doomed = [item.path.resolve() for item in going]
    for item, strategy in _revisions(shelf, [each for _, each in receipts if each], named):
        going.append(item)
        doomed += [*strategy.blobs, *strategy.repos, *strategy.snapshots]
    return *going, *_idle(receipts, doomed)


def collect(items: Sequence[Item]) -> int:
    """Remove things, and return how many bytes were freed at least.

    Raises:
        RegistryProblem: if one cannot be removed; those before it are gone, those after it stay.
    """
    for item in items:
        if item.kind == "revision":
            _forget(item.path)
        elif item.kind == "receipt":
            _unlink(item.path)
        else:
            Store(item.path.parent).discard(item.path)
    return sum(item.size for item in items)


def _named(keep: Collection[str], cards: Cards) -> _Named:
    digests, commits, repos = set(), set(), set()
    for text in keep:
        reference = parse_reference(text, cards.names())
        if isinstance(reference, CardReference):
            card = cards.get(reference.name)
            if not card.pinned:  # whichever version was meant: all of them stay
                repos.add(card.place.casefold())
                continue
            reference = card.reference()
        digests.add(reference.sha256)
        if isinstance(reference, HubReference):
            commits.add((reference.repo.casefold(), reference.revision))
    return _Named(frozenset(digests), frozenset(commits), frozenset(repos))


def _stored(store: Store, named: _Named) -> Iterator[Item]:
    for entry in store.all():
        place = _place(entry.origin.get("reference", ""))
        origins = {entry.sha256, entry.origin.get("converted_from")}
        if origins & named.digests or place in named.repos:
            continue
        yield Item(entry.folder, _size(entry.folder), _called(entry), "stored")


def _place(text: str) -> str:
    """Return the repository or the address of a reference, as `_Named.repos` has it."""
    reference = _hub_reference(text)
    return (reference.repo if reference else text.partition("#")[0]).casefold()


def _called(entry: Stored) -> str:
    origin = entry.origin.get("reference", "a file that was installed")
    how = "converted from" if "converted_from" in entry.origin else "a copy of"
    return f"weights in the store, {how} {origin}"


def _unfinished(store: Store) -> Iterator[Item]:
    """Yield what a killed process left; what is young may belong to one that still runs."""
    for path in store.left_over():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _A_DAY:
                yield Item(path, _size(path), "a copy that was never finished", "unfinished")


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _idle(
    receipts: Sequence[tuple[Path, Receipt | None]], doomed: Sequence[Path]
) -> Iterator[Item]:
    """Yield the receipts that say nothing any more, or nothing once the doomed are gone."""
    for file, receipt in receipts:
        if receipt is None:
            words = "a receipt that cannot be read"
        elif not receipt.agrees():
            words = f"a receipt for a file that is gone or was changed, {receipt.path}"
        elif any(Path(receipt.path).is_relative_to(path) for path in doomed):
            words = f"the receipt of {receipt.path}"
        else:
            continue
        yield Item(file, file.stat().st_size, words, "receipt")


def _revisions(
    shelf: Shelf, receipts: Sequence[Receipt], named: _Named
) -> Iterator[tuple[Item, "DeleteCacheStrategy"]]:
    """Yield the revisions of the shared cache that are fieldmark's and that nothing names."""
    pulled = [receipt for receipt in receipts if receipt.pulled and receipt.agrees()]
    paths = {receipt.path for receipt in pulled}
    digests: dict[tuple[str, str], set[str]] = {}
    for receipt in pulled:
        digests.setdefault(_commit(receipt), set()).add(receipt.sha256)
    for info, repo, revision in _models(shelf.hub.folder) if digests else ():
        key = repo.repo_id.casefold(), revision.commit_hash
        named_too = key in named.commits or key[0] in named.repos
        if key not in digests or named_too or digests[key] & named.digests:
            continue
        strategy = _strategy(info, repo, revision) if _only(revision, paths) else None
        if strategy is not None:
            words = f"{repo.repo_id} at {revision.commit_hash}, which fieldmark fetched"
            size = int(strategy.expected_freed_size)
            yield Item(revision.snapshot_path, size, words, "revision"), strategy


def _commit(receipt: Receipt) -> tuple[str, str]:
    reference = _hub_reference(receipt.reference)
    return (reference.repo.casefold(), reference.revision) if reference else ("", "")


def _hub_reference(text: str) -> HubReference | None:
    with contextlib.suppress(RegistryProblem):
        reference = parse_reference(text, ())
        return reference if isinstance(reference, HubReference) else None
    return None


def _only(revision: "CachedRevisionInfo", paths: Collection[str]) -> bool:
    """Return whether a revision holds only what was pulled, and what comes alongside."""
    return all(
        file.file_name in _ALONGSIDE or str(file.file_path.resolve()) in paths
        for file in revision.files
    )


def _models(
    cache: Path,
) -> Iterator[tuple["HFCacheInfo", "CachedRepoInfo", "CachedRevisionInfo"]]:
    """Yield every revision of every model in a cache of the Hub, in order."""
    info = _scan(cache)
    for repo in sorted(info.repos, key=lambda each: each.repo_path) if info else ():
        if info and repo.repo_type == "model":
            for revision in sorted(repo.revisions, key=lambda each: each.commit_hash):
                yield info, repo, revision


def _scan(cache: Path) -> "HFCacheInfo | None":
    from huggingface_hub import scan_cache_dir

    if not cache.is_dir():
        return None
    try:
        return scan_cache_dir(cache)
    except OSError as error:
        raise HubProblem(f"the cache {cache} cannot be read: {error.strerror}") from error


def _strategy(
    info: "HFCacheInfo", repo: "CachedRepoInfo", revision: "CachedRevisionInfo"
) -> "DeleteCacheStrategy | None":
    """Return how a revision is removed; None while its repository holds anything besides.

    The library picks a revision by its commit alone, which two repositories may share, and removes
    the whole folder of a repository with its last revision, also a download under way in it.
    """
    strategy = replace(info, repos=frozenset({repo})).delete_revisions(revision.commit_hash)
    linked = {file.blob_path for file in revision.files}
    blobs = set((repo.repo_path / "blobs").glob("*"))
    return None if strategy.repos and blobs - linked else strategy


def _forget(snapshot: Path) -> None:
    for info, repo, revision in _models(snapshot.parents[2]):
        if revision.snapshot_path == snapshot:
            strategy = _strategy(info, repo, revision)
            if strategy is not None:
                strategy.execute()
    if snapshot.exists():
        raise HubProblem(
            f"{snapshot} could not be removed: another process uses it, or its folder is read-only;"
            " try again later"
        )


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WeightsProblem(f"{path} cannot be removed: {error.strerror}") from error

"""The index over a gallery: kept in the cache, grown and shrunk as the gallery changes.

Each saved index lies in a folder named after its content and is never changed there; a new one is
written beside it and renamed into place. So a kill leaves the old one, two processes cannot mix
theirs, and deleting the cache loses nothing but time.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from fieldmark.cache import FeatureCache
from fieldmark.components import Index, Matcher
from fieldmark.errors import UserError
from fieldmark.jobs import Progress
from fieldmark.pipeline.recipe import Recipe
from fieldmark.types import Features, SetAside

BATCH = 256
"""Annotations whose features are held in memory at once while an index grows."""
MANIFEST = "manifest.json"


def open_index(
    matcher: Matcher, recipe: Recipe, cache: Path, keys: Mapping[int, str], progress: Progress
) -> Index:
    """Return an index over exactly the annotations in `keys` (annotation → feature key)."""
    shelf = cache / "index" / recipe.fingerprint[:16]
    place = shelf / _digest(keys)
    index, known = _nearest(matcher, shelf, place)
    gone = [number for number, key in known.items() if keys.get(number) != key]
    new = sorted(number for number, key in keys.items() if known.get(number) != key)
    if not gone and not new and known:
        return index
    index.remove(gone)
    _grow(index, new, keys, FeatureCache(cache), progress)
    _save(index, keys, shelf, place)
    return index


def _grow(
    index: Index,
    new: Sequence[int],
    keys: Mapping[int, str],
    cache: FeatureCache,
    progress: Progress,
) -> None:
    done = 0
    for batch in batches(new, BATCH):
        found = {number: cache.read(keys[number]) for number in batch}
        index.add(*_usable(found))
        done += len(batch)
        progress(done, len(new), "index")


def _usable(found: Mapping[int, Features | SetAside | None]) -> tuple[list[int], list[Features]]:
    usable = {
        number: features
        for number, features in found.items()
        if features is not None and not isinstance(features, SetAside)
    }
    return list(usable), list(usable.values())


def _nearest(matcher: Matcher, shelf: Path, place: Path) -> tuple[Index, dict[int, str]]:
    """Return the saved index to start from, and what is in it: the right one, or the newest."""
    others = sorted(shelf.glob("*/" + MANIFEST), key=_age, reverse=True)
    for folder in (place, *(manifest.parent for manifest in others)):
        try:
            known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            return matcher.load(folder), {int(number): key for number, key in known.items()}
        except (OSError, ValueError, UserError):
            continue  # deleted or damaged: any other, or a new one, serves as well
    return matcher.index(), {}


def _save(index: Index, keys: Mapping[int, str], shelf: Path, place: Path) -> None:
    shelf.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=shelf, prefix=".draft-"))
    try:
        index.save(draft)
        manifest = json.dumps({str(number): key for number, key in sorted(keys.items())})
        (draft / MANIFEST).write_text(manifest, encoding="utf-8")
        if not place.exists():
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _sweep(shelf, keep=place)


def _sweep(shelf: Path, keep: Path) -> None:
    for folder in shelf.iterdir():
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)


def _digest(keys: Mapping[int, str]) -> str:
    text = "\n".join(f"{number} {key}" for number, key in sorted(keys.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # swept by another process meanwhile
        return 0.0


def batches(items: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield the items in lists of at most `size`."""
    queue = iter(items)
    while batch := list(islice(queue, size)):
        yield batch

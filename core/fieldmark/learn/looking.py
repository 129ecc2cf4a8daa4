"""Opening every photo once before a training: which are damaged, and which are alike."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from fieldmark.errors import PhotoError
from fieldmark.files import sha256, write_text
from fieldmark.images import open_photo, probe
from fieldmark.jobs import Progress
from fieldmark.learn.hashes import perceptual_hash
from fieldmark.learn.rows import Row
from fieldmark.training import Sample
from fieldmark.types import Box

LONGEST = 512
"""Pixels at which a photo is opened for its hash."""
_KEPT_EVERY = 2000
"""Photos after which the cache is written."""


@dataclass(frozen=True)
class Entry:
    """One row whose photo was opened.

    Attributes:
        sha256: of the photo.
        hash: perceptual, of the animal's box.
    """

    row: Row
    sample: Sample
    sha256: str
    hash: int


Rejected: TypeAlias = tuple[str, str]


def look(
    rows: Sequence[Row], workers: int, cache: Path | None, progress: Progress
) -> tuple[list[Entry], list[Rejected]]:
    """Open every photo; return what can be learnt from, in order, and what cannot, with reasons.

    Args:
        rows: what the data tell.
        workers: threads; decoding lets other threads run.
        cache: a file that remembers what was seen; None: nothing is written.
        progress: told how far it is.
    """
    known = _read(cache)
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    with ThreadPoolExecutor(workers) as pool:
        for done, (row, seen) in enumerate(
            zip(rows, pool.map(lambda row: _seen(row, known), rows), strict=True), start=1
        ):
            if isinstance(seen, str):
                rejected.append((row.shown, seen))
            else:
                entries.append(_entry(row, seen))
            if cache is not None and (done % _KEPT_EVERY == 0 or done == len(rows)):
                _keep(cache, known)
            progress(done, len(rows), "photos checked")
    return entries, rejected


def _read(cache: Path | None) -> dict[str, Any]:
    if cache is None:
        return {}
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _keep(cache: Path, known: Mapping[str, Any]) -> None:
    with suppress(OSError):  # without it the photos are only looked at once more
        write_text(cache, json.dumps(dict(known)))


def _entry(row: Row, seen: Sequence[Any]) -> Entry:
    digest, box, bits = seen
    sample = Sample(
        row.photo, row.individual, row.species, Box(*box), row.side, row.encounter, row.mask
    )
    return Entry(row, sample, digest, int(bits, 16))


def _seen(row: Row, known: dict[str, Any]) -> Sequence[Any] | str:
    """Return digest, box and hash of a row, or why it cannot be used."""
    try:
        status = row.photo.stat()
        key = f"{row.photo}|{status.st_size}|{status.st_mtime_ns}|{row.box}"
        if key not in known:
            known[key] = _examined(row)
    except PhotoError as error:
        return str(error)
    except FileNotFoundError:
        return "there is no such file; check the path"
    except OSError as error:
        return f"the file cannot be read ({error.strerror})"
    except ValueError as error:
        return str(error)
    found: Sequence[Any] = known[key]
    return found


def _examined(row: Row) -> Sequence[Any]:
    info = probe(row.photo)
    box = _box(row, info.width, info.height)
    small = open_photo(row.photo, LONGEST)
    left, top, right, bottom = box.pixels(small.shape[1], small.shape[0])
    bits = perceptual_hash(small[top:bottom, left:right])
    return [sha256(row.photo), [box.x, box.y, box.w, box.h], f"{bits:016x}"]


def _box(row: Row, width: int, height: int) -> Box:
    if isinstance(row.box, Box):
        return row.box
    box, _clipped = row.box.in_photo(width, height)
    if box is None:
        raise ValueError(f"the box lies outside the photo of {width} × {height} pixels")
    return box


def counted(entries: Sequence[Entry]) -> Iterator[tuple[str, int]]:
    """Yield each individual and how many photos it has, by name."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.sample.individual] = counts.get(entry.sample.individual, 0) + 1
    yield from sorted(counts.items())

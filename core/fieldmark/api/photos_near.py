"""Finding photos that nearly repeat an earlier one, among many.

Two steps. Photos whose perceptual hashes differ in few bits are looked for with the pigeonhole
principle: hashes that differ in at most `NEAR` bits, cut into `NEAR` + 1 bands, agree in at least
one. Whether they are the same picture is then decided on thumbnails: a burst has the hash of its
scene in common, but its animal moved. The limits were chosen by measurement; see docs/photos.md.

A photo is only compared with photos that repeat none themselves, so that ten thousand frames of
one empty scene cost no more than ten thousand different ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids

Hashes: TypeAlias = NDArray[np.uint64]
Looks: TypeAlias = NDArray[np.uint8]
Load: TypeAlias = Callable[[Sequence[int]], Mapping[int, Looks]]
"""Gives the thumbnails of the photos at some places; those that cannot be had are left out."""

NEAR = 6
"""Bits of 64 in which the hashes of near-duplicates may differ."""
ALIKE = 0.99
"""The least correlation of the thumbnails of near-duplicates."""
LOCAL = 1.0
"""Standard deviations of the thumbnail; how far near-duplicates may differ in any one cell."""
FLAT = 2.0
"""Grey levels; a thumbnail that varies less (a covered lens, a black frame) is like nothing."""

BLOCK = 1_000
"""Photos that are looked up at once."""
_PAIRS = 2_000_000  # compared at once; bounds the memory

_BITS = np.array([value.bit_count() for value in range(1 << 16)], np.uint8)
_EDGES = [64 * band // (NEAR + 1) for band in range(NEAR + 2)]
_BANDS = [(np.uint64(low), np.uint64((1 << (high - low)) - 1)) for low, high in pairwise(_EDGES)]


def near_duplicates(
    hashes: Sequence[int], load: Load, compared: Callable[[int], None] = lambda _done: None
) -> dict[int, int]:
    """Return for each photo that nearly repeats an earlier one the place of the earliest such.

    That one repeats none itself. Places count from 0 in the order of `hashes` (64 bits each).

    Args:
        hashes: perceptual hashes.
        load: gives the thumbnails at some places.
        compared: told how many photos are done.
    """
    values = np.array(hashes, np.uint64)
    firsts = np.ones(len(values), np.bool_)
    found: dict[int, int] = {}
    for start in range(0, len(values), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(values)), dtype=np.int64)
        known = np.flatnonzero(firsts[: block[-1] + 1])
        near = _by_later(*_near_pairs(values, block, known))
        looks = _Looks(near, load)
        for later, earlier in near.items():
            same = looks.first_alike(later, earlier[firsts[earlier]])
            if same is not None:
                found[later] = same
                firsts[later] = False
        compared(int(block[-1]) + 1)
    return found


def differing_bits(one: Hashes, other: Hashes) -> NDArray[np.int64]:
    """Return in how many bits the hashes differ, pair by pair."""
    bits = one ^ other
    if hasattr(np, "bitwise_count"):  # since NumPy 2
        return np.asarray(np.bitwise_count(bits), np.int64)
    parts = (_BITS[(bits >> np.uint64(shift)) & np.uint64(0xFFFF)] for shift in (0, 16, 32, 48))
    return np.asarray(np.sum([part.astype(np.int64) for part in parts], axis=0), np.int64)


class _Looks:
    """The thumbnails of the photos that are near another."""

    def __init__(self, near: Mapping[int, Ids], load: Load) -> None:
        found = load(sorted({*near, *(one for them in near.values() for one in them.tolist())}))
        self._rows = {place: row for row, place in enumerate(found)}
        looks = [look.ravel() for look in found.values()]
        self._looks = np.stack(looks) if looks else np.empty((0, 1), np.uint8)

    def first_alike(self, later: int, earlier: Ids) -> int | None:
        """Return the first of `earlier` that is the same picture."""
        known = [one for one in earlier.tolist() if one in self._rows]
        if not known or later not in self._rows:
            return None
        rows = [self._rows[one] for one in known]
        same = alike(self._looks[self._rows[later]], self._looks[rows])
        return known[int(np.argmax(same))] if same.any() else None


def alike(one: Looks, others: Looks) -> NDArray[np.bool_]:
    """Return which thumbnails (n × cells, uint8) show the same picture as `one` (cells)."""
    mine, rest = _standardised(one[None])[0], _standardised(others)
    correlation = rest @ mine / len(mine)
    farthest = np.abs(rest - mine).max(axis=1)
    return np.asarray((correlation >= ALIKE) & (farthest <= LOCAL), np.bool_)


def _standardised(looks: Looks) -> Floats:
    """Return thumbnails with mean 0 and deviation 1; all zeros where there is nothing on one."""
    values = looks.astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    spread = values.std(axis=1, keepdims=True)
    return np.asarray(np.where(spread < FLAT, 0, values / np.maximum(spread, FLAT)), np.float32)


def _by_later(later: Ids, earlier: Ids) -> dict[int, Ids]:
    """Return the earlier places of each later one, both in ascending order."""
    if not len(later):
        return {}
    order = np.lexsort((earlier, later))
    values, starts = np.unique(later[order], return_index=True)
    return dict(zip(values.tolist(), np.split(earlier[order], starts[1:]), strict=True))


def _near_pairs(hashes: Hashes, block: Ids, known: Ids) -> tuple[Ids, Ids]:
    """Return (later, earlier), once each, for the pairs of block and known with near hashes."""
    nothing = np.empty((2, 0), np.int64)
    pairs = (one for band in range(len(_BANDS)) for one in _within(band, hashes, block, known))
    later, earlier = np.concatenate([nothing, *pairs], axis=1)
    return later, earlier


def _within(band: int, hashes: Hashes, block: Ids, known: Ids) -> Iterator[Ids]:
    """Yield the near pairs that agree in a band, and in none before it, as arrays of 2 × n."""
    keys = _key(hashes[known], band)
    order = np.argsort(keys, kind="stable")
    shelf, keys = known[order], keys[order]
    asked = _key(hashes[block], band)
    starts, ends = np.searchsorted(keys, asked, "left"), np.searchsorted(keys, asked, "right")
    for part in _parts(ends - starts):
        counts = (ends - starts)[part]
        later = np.repeat(block[part], counts)
        offsets = np.arange(len(later)) - np.repeat(np.cumsum(counts) - counts, counts)
        earlier = shelf[np.repeat(starts[part], counts) + offsets]
        near = differing_bits(hashes[later], hashes[earlier]) <= NEAR
        near &= earlier < later
        later, earlier = later[near], earlier[near]
        new = _first_agreement(hashes[later] ^ hashes[earlier], band)
        yield np.stack([later[new], earlier[new]])


def _key(hashes: Hashes, band: int) -> NDArray[np.uint16]:
    shift, mask = _BANDS[band]
    return ((hashes >> shift) & mask).astype(np.uint16)


def _first_agreement(differing: Hashes, band: int) -> NDArray[np.bool_]:
    """Return which pairs agree in no band before this one, where they were found already."""
    new = np.ones(len(differing), np.bool_)
    for shift, mask in _BANDS[:band]:
        new &= (differing >> shift) & mask != 0
    return new


def _parts(counts: Ids) -> Iterator[slice]:
    """Yield slices with at most `_PAIRS` pairs each, or one photo that has more."""
    start, total = 0, 0
    for place, count in enumerate(counts.tolist()):
        if total and total + count > _PAIRS:
            yield slice(start, place)
            start, total = place, 0
        total += count
    yield slice(start, len(counts))

"""Nearest descriptors, by FAISS: exact while the gallery is small, inverted lists above.

Rows are numbered in the order they were added. RootSIFT of uint8 is stored as it is, one byte for
each of its 128 numbers (`QT_8bit_direct`), so that quantisation costs no accuracy; a product
quantiser stores less and is approximate. Inverted lists (Sivic and Zisserman, ICCV 2003; Jégou,
Douze and Schmid, PAMI 2011) look only at the lists nearest to a query, whose number and length both
grow with the square root of the gallery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Descriptors, Floats, Ids

faiss: Any = import_module("faiss")  # some versions have type hints, incomplete ones

_BLOCK = 65536
"""Rows decoded at a time, so that moving an index needs little memory beside it."""
_SAMPLE = 40
"""Training rows for each list and for each of a product quantiser's 256 centres; FAISS warns
below 39."""
_FEWEST = _SAMPLE * 256
"""Rows below which there is too little to train on, and every search is exact."""
_REGROW = 4
"""The lists are made anew when the gallery is this many times as large as at their making."""


@dataclass(frozen=True)
class Storage:
    """How descriptors are kept.

    Attributes:
        exact_up_to: rows up to which every search looks at all of them, at least 10,240.
        probes: lists looked at above that.
        pq_bytes: bytes for each descriptor in lists, by product quantisation; None: as they are.
    """

    exact_up_to: int
    probes: int
    pq_bytes: int | None


class Neighbours:
    """A growing set of descriptors that finds the nearest ones.

    Args:
        storage: how descriptors are kept.
        dimensions: length of a descriptor.
        whole: whether descriptors are uint8; else float32.
    """

    def __init__(self, storage: Storage, dimensions: int, *, whole: bool) -> None:
        self._storage = storage
        self._dimensions = dimensions
        self.whole = whole
        self._lists_for = 0
        self._index: Any = self._exact()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """The length of a descriptor."""
        return self._dimensions

    def add(self, parts: Sequence[Descriptors]) -> None:
        """Add rows, each part (n, d); they get the next numbers."""
        if parts:
            self._index.add(np.concatenate([_floats(part) for part in parts]))
        limit = max(self._storage.exact_up_to, _REGROW * self._lists_for, _FEWEST)
        if len(self) > limit:
            self._index = self._with_lists()
            self._lists_for = len(self)

    def search(
        self, descriptors: Descriptors, allowed: NDArray[np.bool_], m: int
    ) -> tuple[Floats, Ids]:
        """Return the m nearest allowed rows of each of n descriptors.

        Args:
            descriptors: (n, d).
            allowed: for each row whether it may be found.
            m: how many.

        Returns:
            Squared distances (n, m), ascending, infinity where there are fewer; and rows (n, m),
            −1 there.
        """
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        parameters = self._parameters(selector)
        search = _own(self._index, "search")
        distances, rows = search(_floats(descriptors), m, params=parameters)
        # Adding zero turns −0 into 0; distances are sums of squares but for rounding.
        squared = np.where(rows >= 0, np.maximum(distances, 0), np.inf).astype(np.float32)
        return squared / np.float32(512**2 if self.whole else 1), rows

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Drop the other rows; those kept are numbered anew, in their order."""
        gone = np.flatnonzero(~kept).astype(np.int64)
        self._index.remove_ids(gone)
        if self._lists_for:
            _renumber(self._index.invlists, np.cumsum(kept) - 1)

    def to_bytes(self) -> NDArray[np.uint8]:
        """Return the index as FAISS writes it: (n,) uint8."""
        return np.asarray(faiss.serialize_index(self._index), np.uint8)

    def from_bytes(self, content: NDArray[np.uint8], lists_for: int) -> None:
        """Take over an index that `to_bytes` wrote.

        Raises:
            ValueError: if it is not one, or of another kind.
        """
        try:
            index = faiss.deserialize_index(content)
        except RuntimeError as error:
            raise ValueError(f"FAISS cannot read the index: {error}") from error
        if index.d != self._dimensions:
            raise ValueError(f"expected descriptors of {self._dimensions}, got {index.d}")
        self._index, self._lists_for = index, lists_for

    @property
    def lists_for(self) -> int:
        """How many rows there were when the lists were made; 0 while every search is exact."""
        return self._lists_for

    def _parameters(self, selector: Any) -> Any:  # noqa: ANN401 -- FAISS has no types
        if self._lists_for:
            return faiss.SearchParametersIVF(sel=selector, nprobe=self._storage.probes)
        return faiss.SearchParameters(sel=selector)

    def _exact(self) -> Any:  # noqa: ANN401 -- FAISS has no types
        if not self.whole:
            return faiss.IndexFlatL2(self._dimensions)
        return faiss.IndexScalarQuantizer(
            self._dimensions, faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2
        )

    def _with_lists(self) -> Any:  # noqa: ANN401 -- FAISS has no types
        """Return the same rows in inverted lists, √n of them times two."""
        count = max(int(2 * np.sqrt(len(self))), 1)
        lists = self._empty_lists(count)
        lists.train(self._sample(max(count * _SAMPLE, _FEWEST)))
        for start in range(0, len(self), _BLOCK):
            lists.add(self._rows(start, start + _BLOCK))
        return lists

    def _empty_lists(self, count: int) -> Any:  # noqa: ANN401 -- FAISS has no types
        centres, d = faiss.IndexFlatL2(self._dimensions), self._dimensions
        if self._storage.pq_bytes is not None:
            index = faiss.IndexIVFPQ(centres, d, count, self._storage.pq_bytes, 8)
        elif self.whole:
            kind = faiss.ScalarQuantizer.QT_8bit_direct
            index = faiss.IndexIVFScalarQuantizer(centres, d, count, kind, faiss.METRIC_L2, False)
        else:
            index = faiss.IndexIVFFlat(centres, d, count)
        index.cp.niter = 6
        index.cp.seed = 0
        return index

    def _sample(self, size: int) -> Floats:
        """Return rows spread evenly over the gallery, about `size` of them."""
        step = max(len(self) // size, 1)
        starts = range(0, len(self), _BLOCK)
        # A slice alone would keep every decoded block in memory.
        return np.concatenate(
            [self._rows(start, start + _BLOCK)[::step].copy() for start in starts]
        )

    def _rows(self, start: int, stop: int) -> Floats:
        reconstruct = _own(self._index, "reconstruct_n")
        rows: Floats = reconstruct(start, min(stop, len(self)) - start)
        return rows


def _own(index: Any, name: str) -> Any:  # noqa: ANN401 -- FAISS has no types
    """Return FAISS's own method for numpy arrays.

    Libraries for metric learning replace some methods by ones for torch tensors, for every index
    of the process; FAISS's own are then kept under another name.
    """
    return getattr(index, f"{name}_numpy", None) or getattr(index, name)


def _floats(descriptors: Descriptors) -> Floats:
    return np.ascontiguousarray(descriptors, np.float32)


def _renumber(lists: Any, numbers: Ids) -> None:  # noqa: ANN401 -- FAISS has no types
    for i in range(lists.nlist):
        size = lists.list_size(i)
        if size:
            ids = faiss.rev_swig_ptr(lists.get_ids(i), size)
            ids[:] = numbers[ids]

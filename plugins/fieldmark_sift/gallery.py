"""The keypoints and descriptors of a gallery, kept in step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import Descriptors, Floats, Ids, Keypoints
from fieldmark_sift.neighbours import Neighbours, Storage
from fieldmark_sift.rows import Rows, step
from fieldmark_sift.verify import Places

_DEAD = 0.2
"""Share of removed rows above which they are dropped; until then they are only not allowed."""
_REMOVED = np.iinfo(np.int64).min
"""The owner of a removed row."""


@dataclass(frozen=True)
class Slots:
    """The annotations in ascending order of their number, and whose each row is.

    Attributes:
        ids: (s,) int64.
        steps: (s, 2), see `fieldmark_sift.rows.step`.
        of_row: (n,) int64, the place in `ids`; −1 for a removed row.
    """

    ids: Ids
    steps: Floats
    of_row: Ids

    @classmethod
    def of(cls, steps: Mapping[int, Floats], owner: Ids) -> Self:
        """Sort annotations and find their rows."""
        ids = np.array(sorted(steps), np.int64)
        ordered = np.array([steps[annotation] for annotation in ids.tolist()], np.float32)
        places = np.where(owner == _REMOVED, -1, np.searchsorted(ids, owner))
        return cls(ids, ordered.reshape(-1, 2), places.astype(np.int64))


class Gallery:
    """Annotations (slots) and their keypoints (rows).

    Args:
        storage: how descriptors are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._steps: dict[int, Floats] = {}
        self._neighbours: Neighbours | None = None
        self._parts = [Rows.empty()]
        self._slots: Slots | None = None

    @property
    def rows(self) -> Rows:
        """All keypoints, those of removed annotations among them."""
        # Joined when they are read, because a gallery is added in many small parts.
        if len(self._parts) > 1:
            self._parts = [Rows.join(self._parts)]
        return self._parts[0]

    @property
    def slots(self) -> Slots:
        """The annotations, ascending, and whose each row is."""
        if self._slots is None:
            self._slots = Slots.of(self._steps, self.rows.owner)
        return self._slots

    def add(self, ids: Sequence[int], keypoints: Sequence[Keypoints]) -> None:
        """Add annotations; one that is there already is replaced.

        Raises:
            UserError: if descriptors differ in kind or length; nothing is added then.
        """
        new = dict(zip(ids, keypoints, strict=True))
        descriptors = [points.descriptors for points in new.values() if len(points)]
        store = self._store_for(descriptors)
        self.remove(new)
        if store is not None:
            store.add(descriptors)
        self._parts += [Rows.of(annotation, points) for annotation, points in new.items()]
        self._steps |= {annotation: step(points) for annotation, points in new.items()}
        self._slots = None

    def remove(self, ids: Iterable[int]) -> None:
        """Remove annotations, if they are there."""
        gone = [annotation for annotation in ids if self._steps.pop(annotation, None) is not None]
        if not gone:
            return
        owner = np.where(np.isin(self.rows.owner, gone), _REMOVED, self.rows.owner)
        self._parts = [replace(self.rows, owner=owner)]
        self._slots = None
        if np.count_nonzero(owner == _REMOVED) > _DEAD * len(owner):
            self._drop_removed()

    def slot(self, annotation: int) -> int:
        """Return an annotation's place.

        Raises:
            KeyError: if it is not here.
        """
        if annotation not in self._steps:
            raise KeyError(annotation)
        return int(np.searchsorted(self.slots.ids, annotation))

    def search(self, points: Keypoints, allowed: NDArray[np.bool_], m: int) -> tuple[Floats, Ids]:
        """Return the m nearest rows of allowed annotations for each of n keypoints.

        Args:
            points: the query.
            allowed: for each annotation whether its rows may be found.
            m: how many.

        Returns:
            Squared distances (n, m), ascending, infinity where there are fewer; and rows (n, m),
            −1 there. Nothing, (0, m), when there is nothing to search with or in.
        """
        nothing = np.empty((0, m), np.float32), np.empty((0, m), np.int64)
        if not len(points) or not allowed.any():
            return nothing
        store = self._store_for([points.descriptors])
        of_slot = np.append(allowed, np.False_)  # the last place, −1, is that of removed rows
        return (
            nothing
            if store is None
            else store.search(points.descriptors, of_slot[self.slots.of_row], m)
        )

    def places(self, rows: Ids) -> Places:
        """Return where some rows lie in their animals' boxes."""
        return self.rows.places(rows, self.slots.steps[self.slots.of_row[rows]])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as named arrays; removed rows are dropped first."""
        self._drop_removed()
        slots = self.slots
        arrays: dict[str, NDArray[Any]] = {
            "ids": slots.ids,
            "steps": slots.steps,
            **self.rows.to_arrays(),
        }
        if self._neighbours is not None:
            made = self._neighbours
            kind = np.array([made.dimensions, made.whole, made.lists_for], np.int64)
            arrays |= {"kind": kind, "index": made.to_bytes()}
        return arrays

    @classmethod
    def from_arrays(cls, storage: Storage, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the gallery that `to_arrays` gave.

        Raises:
            KeyError: if an array is missing.
            ValueError: if the arrays do not belong together.
        """
        gallery = cls(storage)
        gallery._parts = [Rows.from_arrays(arrays)]
        gallery._steps = dict(zip(arrays["ids"].tolist(), arrays["steps"], strict=True))
        if "index" in arrays:
            dimensions, whole, lists_for = arrays["kind"].tolist()
            made = Neighbours(storage, dimensions, whole=bool(whole))
            made.from_bytes(arrays["index"], lists_for)
            gallery._neighbours = made
        stored = len(gallery._neighbours) if gallery._neighbours else 0
        if len(gallery.rows) != stored:
            raise ValueError(f"expected {len(gallery.rows)} descriptors, got {stored}")
        return gallery

    def _store_for(self, descriptors: Sequence[Descriptors]) -> Neighbours | None:
        """Return the store for descriptors of this kind; the first decide the kind."""
        kinds = {(part.shape[1], part.dtype == np.uint8) for part in descriptors}
        if self._neighbours is None and len(kinds) == 1:
            ((dimensions, whole),) = kinds
            self._neighbours = Neighbours(self._storage, dimensions, whole=whole)
        made = self._neighbours
        if kinds and (made is None or kinds != {(made.dimensions, made.whole)}):
            raise UserError(
                "descriptors differ in length or type from those in the index;"
                " use one embedder for the whole gallery and the query"
            )
        return made

    def _drop_removed(self) -> None:
        kept = self.rows.owner != _REMOVED
        if self._neighbours is not None and not kept.all():
            self._neighbours.keep(kept)
            self._parts = [self.rows.at(kept)]
            self._slots = None

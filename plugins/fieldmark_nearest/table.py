"""The gallery's vectors as one matrix, in the order of the annotations' numbers; and on disk."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from fieldmark.errors import UserError
from fieldmark.files import replacing
from fieldmark.types import Features, Floats, Ids, Vector

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Table:
    """Annotations and their vectors.

    Attributes:
        ids: (n,) int64, ascending, each once.
        values: (n, d) float32; (0, 0) where there is nothing.

    Raises:
        ValueError: if they do not fit each other.
    """

    ids: Ids
    values: Floats

    def __post_init__(self) -> None:
        typed = self.ids.dtype == np.int64 and self.values.dtype == np.float32
        shaped = self.ids.ndim == 1 and self.values.ndim == 2
        if not (typed and shaped and len(self.ids) == len(self.values)):
            raise ValueError("expected ids (n,) of int64 and vectors (n, d) of float32")
        if (np.diff(self.ids) <= 0).any():
            raise ValueError("expected ids in ascending order")

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def empty(cls) -> Self:
        """Return a table of nothing."""
        return cls(np.empty(0, np.int64), np.empty((0, 0), np.float32))

    def without(self, gone: Sequence[int]) -> "Table":
        """Return the table without some annotations."""
        kept = ~np.isin(self.ids, np.array(list(gone), np.int64))
        return Table(self.ids[kept], self.values[kept]) if kept.any() else Table.empty()

    def joined(self, new: Mapping[int, Floats]) -> "Table":
        """Return the table with further annotations; those that are there are replaced."""
        if not new:
            return self
        rest = self.without(list(new))
        ids = np.concatenate([rest.ids, np.array(list(new), np.int64)])
        fresh = np.stack(list(new.values()))
        values = np.concatenate([rest.values, fresh]) if len(rest) else fresh
        order = np.argsort(ids, kind="stable")
        return Table(ids[order], values[order])

    def write(self, path: Path) -> None:
        """Write the table, so that a kill at any moment leaves the old file or the new one."""
        with replacing(path) as file:
            np.savez(file, allow_pickle=False, ids=self.ids, values=self.values)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the table that `write` wrote.

        Raises:
            UserError: if the file is missing or damaged; every byte is checked (CRC of the
                archive).
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return cls(archive["ids"], archive["values"])
        except _DAMAGED as error:
            raise UserError(
                f"{path} holds no index that can be read; delete it and search again"
            ) from error


def vector(features: Features, length: int | None) -> Floats:
    """Return the numbers of a vector: (d,) float32.

    Args:
        features: what an embedder made.
        length: what d must be; None: anything.

    Raises:
        UserError: if it is no vector, has another length, or holds NaN or infinity.
    """
    if not isinstance(features, Vector):
        raise UserError(
            "nearest compares vectors, got keypoints; use an embedder that emits vectors"
        )
    values = features.values
    if length is not None and len(values) != length:
        raise UserError(
            f"nearest compares vectors of one length, got {len(values)} numbers beside {length};"
            " make the features of query and gallery with the same embedder and weights"
        )
    if not np.isfinite(values).all():
        raise UserError("nearest compares numbers, got a vector with NaN or infinity in it")
    return values

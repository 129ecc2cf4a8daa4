"""What all metrics take, and how it is checked and worked through in blocks of rows.

`values` (q, m) float32: what a pipeline says of each query and column, higher = more alike. NaN:
the pair may not be compared; it counts nowhere. −inf: compared, and nothing alike. `owners` (m,):
the individual of each column, repeats allowed. `truth` (q,): the individual of each query.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids

Floats64: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Keys: TypeAlias = NDArray[np.uint64]

CELLS = 1 << 18
"""Cells of a block. Its arrays (about 40 bytes a cell, 10 MiB) then stay near the processor, and
the extra memory does not grow with the table."""


def check(values: NDArray[np.floating], owners: Ids, truth: Ids) -> None:
    """Refuse what does not fit together.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    shape = len(truth), len(owners)
    if values.shape != shape:
        raise ValueError(f"expected values {shape}, got {values.shape}")
    if values.dtype != np.float32:
        raise ValueError(f"expected values of float32, got {values.dtype}")


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Yield the rows of a table a few at a time: at most `CELLS` cells, at least one row."""
    step = max(1, CELLS // max(columns, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


NOT_COMPARED = np.uint64(0xFFFFFFFF << 32)
"""Keys from here on are pairs that may not be compared."""


def keys(values: Floats) -> Keys:
    """Return numbers whose ascending order is the order of the columns, the best first.

    The upper 32 bits are the value, turned so that a higher one is a smaller number (the bits of a
    float of IEEE 754 are in its order once the sign is settled). The next 31 are the column: so no
    two are equal, and of equal values the earlier column comes first. The lowest bit is free.
    """
    bits = (values + np.float32(0)).view(np.uint32)  # −0 is 0
    negative = bits >> np.uint32(31) != 0
    falling = np.where(negative, bits, bits ^ np.uint32(0x7FFFFFFF))
    falling[np.isnan(values)] = 0xFFFFFFFF
    columns = np.arange(values.shape[1], dtype=np.uint64) << np.uint64(1)
    return (falling.astype(np.uint64) << np.uint64(32)) | columns

"""What one matcher said of every query and every individual of a gallery."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids


@dataclass(frozen=True)
class Scores:
    """A table of scores: q queries × m columns.

    A column is an individual of the gallery, numbered as `Rules.individuals` does it (negative:
    nobody has named it yet); or, where each photo stands for itself, one gallery annotation.

    Attributes:
        queries: (q,) annotation numbers, in any order, each once.
        columns: (m,) numbers of the individuals, ascending, each once.
        values: (q, m) float32, higher = more alike. NaN: the pair may not be compared (own
            encounter, incomparable side, known to differ). −inf: compared, and nothing alike.
        best: (q, m) int64: the gallery annotation that speaks most for the column; 0 where the
            value is not finite. None: the columns are annotations themselves.

    Raises:
        ValueError: if the shapes or types do not fit one another.
    """

    queries: Ids
    columns: Ids
    values: Floats
    best: Ids | None = None

    def __post_init__(self) -> None:
        shape = len(self.queries), len(self.columns)
        if self.values.shape != shape or self.values.dtype != np.float32:
            got = f"{self.values.shape} of {self.values.dtype}"
            raise ValueError(f"expected scores {shape} of float32, got {got}")
        if self.best is not None and self.best.shape != shape:
            raise ValueError(f"expected the best annotations {shape}, got {self.best.shape}")

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """Which pairs may be compared: (q, m)."""
        return ~np.isnan(self.values)

    def right(self, truth: Ids) -> NDArray[np.bool_]:
        """Return which pairs are the same individual and may be compared: (q, m).

        Args:
            truth: (q,) the number of each query's individual.
        """
        return np.asarray((self.columns == truth[:, None]) & self.comparable, np.bool_)

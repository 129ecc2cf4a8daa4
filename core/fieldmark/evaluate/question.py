"""What was asked of a pipeline, and who is right."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.split import Split
from fieldmark.types import Ids


@dataclass(frozen=True)
class Question:
    """A split of some animals."""

    animals: Animals
    split: Split

    @cached_property
    def truth(self) -> Ids:
        """The individual of each query: (q,)."""
        return self.animals.individuals(self.split.queries.tolist())

    @cached_property
    def enrolled(self) -> Ids:
        """The individuals of the gallery, ascending: the columns of every table."""
        return self.split.enrolled(self.animals)

    @cached_property
    def owners(self) -> Ids:
        """The individual of each annotation of the gallery: (g,)."""
        return self.animals.individuals(self.split.gallery.tolist())

    @property
    def new(self) -> NDArray[np.bool_]:
        """Which queries are of individuals that are not in the gallery: (q,)."""
        return ~np.isin(self.truth, self.enrolled)

    def answerable(self, scores: Scores) -> NDArray[np.bool_]:
        """Which queries have their individual among what they may be compared with: (q,)."""
        return np.asarray(scores.right(self.truth).any(axis=1), np.bool_)

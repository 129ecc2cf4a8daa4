"""Who is in the gallery, who asks, and what must not be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fieldmark.components import Rules
from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.barriers import SplitRules
from fieldmark.rules import SideRule
from fieldmark.types import Ids


@dataclass(frozen=True)
class Split:
    """One way to ask.

    An annotation may be on both sides: it then asks all the others (never itself).

    Attributes:
        protocol: its name, as in `fieldmark compare --protocol`.
        seed: what it was drawn with; None: nothing was drawn.
        gallery: annotation numbers, ascending.
        queries: annotation numbers, ascending.
        encounters: `removed`: what shares the query's encounter is never compared with it.
            `kept`: it is, as in the usual (leaky) splits.
        frames: frames of one individual and camera at most so many apart are never compared; 0:
            frames do not matter (the rule of the ATRW evaluation is 3).
        settings: everything else that made the split, for the file and the report.
        notes: sentences that a person should read.
    """

    protocol: str
    seed: int | None
    gallery: Ids
    queries: Ids
    encounters: Literal["removed", "kept"] = "removed"
    frames: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ids(self) -> Ids:
        """All annotations that are used, ascending."""
        return np.union1d(self.gallery, self.queries)

    def enrolled(self, animals: Animals) -> Ids:
        """Return the individuals of the gallery, ascending; whoever else asks is new."""
        return np.unique(animals.individuals(self.gallery.tolist()))

    def rules(self, animals: Animals, sides: SideRule) -> Rules:
        """Return what may be compared with what, and who is who."""
        removed = self.encounters == "removed"
        return SplitRules(animals, sides, removed=removed, frames=self.frames)

"""What a network learns to tell apart, as class numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fieldmark.errors import UserError
from fieldmark.training import Sample
from fieldmark_deep.settings import Settings


@dataclass(frozen=True)
class Labels:
    """Classes of a training.

    Attributes:
        names: of the classes, sorted; individuals, or species for a classifier.
        numbers: the class of each sample.
        counts: samples of each class.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample], settings: Settings) -> "Labels":
        """Return the classes of the samples.

        Raises:
            UserError: if there are fewer than two.
        """
        by_species = settings.loss.kind == "cross-entropy"
        each = [sample.species if by_species else sample.individual for sample in samples]
        counts = Counter(each)
        if len(counts) < 2:
            what = "species" if by_species else "individuals"
            raise UserError(
                f"there is nothing to tell apart: the training photos show {len(counts)} {what},"
                " and at least 2 are needed; add data with --data"
            )
        names = tuple(sorted(counts))
        place = {name: number for number, name in enumerate(names)}
        return cls(names, tuple(place[name] for name in each), tuple(counts[n] for n in names))

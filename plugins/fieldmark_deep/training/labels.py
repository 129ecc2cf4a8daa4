"""What a network learns to tell apart, as class numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldmark.errors import UserError
from fieldmark.training import Label, Sample, class_of
from fieldmark_deep.settings import Settings

_MANY: Mapping[Label, str] = {"individual": "individuals", "species": "species", "side": "sides"}


@dataclass(frozen=True)
class Labels:
    """Classes of a training.

    Attributes:
        names: of the classes, sorted; individuals, or what a classifier tells apart.
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
        each = [class_of(sample, settings.label) for sample in samples]
        counts = Counter(each)
        if len(counts) < 2:
            raise UserError(
                "there is nothing to tell apart: the training photos show"
                f" {len(counts)} {_MANY[settings.label]}, and at least 2 are needed; add data with"
                " --data"
            )
        names = tuple(sorted(counts))
        place = {name: number for number, name in enumerate(names)}
        return cls(names, tuple(place[name] for name in each), tuple(counts[n] for n in names))

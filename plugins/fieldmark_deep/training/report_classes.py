"""What a report says of a classifier: its measurements, its confusions, its mistakes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldmark.training import Label, class_of
from fieldmark.types import Floats
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.report_numbers import interval, percent
from fieldmark_deep.training.report_pictures import Pictures, caption
from fieldmark_deep.training.report_retrieval import Measured
from fieldmark_deep.training.validation import Place, accuracy

CURVES = ("micro", "macro")
MISTAKES = 24


@dataclass(frozen=True)
class Judged:
    """A holdout and what the classifier said.

    Attributes:
        asked: the places of its photos of classes that were learnt.
        wanted: (q,) the class of each.
        said: (q,) the class that the classifier gave.
        share: (q,) the softmax output for that class, 0–1.
        numbers: `micro`, `macro`, `queries`.
    """

    place: Place
    names: Sequence[str]
    owners: Sequence[str]
    asked: NDArray[np.int64]
    wanted: NDArray[np.int64]
    said: NDArray[np.int64]
    share: NDArray[np.float64]
    numbers: dict[str, float]


def judge(
    place: Place, made: dict[int, Floats], chips: Chips, names: Sequence[str], label: Label
) -> Judged:
    """Compare what the classifier says of a holdout with the truth; outputs by place."""
    samples = chips.samples
    true = {p: class_of(samples[p], label) for p in place.queries}
    asked = [p for p in place.queries if true[p] in names]
    logits = np.array([made[p] for p in asked], np.float64).reshape(len(asked), len(names))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    said = logits.argmax(axis=1)
    share = (powers / powers.sum(axis=1, keepdims=True))[np.arange(len(asked)), said]
    return Judged(
        place,
        names,
        [samples[p].individual for p in asked],
        np.array(asked, np.int64),
        np.array([names.index(true[p]) for p in asked], np.int64),
        said,
        share,
        accuracy(place, made, true, names),
    )


def measured(judged: Judged) -> Measured:
    """Return the measurements of a holdout; the interval is that of the share of right photos.

    Guessing is taken at its best: always the class that comes most often.
    """
    right, asked = judged.said == judged.wanted, len(judged.asked)
    commonest = np.bincount(judged.wanted).max() / asked if asked else 0.0
    names = {"micro": "right photos (micro)", "macro": "mean over classes (macro)"}
    return Measured(
        judged.place.name,
        asked,
        len(set(judged.owners)),
        len(judged.place.queries) - asked,
        tuple((w, percent(judged.numbers[k])) for k, w in names.items() if k in judged.numbers),
        interval(right, judged.owners) if asked else None,
        percent(float(commonest)) if asked else "–",
    )


def confusion(judged: Judged) -> list[tuple[str, list[int]]]:
    """Return for each class that was asked how many of its photos were taken for each class."""
    counts = Counter(zip(judged.wanted.tolist(), judged.said.tolist(), strict=True))
    every = range(len(judged.names))
    return [
        (judged.names[w], [counts[w, s] for s in every])
        for w in sorted(set(judged.wanted.tolist()))
    ]


@dataclass(frozen=True)
class Mistake:
    """A photo that was taken for another class."""

    picture: str
    caption: str
    wanted: str
    said: str
    share: float


def mistakes(judged: Judged, chips: Chips, pictures: Pictures) -> list[Mistake]:
    """Return the photos taken for another class, those with the highest output first."""
    wrong = np.flatnonzero(judged.said != judged.wanted)
    rows = sorted(wrong.tolist(), key=lambda row: -judged.share[row])[:MISTAKES]
    return [
        Mistake(
            pictures.of(int(judged.asked[row])),
            caption(chips.samples[judged.asked[row]]),
            judged.names[judged.wanted[row]],
            judged.names[judged.said[row]],
            float(judged.share[row]),
        )
        for row in rows
    ]

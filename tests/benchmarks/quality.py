r"""Measure whether the quality of a photo says how often it is identified.

::

    PYTHONPATH=tests python -m benchmarks.quality DATA/NyalaData --part val \
        --report docs/benchmarks/quality-nyala.md

Every photo asks all others but those of its own encounter and of the opposite flank. The queries
are put in three equal groups by a part of their quality, and by the whole score. AUC: how often a
query that is answered rightly has the higher quality of a right and a wrong one; 0.5 is chance.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.features import Recipe, make
from benchmarks.identification import CHAIN
from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from benchmarks.vectors import DRAWS, Test, of_index
from fieldmark.components import Context
from fieldmark.images import open_photo
from fieldmark.types import Chip
from fieldmark_chips.quality import Quality, measure
from fieldmark_sift import LNBNN

Numbers = NDArray[np.float64]
PARTS = ("score", "geometric mean", "sharpness", "exposure", "size", "frame")


@dataclass(frozen=True)
class Answers:
    """Per query that can be answered: whose it is, and whether it was answered rightly."""

    places: NDArray[np.int64]
    owner: NDArray[np.str_]
    right: Numbers


def answered(test: Test, cache: Path) -> Answers:
    """Return how the local pipeline answers."""
    made = make(test.photos, Recipe(tuple((n, {}) for n in CHAIN), {}), cache, 1)
    alike = of_index(test, LNBNN.build(LNBNN.options(), Context()).index(), made)
    asks, owns = test.owners()
    can = ((asks[:, None] == owns) & ~test.barred).any(axis=1)
    best = np.where(test.barred, -np.inf, alike).argmax(axis=1)
    right = (owns[best] == asks).astype(np.float64)
    return Answers(test.queries[can], asks[can], right[can])


def judged(photos: Sequence[Photo]) -> list[Quality]:
    """Return the quality of every photo."""
    return [measure(Chip(open_photo(photo.path))) for photo in photos]


def column(found: Sequence[Quality], part: str) -> Numbers:
    """Return one part of all qualities, the score, or the parts' geometric mean."""
    if part == "geometric mean":
        rows = [(q.sharpness, q.exposure, q.size, q.frame) for q in found]
        return np.asarray(np.prod(rows, axis=1) ** 0.25, np.float64)
    return np.array([getattr(quality, part) for quality in found], np.float64)


def auc(values: Numbers, right: Numbers) -> float:
    """Return how often a right query has the higher value; equal ones count half."""
    one, other = values[right == 1], values[right == 0]
    if not len(one) or not len(other):
        return float("nan")
    above = (one[:, None] > other).mean() + 0.5 * (one[:, None] == other).mean()
    return float(above)


def interval(values: Numbers, answers: Answers) -> tuple[float, float]:
    """Return the 95 % interval of the AUC, individuals drawn with replacement."""
    people = np.unique(answers.owner)
    members = [np.flatnonzero(answers.owner == name) for name in people]
    draw, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        chosen = draw.integers(0, len(people), len(people))
        rows = np.concatenate([members[i] for i in chosen])
        found.append(auc(values[rows], answers.right[rows]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def rows(answers: Answers, found: Sequence[Quality]) -> Iterator[str]:
    """Yield the table: top-1 in the lowest, middle and highest third, and the AUC."""
    yield f"{len(answers.right)} queries that can be answered; {answers.right.mean():.1%} rightly."
    yield ""
    yield "| by | lowest third | middle | highest third | AUC (95 %) | 5 %, median, 95 % of all |"
    yield "|---|---|---|---|---|---|"
    asked = [found[i] for i in answers.places]
    for part in PARTS:
        values = column(asked, part)
        if np.ptp(values) < 1e-9:
            yield f"| {part} | all alike: {values[0]:.2f} | | | | |"
            continue
        thirds = np.array_split(np.argsort(values, kind="stable"), 3)
        cells = [f"{answers.right[third].mean():.1%}" for third in thirds]
        low, high = interval(values, answers)
        spread = ", ".join(f"{q:.2f}" for q in np.percentile(values, [5, 50, 95]))
        one = f"{auc(values, answers.right):.2f} ({low:.2f}–{high:.2f})"
        yield f"| {part} | {' | '.join(cells)} | {one} | {spread} |"


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    photos = [p for p in read(options.data, "clip") if options.part in ("all", p.part)]
    test = Test.among(photos)
    lines = []
    for line in rows(answered(test, options.cache), judged(photos)):
        lines.append(line)
        say(line)
    if options.report:
        write_report(options.report, "benchmarks.quality", lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what quality is worth.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--part", choices=("all", "train", "val"), default="val")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    return parser


if __name__ == "__main__":
    main()

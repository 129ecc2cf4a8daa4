r"""Measure a classifier of sides: how often it is right, and whether it knows when it is not.

::

    PYTHONPATH=tests python -m benchmarks.sides DATA/NyalaData --part val \
        --weights RUNS/side-nyala/model.safetensors --strangers DATA/SpotIDLeopard \
        --told told.csv --report docs/benchmarks/sides.md

Every photo is judged as it is, and mirrored: what is right must then be the other side. Intervals
of 95 %: bootstrap over visits; where all photos agree, which leaves a bootstrap nothing to vary,
Wilson's for as many independent photos as there are visits.
"""

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from fieldmark.components import Context, Preprocessor, Role
from fieldmark.images import open_photo
from fieldmark.plugins import Plugins
from fieldmark.types import Chip, Side
from fieldmark_deep.classifier import load_classifier, probabilities, record_of
from fieldmark_deep.settings import Inference
from fieldmark_sides.calibration import Calibration

DRAWS = 2000
BINS = (0.0, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0)
FLANKS = (Side.LEFT, Side.RIGHT)
Flags: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a classifier says of photos whose side is known.

    Attributes:
        logits: (n, classes), of the photos as they are.
        mirrored: (n, classes), of the mirrored photos.
        sides: what the classes are.
        visits: (n,) the visit of each photo, as numbers.
    """

    name: str
    photos: Sequence[Photo]
    logits: NDArray[np.float32]
    mirrored: NDArray[np.float32]
    sides: tuple[Side, ...]
    visits: NDArray[np.int64]

    @property
    def true(self) -> NDArray[np.int64]:
        """The class of each photo (n,)."""
        return np.array([self.sides.index(photo.side) for photo in self.photos])

    def shares(self, temperature: float) -> Numbers:
        """Return the calibrated shares (n, classes)."""
        return probabilities(self.logits / np.float32(temperature))


class Classifier:
    """Trained weights, with the preparation that they were trained with."""

    def __init__(self, weights: Path) -> None:
        record = record_of(weights)
        context = Context(device="auto", weights=lambda: weights)
        self._network = load_classifier(Inference(), context, "classifier of sides", "side")
        self._chain = chain_of(record["preprocess"])
        self.calibration = Calibration.read(record["calibration"])
        self.sides = tuple(Side(name) for name in self._network.classes)

    def ask(self, name: str, photos: Sequence[Photo]) -> Answers:
        """Judge photos as they are, and mirrored."""
        known = [photo for photo in photos if photo.side in self.sides]
        visits = np.unique([photo.encounter for photo in known], return_inverse=True)[1]
        return Answers(
            name, known, self.logits(known), self.logits(known, mirror=True), self.sides, visits
        )

    def logits(self, photos: Sequence[Photo], *, mirror: bool = False) -> NDArray[np.float32]:
        """Return the network's outputs (n, classes)."""
        rows = []
        for start in range(0, len(photos), 32):
            chips = [self._chip(photo, mirror) for photo in photos[start : start + 32]]
            rows.append(self._network.logits(chips))
        return np.concatenate(rows)

    def _chip(self, photo: Photo, mirror: bool) -> Chip:
        pixels = open_photo(photo.path)
        chip = Chip(np.ascontiguousarray(pixels[:, ::-1]) if mirror else pixels)
        for step in self._chain:
            made = step.apply(chip)
            assert isinstance(made, Chip)
            chip = made
        return chip


def chain_of(steps: Sequence[Mapping[str, Any]]) -> list[Preprocessor]:
    """Return the preprocessors that a record names."""
    plugins = Plugins.installed()
    return [plugins.build(Role.PREPROCESSOR, s["use"], s.get("options", {})) for s in steps]


def interval(
    visits: NDArray[np.int64], measure: Callable[[NDArray[np.int64]], float]
) -> tuple[float, float]:
    """Return the 95 % interval of a measurement of photos, visits drawn with replacement."""
    members = [np.flatnonzero(visits == visit) for visit in np.unique(visits)]
    draw = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        chosen = draw.integers(0, len(members), len(members))
        found.append(measure(np.concatenate([members[i] for i in chosen])))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def calibration_error(sure: Numbers, right: Flags) -> float:
    """Return the expected calibration error: |share of right ones − mean probability|, over bins.

    Ten bins of equally many photos, weighted by their sizes (Naeini et al. 2015 take bins of equal
    width, most of which are empty for a classifier that is nearly always sure).
    """
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, 10) if len(part)]
    gaps = [len(part) * abs(right[part].mean() - sure[part].mean()) for part in parts]
    return float(sum(gaps) / len(sure))


def rows(answers: Answers, found: Calibration) -> Iterator[str]:
    """Yield the line of one data set in the first table."""
    shares, true = answers.shares(found.temperature), answers.true
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == true
    told = sure >= found.threshold
    visits = answers.visits
    before = answers.shares(1.0).max(axis=1)
    cells = [
        f"{answers.name} | {len(true)} | {len(np.unique(visits))}",
        _share(visits, right),
        _share(visits, told),
        _share(visits, ~right, told),
        f"{calibration_error(before, right):.3f}",
        _number(visits, lambda at: calibration_error(sure[at], right[at])),
    ]
    yield f"| {' | '.join(cells)} |"


def _share(visits: NDArray[np.int64], flags: Flags, among: Flags | None = None) -> str:
    """Return the share of photos with a flag, among some of them, and its interval."""
    inside = np.ones_like(flags) if among is None else among
    if not inside.any():
        return "–"
    hits, groups = flags[inside], visits[inside]
    low, high = interval(groups, lambda at: float(hits[at].mean()))
    if hits.all() or not hits.any():
        low, high = wilson(float(hits.mean()), len(np.unique(groups)))
    return f"{hits.mean():.1%} ({low:.1%}–{high:.1%})"


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of so many independent ones."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


def _number(visits: NDArray[np.int64], measure: Callable[[NDArray[np.int64]], float]) -> str:
    low, high = interval(visits, measure)
    return f"{measure(np.arange(len(visits))):.3f} ({low:.3f}–{high:.3f})"


def reliability(answers: Answers, temperature: float) -> Iterator[str]:
    """Yield for each range of probabilities how often the classifier is right."""
    shares = answers.shares(temperature)
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == answers.true
    yield f"### {answers.name}"
    yield ""
    yield "| probability | photos | visits | mean probability | right (95 %) |"
    yield "|---|---|---|---|---|"
    for low, high in pairwise(BINS):
        inside = (sure >= low) & ((sure < high) | (high == 1.0))
        if inside.any():
            visits = len(np.unique(answers.visits[inside]))
            yield (
                f"| {low:.2f}–{high:.2f} | {inside.sum()} | {visits}"
                f" | {sure[inside].mean():.3f} | {_share(answers.visits, right, inside)} |"
            )
    yield ""


def confusion(answers: Answers, found: Calibration) -> Iterator[str]:
    """Yield what is said of photos of each side, and of the same photos mirrored."""
    for what, logits in (("as they are", answers.logits), ("mirrored", answers.mirrored)):
        shares = probabilities(logits / np.float32(found.temperature))
        told = shares.max(axis=1) >= found.threshold
        said = np.where(told, shares.argmax(axis=1), len(answers.sides))
        for number, side in enumerate(answers.sides):
            mine = answers.true == number
            counts = np.bincount(said[mine], minlength=len(answers.sides) + 1)
            cells = " | ".join(map(str, counts))
            yield f"| {answers.name}, {what} | {side} | {cells} |"


def mirror(answers: Answers) -> str:
    """Return how often a mirrored photo gets the other side than the photo itself."""
    plain, turned = answers.logits.argmax(axis=1), answers.mirrored.argmax(axis=1)
    other = plain != turned
    return (
        f"| {answers.name} | {_share(answers.visits, other)}"
        f" | {(turned == answers.true).mean():.1%} |"
    )


def page(every: Sequence[Answers], found: Calibration) -> Iterator[str]:
    """Yield the report."""
    yield (
        f"Temperature {found.temperature:.3f} and threshold {found.threshold:.4f}, found on"
        f" {found.photos} photos of {found.visits} visits that were neither learnt from nor"
        f" measured here (aim: {found.target:.0%} wrong among those told; there {found.told:.0%}"
        f" told, {found.wrong:.1%} of them wrong)."
    )
    yield from ("", "## How often it is right", "")
    yield (
        "| photos of | photos | visits | right, if always told | told | wrong among those told"
        " | calibration error before | after |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for answers in every:
        yield from rows(answers, found)
    yield from ("", "## Probability and truth", "")
    for answers in every:
        yield from reliability(answers, found.temperature)
    sides = " | ".join(f"said {side}" for side in every[0].sides)
    yield from ("## What is said of which side", "")
    yield f"| photos of | side | {sides} | unknown |"
    yield f"|---|---|{'---|' * (len(every[0].sides) + 1)}"
    for answers in every:
        yield from confusion(answers, found)
    yield from ("", "## Control: the mirrored photo", "")
    yield "| photos of | the other side is said (95 %) | the side of the photo as it was |"
    yield "|---|---|---|"
    yield from map(mirror, every)


def flanks(folder: Path, part: str) -> list[Photo]:
    """Return the photos of a part that show the left or the right side."""
    return [p for p in read(folder) if part in ("all", p.part) and p.side in FLANKS]


def by_station(photos: Sequence[Photo]) -> list[Photo]:
    """Return photos whose visit is their station's day: frames minutes apart are not independent.

    An encounter of data with stations is `station date time`.
    """
    return [replace(photo, encounter=photo.encounter.rpartition(" ")[0]) for photo in photos]


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    classifier = Classifier(options.weights)
    name = f"{options.data.name}, {options.part}"
    every = [classifier.ask(name, flanks(options.data, options.part))]
    every += [classifier.ask(f.name, by_station(flanks(f, "all"))) for f in options.strangers]
    if options.told:
        _write(options.told, every[0], classifier.calibration)
    lines = list(page(every, classifier.calibration))
    say("\n".join(lines))
    if options.report:
        write_report(options.report, "benchmarks.sides", lines)


def _write(path: Path, answers: Answers, found: Calibration) -> None:
    """Write what is said of each photo, for `benchmarks.sides_used`."""
    shares = answers.shares(found.temperature)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["photo", "side", "probability"])
        for photo, row in zip(answers.photos, shares, strict=True):
            sure = row.max() >= found.threshold
            side = answers.sides[int(row.argmax())] if sure else Side.UNKNOWN
            writer.writerow([photo.name, side, f"{row.max():.4f}"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure a classifier of sides.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--part", choices=("all", "train", "val"), default="val")
    parser.add_argument("--weights", type=Path, required=True, help="of a training of 'side'")
    parser.add_argument("--strangers", type=Path, action="append", default=[], help="repeatable")
    parser.add_argument("--told", type=Path, help="CSV to write: what is said of each photo")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    return parser


if __name__ == "__main__":
    main()

r"""Measure what sides add to the local pipeline: true ones, a classifier's, wrong ones, none.

::

    PYTHONPATH=tests python -m benchmarks.sides_used DATA/NyalaData \
        --told RUNS/told-val.csv --told RUNS/told-train.csv \
        --split docs/benchmarks/nyala-split.csv --report docs/benchmarks/sides-identification.md

What is told comes from `benchmarks.sides --told`, of classifiers that were not trained on the
photos. The queries of the split ask its gallery; without a split all photos ask each other, but
never their own encounter. A photo whose side is unknown is compared with both flanks. Every variant
is asked the same queries: those whose animal has, by the true sides, a photo in the gallery that
may be compared. Intervals: bootstrap over individuals.
"""

import argparse
import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.features import make
from benchmarks.identification import Variant
from benchmarks.photos import Photo, read
from benchmarks.protocol import Split
from benchmarks.reports import say, write_report
from fieldmark.components import Context, Index
from fieldmark.rules import SideRule
from fieldmark.types import Query, Side
from fieldmark_sift import LNBNN

DRAWS = 2000
RULE = SideRule("incomparable")
Flags: TypeAlias = NDArray[np.bool_]
Told: TypeAlias = Mapping[str, Side]


@dataclass(frozen=True)
class Trial:
    """Who asks whom.

    Attributes:
        split: its photos are numbered, the gallery first.
        index: of the gallery.
        queries: that can be answered, by the true sides.
    """

    split: Split
    index: Index
    queries: Sequence[Query]

    @property
    def owners(self) -> NDArray[np.int64]:
        """The individual of each query (n,)."""
        names = np.array([self.split.everyone[query.id].identity for query in self.queries])
        return np.unique(names, return_inverse=True)[1].astype(np.int64)

    def hits(self, sides: Sequence[Side]) -> Flags:
        """Return for each query whether its individual comes first, with these sides of all."""
        rules = sided(self.split, sides).rules(RULE)
        wanted = rules.individuals(np.arange(len(sides)))
        found = self.index.search(self.queries, 1, rules)
        return np.array(
            [
                bool(each) and each[0].individual == wanted[query.id]
                for query, each in zip(self.queries, found, strict=True)
            ]
        )


def sided(split: Split, sides: Sequence[Side]) -> Split:
    """Return the split with other sides, in the order of everyone."""
    made = [replace(p, side=side) for p, side in zip(split.everyone, sides, strict=True)]
    size = len(split.gallery)
    return Split(made[:size], made[size:])


def trial(split: Split, cache: Path) -> Trial:
    """Make the features, the index, and find out who can be answered.

    Without queries in the split the gallery asks itself.
    """
    made = make(split.everyone, Variant().recipe, cache)
    size = len(split.gallery)
    index = LNBNN.build(LNBNN.options(), Context()).index()
    index.add(range(size), made[:size])
    rules = split.rules(RULE)
    gallery = np.arange(size)
    people = rules.individuals(np.arange(len(made)))
    asking = range(size, len(made)) if split.queries else range(size)
    can = [
        i
        for i in asking
        if ((rules.weights(i, gallery) > 0) & (people[:size] == people[i]) & (gallery != i)).any()
    ]
    return Trial(split, index, [Query(i, made[i]) for i in can])


def variants(photos: Sequence[Photo], told: Told) -> Iterator[tuple[str, list[Side]]]:
    """Yield the sides of the photos, as each variant has them."""
    true = [photo.side for photo in photos]
    yield "true sides", true
    yield "a classifier's sides", [told[photo.name] for photo in photos]
    for share in (0.05, 0.1, 0.2):
        yield f"control: {share:.0%} of the true sides swapped", swapped(true, share)
    yield "no sides", [Side.UNKNOWN] * len(photos)


def swapped(sides: Sequence[Side], share: float) -> list[Side]:
    """Return the sides with a random share of them wrong."""
    wrong = set(random.Random(0).sample(range(len(sides)), round(share * len(sides))))
    return [(side.opposite or side) if i in wrong else side for i, side in enumerate(sides)]


def interval(values: NDArray[np.float64], owners: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % interval of a mean, individuals drawn with replacement."""
    sums, counts = np.bincount(owners, values), np.bincount(owners)
    draws = np.random.default_rng(0).integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def page(asked: Trial, told: Told) -> Iterator[str]:
    """Yield the report, line by line, as results come in."""
    everyone = asked.split.everyone
    people = len({photo.identity for photo in everyone})
    yield (
        f"{len(asked.split.gallery)} photos in the gallery, {len(everyone)} in all, of {people}"
        f" individuals; {len(asked.queries)} queries of {len(set(asked.owners.tolist()))}"
        " individuals can be answered."
    )
    yield from ("", "| sides | wrong | unknown | top-1 (95 %) | difference to true sides |")
    yield "|---|---|---|---|---|"
    true = [photo.side for photo in everyone]
    best: Flags | None = None
    for name, sides in variants(everyone, told):
        hits = asked.hits(sides)
        best = hits if best is None else best
        unknown = sum(side is Side.UNKNOWN for side in sides)
        wrong = sum(a is not b for a, b in zip(true, sides, strict=True)) - unknown
        low, high = interval(hits.astype(np.float64), asked.owners)
        less, more = interval(hits.astype(np.float64) - best, asked.owners)
        yield (
            f"| {name} | {wrong} | {unknown} | {hits.mean():.1%} ({low:.1%}–{high:.1%})"
            f" | {100 * (hits.mean() - best.mean()):+.1f}"
            f" ({100 * less:+.1f} to {100 * more:+.1f}) |"
        )


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    told = dict(pair for path in options.told for pair in _told(path))
    photos = [photo for photo in read(options.data) if photo.name in told]
    split = Split.read(photos, options.split) if options.split else Split(photos, [])
    if options.sample and options.sample < len(split.queries):
        drawn = random.Random(options.seed).sample(split.queries, options.sample)
        split = replace(split, queries=drawn)
    lines = []
    for line in page(trial(split, options.cache), told):
        lines.append(line)
        say(line)
        if options.report:
            write_report(options.report, "benchmarks.sides_used", lines)


def _told(path: Path) -> Iterator[tuple[str, Side]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["photo"], Side(row["side"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what sides add.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument(
        "--told", type=Path, action="append", required=True, help="CSV of benchmarks.sides"
    )
    parser.add_argument("--split", type=Path, help="CSV with queries and gallery")
    parser.add_argument("--sample", type=int, help="ask this many of the split's queries")
    parser.add_argument("--seed", type=int, default=0, help="of that sample")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    return parser


if __name__ == "__main__":
    main()

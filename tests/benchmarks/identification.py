r"""Measure how often the local pipeline names the right individual.

::

    PYTHONPATH=tests python -m benchmarks.identification DATA/NyalaData \
        --split docs/benchmarks/nyala-split.csv --report docs/benchmarks/nyala.md

The gallery holds 70 % of each individual's encounters and at least one; the other encounters ask. A
query is never compared with its own encounter, nor with the opposite flank unless a variant says
so. Each variant differs from the default in one thing.
"""

import argparse
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from benchmarks.features import Recipe, make
from benchmarks.photos import read
from benchmarks.protocol import Score, Split, score
from benchmarks.reports import say, write_report
from fieldmark.components import Context, Index
from fieldmark.rules import SideRule
from fieldmark.types import Query
from fieldmark_sift import LNBNN, RATIO

CHAIN = ("crop", "background", "resize", "equalise")


@dataclass(frozen=True)
class Variant:
    """One way to identify.

    Attributes:
        options: for preprocessors and `sift`, what differs from their defaults.
        without: preprocessors left out.
        matcher: `lnbnn` or `ratio`, with what differs from its defaults.
        sides: whether the opposite flank is left out.
        background: keypoints from outside the animal only.
    """

    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    matcher: tuple[str, Mapping[str, object]] = ("lnbnn", {})
    sides: bool = True
    background: bool = False

    @property
    def recipe(self) -> Recipe:
        """How its features are made."""
        steps = tuple((n, self.options.get(n, {})) for n in CHAIN if n not in self.without)
        return Recipe(steps, self.options.get("sift", {}), self.background)


def _lnbnn(**options: object) -> Variant:
    return Variant(matcher=("lnbnn", options))


def _with(step: str, **options: object) -> Variant:
    return Variant(options={step: options})


BACKGROUND = {"background": {"tighten": False}}
VARIANTS: Mapping[str, Variant] = {
    "default": Variant(),
    "control: background only": Variant(options=BACKGROUND, background=True),
    "control: background only, no side rule": Variant(
        options=BACKGROUND, background=True, sides=False
    ),
    "no side rule": Variant(sides=False),
    "no mask": Variant(without=("background",)),
    "mask: centre prior": _with("background", method="centre"),
    "mask: not tightened": _with("background", tighten=False),
    "no CLAHE": Variant(without=("equalise",)),
    "no spatial verification": _lnbnn(verify="off"),
    "verification: affine": _lnbnn(verify="affine"),
    "verification: homography": _lnbnn(verify="homography"),
    "votes per photo": _lnbnn(votes="annotation"),
    "K = 1": _lnbnn(k=1),
    "K = 10": _lnbnn(k=10, neighbours=40),
    "K = 30": _lnbnn(k=30, neighbours=120),
    "keypoints: 100": _with("sift", max_keypoints=100),
    "keypoints: 200": _with("sift", max_keypoints=200),
    "keypoints: 400": _with("sift", max_keypoints=400),
    "image: 192 pixels": _with("resize", long_side=192),
    "image: 384 pixels": _with("resize", long_side=384),
    "image: 512 pixels": _with("resize", long_side=512),
    "image: 800 pixels": _with("resize", long_side=800),
    "keypoints' own orientation": _with("sift", upright=False),
    "search: exact": _lnbnn(exact_up_to=10**9),
    "search: 64 lists looked at": _lnbnn(probes=64),
    "storage: 32 bytes (product quantisation)": _lnbnn(pq_bytes=32),
    "matcher: ratio": Variant(matcher=("ratio", {})),
    "matcher: ratio, no map": Variant(matcher=("ratio", {"verify": False})),
}


@dataclass(frozen=True)
class Result:
    """What a variant reached, each query's rank, and the time of one search in seconds."""

    score: Score
    ranks: list[int]
    seconds: float


def run(split: Split, variant: Variant, cache: Path) -> Result:
    """Identify every query of the split."""
    made = make(split.everyone, variant.recipe, cache)
    size = len(split.gallery)
    index = _index(variant)
    index.add(range(size), made[:size])
    rules = split.rules(SideRule("incomparable" if variant.sides else "comparable"))
    queries = [Query(i, features) for i, features in enumerate(made[size:], size)]
    start = time.perf_counter()
    answers = index.search(queries, size, rules)
    seconds = (time.perf_counter() - start) / len(queries)
    return Result(*score(split, rules, answers), seconds)


def _index(variant: Variant) -> Index:
    name, options = variant.matcher
    if name == "ratio":
        return RATIO.build(RATIO.options.model_validate(dict(options)), Context()).index()
    return LNBNN.build(LNBNN.options.model_validate(dict(options)), Context()).index()


def table(split: Split, names: list[str], cache: Path) -> Iterator[str]:
    """Yield a markdown table, line by line, as results come in."""
    yield "| variant | top-1 | 95 % | top-5 | mAP | top-1 of all | chance | ms per query |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in names:
        result = run(split, VARIANTS[name], cache)
        low, high = result.score.interval
        s = result.score
        yield (
            f"| {name} | {s.top1:.1%} | {low:.1%}–{high:.1%} | {s.top5:.1%} | {s.map:.3f}"
            f" | {s.all_top1:.1%} | {s.chance:.1%} | {1000 * result.seconds:.0f} |"
        )


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    photos = read(options.data, options.grouping)
    photos = [photo for photo in photos if options.part in ("all", photo.part)]
    if options.split and options.split.exists():
        split = Split.read(photos, options.split)
    else:
        split = Split.drawn(photos, options.seed)
        if options.split:
            split.write(options.split)
    if options.sample and options.sample < len(split.queries):
        drawn = random.Random(options.seed).sample(split.queries, options.sample)
        split = replace(split, queries=drawn)
    lines = []
    for line in chain(_heading(split), table(split, options.only or list(VARIANTS), options.cache)):
        lines.append(line)
        say(line)
        if options.report:
            write_report(options.report, "benchmarks.identification", lines)


def _heading(split: Split) -> Iterator[str]:
    people = {photo.identity for photo in split.everyone}
    asking = {photo.identity for photo in split.queries}
    yield (
        f"{len(split.gallery)} photos of {len(people)} individuals in the gallery;"
        f" {len(split.queries)} queries of {len(asking)} individuals."
    )
    yield ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure identification.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--split", type=Path, help="CSV to replay, or to write if it is not there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=("all", "train", "val"), default="all")
    parser.add_argument("--grouping", choices=("frame", "clip"), default="clip")
    parser.add_argument("--sample", type=int, help="ask this many of the queries")
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="repeatable")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    return parser


if __name__ == "__main__":
    main()

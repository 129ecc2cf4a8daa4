r"""Measure pipelines that make one vector of each photo, beside their floors.

::

    PYTHONPATH=tests python -m benchmarks.vectors DATA/ATRW --part val \
        --weights leopard-cosface=RUNS/atrw-cosface/model.safetensors \
        --floor random --floor colour-histogram --local --report docs/benchmarks/deep-atrw.md

Every photo of the part asks all others but those of its own encounter and of the opposite flank;
with `--split`, the queries of the file ask its gallery. Intervals: bootstrap over individuals.
"""

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.features import Recipe, make
from benchmarks.identification import CHAIN
from benchmarks.photos import Photo, read
from benchmarks.protocol import Row, Split
from benchmarks.reports import say, write_report
from fieldmark.components import Context, Embedder, Index, Preprocessor, Role
from fieldmark.images import open_photo
from fieldmark.plugins import Plugins
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Chip, Features, Query, Vector
from fieldmark_deep.storage import read_config
from fieldmark_sift import LNBNN

KS = (1, 3, 5, 7)
DRAWS = 1000
Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Test:
    """Who asks whom.

    Attributes:
        photos: all of them; queries and gallery are places among them.
        barred: (q, g) pairs that must not be compared.
    """

    photos: Sequence[Photo]
    queries: NDArray[np.int64]
    gallery: NDArray[np.int64]
    barred: NDArray[np.bool_]

    @classmethod
    def among(cls, photos: Sequence[Photo]) -> "Test":
        """Let every photo ask all others."""
        everyone = np.arange(len(photos))
        return cls(photos, everyone, everyone, _barred(photos, photos))

    @classmethod
    def of(cls, split: Split, *, encounters: bool = True) -> "Test":
        """Let a split's queries ask its gallery."""
        size = len(split.gallery)
        places = np.arange(len(split.everyone))
        barred = _barred(split.queries, split.gallery, encounters=encounters)
        return cls(split.everyone, places[size:], places[:size], barred)

    def owners(self) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        """Return the individuals of queries and gallery."""
        names = np.array([photo.identity for photo in self.photos])
        return names[self.queries], names[self.gallery]


def _barred(
    queries: Sequence[Photo], gallery: Sequence[Photo], *, encounters: bool = True
) -> NDArray[np.bool_]:
    rows = [
        [
            q.path == g.path
            or (encounters and q.encounter == g.encounter)
            or q.side.opposite is g.side is not None
            for g in gallery
        ]
        for q in queries
    ]
    return np.array(rows)


@dataclass(frozen=True)
class Score:
    """Per query that can be answered: the measurements, and whose it is."""

    owner: NDArray[np.str_]
    columns: dict[str, NDArray[np.float64]]

    def mean(self, name: str) -> float:
        """Return the mean over queries."""
        return float(self.columns[name].mean())

    def interval(self, name: str) -> tuple[float, float]:
        """Return the 95 % interval of the mean, individuals drawn with replacement."""
        people, place = np.unique(self.owner, return_inverse=True)
        sums = np.bincount(place, self.columns[name], len(people))
        counts = np.bincount(place, minlength=len(people))
        draws = np.random.default_rng(0).integers(0, len(people), (DRAWS, len(people)))
        means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
        low, high = np.percentile(means, [2.5, 97.5])
        return float(low), float(high)


def score(test: Test, alike: Scores) -> Score:
    """Return the measurements of similarities (q, g).

    top-k: an individual's score is that of its best photo. mAP: over photos. MAP@k: over the first
    k photos, the mean of the precision at each right one, 0 where there is none.
    """
    asks, owns = test.owners()
    same = (asks[:, None] == owns) & ~test.barred
    keep = same.any(axis=1)
    masked = np.where(test.barred, -np.inf, alike)[keep]
    order = np.argsort(-masked, axis=1, kind="stable")
    right = np.take_along_axis(same[keep], order, axis=1)
    precision = right.cumsum(axis=1) / np.arange(1, right.shape[1] + 1)
    rank = _individual_rank(owns[order], right)
    columns = {f"top-{k}": (rank <= k).astype(np.float64) for k in (1, 5)}
    columns["mAP"] = (precision * right).sum(axis=1) / right.sum(axis=1)
    for k in KS:
        hits = np.maximum(right[:, :k].sum(axis=1), 1)
        columns[f"MAP@{k}"] = (precision * right)[:, :k].sum(axis=1) / hits
    return Score(asks[keep], columns)


def _individual_rank(owners: NDArray[np.str_], right: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each query how many individuals come before the right one, plus one."""
    first = right.argmax(axis=1)
    return np.array([len(set(row[:at])) + 1 for row, at in zip(owners, first, strict=True)])


def embed(
    photos: Sequence[Photo],
    chain: Sequence[Preprocessor],
    embedder: Embedder,
    *,
    unit: bool = True,
) -> Rows:
    """Return the photos' vectors (n, d), of length 1 if wanted."""
    rows = []
    for start in range(0, len(photos), 64):
        chips = [_chip(photo, chain) for photo in photos[start : start + 64]]
        rows += [f.values for f in embedder.embed(chips) if isinstance(f, Vector)]
    matrix = np.stack(rows)
    length = np.linalg.norm(matrix, axis=1, keepdims=True) if unit else 1.0
    return np.asarray(matrix / length, np.float32)


def _chip(photo: Photo, chain: Sequence[Preprocessor]) -> Chip:
    chip = Chip(open_photo(photo.path), side=photo.side)
    for step in chain:
        made = step.apply(chip)
        assert isinstance(made, Chip)
        chip = made
    return chip


def of_weights(path: Path, photos: Sequence[Photo]) -> Rows:
    """Return the vectors of trained weights, with the preprocessing they were trained with."""
    record = read_config(path)["record"]
    context = Context(device="auto", weights=lambda: path)
    name = record.get("component", "timm")
    return embed(
        photos, _chain(record), Plugins.installed().build(Role.EMBEDDER, name, {}, context)
    )


def _chain(record: Mapping[str, Any]) -> list[Preprocessor]:
    plugins, steps = Plugins.installed(), record.get("preprocess", [])
    return [plugins.build(Role.PREPROCESSOR, s["use"], s.get("options", {})) for s in steps]


def of_floor(text: str, photos: Sequence[Photo], *, unit: bool = True) -> Rows:
    """Return the vectors of an embedder that needs no weights, by its name."""
    options = {"untrained": True} if text == "mlp-grey" else {}
    embedder = Plugins.installed().build(Role.EMBEDDER, text, options)
    return embed(photos, (), embedder, unit=unit)


def of_pairs(path: Path, test: Test) -> Scores:
    """Return similarities (q, g) of a trained classifier of pairs."""
    plugins = Plugins.installed()
    vectors = of_floor("orb-sift-brisk", test.photos, unit=False)
    context = Context(weights=lambda: path)
    index = plugins.build(Role.MATCHER, "pair-lightgbm", {}, context).index()
    return of_index(test, index, [Vector(row) for row in vectors])


def of_local(test: Test, cache: Path) -> Scores:
    """Return similarities (q, g) of the local pipeline."""
    made = make(test.photos, Recipe(tuple((n, {}) for n in CHAIN), {}), cache)
    return of_index(test, LNBNN.build(LNBNN.options(), Context()).index(), made)


def of_index(test: Test, index: Index, made: Sequence[Features]) -> Scores:
    """Return similarities (q, g): each individual's score for its photos.

    A matcher scores individuals, so all photos of one share its score; the order among them is
    that in which the matcher names them.
    """
    index.add(test.gallery.tolist(), [made[i] for i in test.gallery])
    rules = CatalogueRules(_rows(test.photos), SideRule("incomparable"))
    queries = [Query(int(i), made[i]) for i in test.queries]
    alike = np.full((len(queries), len(test.gallery)), -1.0)
    place = {int(number): i for i, number in enumerate(test.gallery)}
    for row, found in zip(alike, index.search(queries, len(test.gallery), rules), strict=True):
        for each in found:
            for step, number in enumerate(each.annotations):
                row[place[number]] = each.score * (1 - 1e-6 * step)
    return alike


def _rows(photos: Sequence[Photo]) -> Iterator[Row]:
    people = {name: i for i, name in enumerate(sorted({p.identity for p in photos}))}
    visits = {name: i for i, name in enumerate(sorted({p.encounter for p in photos}))}
    for i, p in enumerate(photos):
        yield Row(i, i, visits[p.encounter], people[p.identity], p.side)


def cosine(test: Test, vectors: Rows) -> Scores:
    """Return similarities (q, g) of vectors of length 1."""
    return np.asarray(vectors[test.queries] @ vectors[test.gallery].T, np.float64)


def _of_weights(path: Path, test: Test) -> Scores:
    return cosine(test, of_weights(path, test.photos))


def _of_floor(name: str, test: Test) -> Scores:
    return cosine(test, of_floor(name, test.photos))


def line(name: str, found: Score) -> str:
    """Return a row of the table."""
    low, high = found.interval("top-1")
    cells = [f"{found.mean('top-1'):.1%} ({low:.1%}–{high:.1%})", f"{found.mean('top-5'):.1%}"]
    cells += [f"{found.mean(k):.3f}" for k in ("mAP", *(f"MAP@{k}" for k in KS))]
    return f"| {name} | {' | '.join(cells)} |"


def heading(test: Test) -> Iterator[str]:
    """Yield what was asked, and the head of the table."""
    asks, owns = test.owners()
    answered = int((((asks[:, None] == owns) & ~test.barred).any(axis=1)).sum())
    people = len(set(asks.tolist()) | set(owns.tolist()))
    yield f"{answered} queries that can be answered, {len(owns)} photos, {people} individuals."
    yield ""
    yield "| method | top-1 (95 %) | top-5 | mAP | MAP@1 | MAP@3 | MAP@5 | MAP@7 |"
    yield "|---|---|---|---|---|---|---|---|"


def numbers(name: str, found: Score) -> dict[str, str]:
    """Return a row of the CSV file, for figures."""
    low, high = found.interval("top-1")
    row = {"method": name, "low": f"{low:.4f}", "high": f"{high:.4f}"}
    return row | {column: f"{found.mean(column):.4f}" for column in found.columns}


def _methods(test: Test, options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Scores]]]:
    for text in options.weights:
        name, _, path = text.partition("=")
        yield name, partial(_of_weights, Path(path), test)
    for text in options.pairs:
        name, _, path = text.partition("=")
        yield name, partial(of_pairs, Path(path), test)
    if options.local:
        yield "local (SIFT, no training)", partial(of_local, test, options.cache)
    for name in options.floor:
        yield f"floor: {name}", partial(_of_floor, name, test)


def main() -> None:
    """Read the command line, measure, print."""
    options = _parser().parse_args()
    photos = read(options.data, options.grouping)
    if options.split:
        split = Split.read(photos, options.split)
        test = Test.of(split, encounters=not options.same_encounter)
    else:
        test = Test.among([p for p in photos if options.part in ("all", p.part)])
    lines = list(heading(test))
    say("\n".join(lines))
    rows = []
    for name, work in _methods(test, options):
        found = score(test, work())
        rows.append(numbers(name, found))
        lines.append(line(name, found))
        say(lines[-1])
        if options.report:
            write_report(options.report, "benchmarks.vectors", lines)
            _write_csv(options.report.with_suffix(".csv"), rows)


def _write_csv(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure pipelines of vectors.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--part", choices=("all", "train", "val"), default="val")
    parser.add_argument("--grouping", choices=("frame", "clip"), default="clip")
    parser.add_argument("--split", type=Path, help="CSV with queries and gallery")
    parser.add_argument(
        "--same-encounter", action="store_true", help="compare within an encounter, too"
    )
    parser.add_argument("--weights", action="append", default=[], help="NAME=FILE, repeatable")
    parser.add_argument("--pairs", action="append", default=[], help="NAME=FILE, repeatable")
    parser.add_argument("--floor", action="append", default=[], help="embedder without weights")
    parser.add_argument("--local", action="store_true", help="the local pipeline, too")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    return parser


if __name__ == "__main__":
    main()

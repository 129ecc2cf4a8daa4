r"""Measure speed and memory as ratios within one run.

::

    PYTHONPATH=tests python -m benchmarks.speed DATA/NyalaData \
        --report docs/benchmarks/speed.md

A gallery larger than the data set is filled with perturbed copies of its photos' keypoints: noise
in descriptors and places, so that no two are equal.
Each size runs in a process of its own, so that the peak memory is its own.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.features import make
from benchmarks.identification import Variant
from benchmarks.photos import Photo, read
from benchmarks.reports import say, write_report
from fieldmark.components import Context, Index
from fieldmark.testing.galleries import OpenRules
from fieldmark.types import Keypoints, Query
from fieldmark_sift import LNBNN, RATIO

QUERIES = 10
BATCH = 256
PAIRS = 400
"""Photos that `ratio` compares a query with; its time per pair does not depend on the gallery."""


def perturbed(points: Keypoints, seed: int) -> Keypoints:
    """Return the keypoints of an imagined other photo like this one."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 25, points.descriptors.shape)
    xy = points.xy + rng.normal(0, 2, points.xy.shape)
    return replace(
        points,
        xy=xy.astype(np.float32),
        descriptors=np.clip(points.descriptors + noise, 0, 255).astype(np.uint8),
    )


@dataclass(frozen=True)
class Measured:
    """One size of the gallery; seconds and MiB.

    Attributes:
        photos, descriptors: how large the gallery is.
        add: to fill the index.
        search, ratio: for one query.
        memory: the most that the process held after the search, and `before` the index was made.
        disk: the saved index.
    """

    photos: int
    descriptors: int
    add: float
    search: float
    ratio: float
    memory: float
    before: float
    disk: float


def measure(photos: Sequence[Photo], size: int, cache: Path) -> Measured:
    """Measure both matchers with one size of the gallery."""
    asked = make(photos[:QUERIES], Variant().recipe, cache)
    queries = [Query(10**6 + i, points) for i, points in enumerate(asked)]
    originals = make(photos[QUERIES:], Variant().recipe, cache)
    before = _peak()
    index = LNBNN.build(LNBNN.options(), Context()).index()
    add = _timed(lambda: _fill(index, originals, size))
    index.search(queries[:1], 10, OpenRules())
    search = _timed(lambda: index.search(queries, 10, OpenRules())) / QUERIES
    memory = _peak()
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        disk = sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20
    pair = _seconds_per_pair(queries, originals[:PAIRS])
    rows = sum(len(originals[i % len(originals)]) for i in range(size))
    return Measured(size, rows, add, search, pair * size, memory, before, disk)


def _fill(index: Index, originals: Sequence[Keypoints], size: int) -> None:
    """Add photos, then perturbed copies, in batches as the core adds them."""
    for start in range(0, size, BATCH):
        ids = range(start, min(start + BATCH, size))
        n = len(originals)
        index.add(ids, [originals[i] if i < n else perturbed(originals[i % n], i) for i in ids])


def _seconds_per_pair(queries: Sequence[Query], photos: Sequence[Keypoints]) -> float:
    index = RATIO.build(RATIO.options(), Context()).index()
    index.add(range(len(photos)), photos)
    index.search(queries[:1], 10, OpenRules())
    return _timed(lambda: index.search(queries, 10, OpenRules())) / len(queries) / len(photos)


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _peak() -> float:
    """Return the most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def extraction(photos: Sequence[Photo], workers: int) -> float:
    """Return the seconds that features of new photos take, without the start of the workers."""
    with tempfile.TemporaryDirectory() as folder:
        cache, recipe = Path(folder), Variant().recipe
        start = _timed(lambda: make(photos[:workers], recipe, cache, workers))
        both = _timed(lambda: make(photos[workers:], recipe, cache, workers))
        return both - start


def table(sizes: Sequence[int], data: Path, cache: Path) -> Iterator[str]:
    """Yield a markdown table; each size is measured in a process of its own."""
    yield (
        "| photos | descriptors | fill, s | `lnbnn`, ms per query | `ratio`, ms per query"
        " | times faster | peak memory, MiB | of that the index, MiB | saved, MiB |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.speed", str(data), "--cache", str(cache)]
        done = subprocess.run(
            [*command, "--one", str(size)], check=True, stdout=subprocess.PIPE, text=True
        )
        m = Measured(**json.loads(done.stdout))
        yield (
            f"| {m.photos:,} | {m.descriptors:,} | {m.add:.1f} | {1000 * m.search:.0f}"
            f" | {1000 * m.ratio:.0f} | {m.ratio / m.search:.0f} | {m.memory:.0f}"
            f" | {m.memory - m.before:.0f} | {m.disk:.0f} |"
        )


def report(sizes: Sequence[int], data: Path, cache: Path, count: int) -> Iterator[str]:
    """Yield the whole report, line by line."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    yield f"{os.cpu_count()} cores, {platform.machine()}, load before the run {load:.1f}."
    yield ""
    yield from table(sizes, data, cache)
    if count:
        photos = read(data)[:count]
        one, two = extraction(photos, 1), extraction(photos, 2)
        yield ""
        yield (
            f"Features of {count} photos: {one:.1f} s with one worker, {two:.1f} s with two:"
            f" {one / two:.2f} times as fast."
        )


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Measure speed and memory.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--extract", type=int, default=120, help="photos to make features of")
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    parser.add_argument("--one", type=int, help="measure one size and print JSON")
    options = parser.parse_args()
    if options.one:
        say(json.dumps(asdict(measure(read(options.data), options.one, options.cache))))
        return
    lines = []
    for line in report(options.sizes, options.data, options.cache, options.extract):
        lines.append(line)
        say(line)
        if options.report:
            write_report(options.report, "benchmarks.speed", lines)


if __name__ == "__main__":
    main()

r"""Measure how long metrics take, and how much memory beside the scores themselves.

::

    PYTHONPATH=tests python -m benchmarks.metrics --report docs/benchmarks/metrics.md

Scores are random, the right columns a little higher; ten photos for each individual, and no query
is compared with itself. Each row of the table runs in a process of its own, so that the peak memory
is its own. Seconds are processor time, which other work on the machine hardly changes. The
yardstick is scikit-learn's average precision, one query after the other, on a sample.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.reports import processor, say, write_report
from fieldmark.evaluate import bootstrap, metrics
from fieldmark.evaluate.metrics import Shots
from support.scored import Scored

PHOTOS = 10
"""Of each individual."""
SAMPLE = 100
"""Queries that scikit-learn is timed on; its time per query does not depend on their number."""
YARDSTICK = "scikit-learn: average precision alone"


@dataclass(frozen=True)
class Measured:
    """One row: processor seconds for all queries, and the memory beyond the scores in MiB."""

    seconds: float
    extra: float


def table(size: int) -> Scored:
    """Return scores of so many photos among themselves."""
    rng = np.random.default_rng(0)
    owners = rng.permutation(np.arange(size) // PHOTOS)
    values = rng.random((size, size), np.float32)
    for row, who in enumerate(owners):
        values[row, owners == who] += np.float32(0.3)
    np.fill_diagonal(values, np.nan)
    return Scored(values, owners, owners)


def _few_columns(scores: Scored) -> object:
    """A table of individuals is the first columns, each another one's."""
    count = len(scores.owners) // PHOTOS
    return metrics.individual_metrics(scores.values[:, :count], np.arange(count), scores.truth)


def _atrw(scores: Scored) -> object:
    number = np.arange(len(scores.owners))
    shots = Shots(number % 5, number % 1000)
    return metrics.atrw_plain(*scores, shots, shots)


def _scikit_learn(scores: Scored) -> object:
    return [
        average_precision_score(scores.owners[asked] == who, row[asked])
        for row, who in zip(scores.values[:SAMPLE], scores.truth, strict=False)
        for asked in [~np.isnan(row)]
    ]


def _interval(scores: Scored) -> object:
    right = np.random.default_rng(0).random(len(scores.truth))
    return bootstrap.estimate(right, scores.truth)


def _interval_of(scores: Scored) -> object:
    rng = np.random.default_rng(0)
    best, new = rng.random(len(scores.truth)), scores.truth % 5 == 0
    return bootstrap.estimate_of(
        lambda places: metrics.auroc_new(best[places], new[places]), scores.truth
    )


WORK: Mapping[str, Callable[[Scored], object]] = {
    YARDSTICK: _scikit_learn,
    "`photo_metrics`: all eight": lambda scores: metrics.photo_metrics(*scores),
    "`average_precision` alone": lambda scores: metrics.average_precision(*scores),
    "`individual_metrics` of photos": lambda scores: metrics.individual_metrics(*scores),
    "`individual_metrics` of individuals (a tenth of the columns)": _few_columns,
    "`ccdr`": lambda scores: metrics.ccdr(*scores),
    "`atrw_plain`": _atrw,
    "interval of a mean, 2,000 draws": _interval,
    "interval of AUROC, 2,000 draws": _interval_of,
}


def measure(name: str, size: int) -> Measured:
    """Run one row of the table, after a small one that loads what is loaded once."""
    work = WORK[name]
    work(table(100))
    scores = table(size)
    before = _peak()
    start = time.process_time()
    work(scores)
    seconds = time.process_time() - start
    if name == YARDSTICK:
        seconds *= size / min(SAMPLE, size)
    return Measured(seconds, _peak() - before)


def _peak() -> float:
    """Return the most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _apart(name: str, size: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.metrics", "--one", name, "--sizes", str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Measured(**json.loads(done.stdout))


def report(sizes: Sequence[int]) -> Iterator[str]:
    """Yield the whole report, line by line."""
    yield "| what | photos | scores, MiB | seconds | of scikit-learn's time | extra MiB |"
    yield "|---|---|---|---|---|---|"
    for size in sizes:
        yardstick = _apart(YARDSTICK, size)
        for name in WORK:
            found = yardstick if name == YARDSTICK else _apart(name, size)
            share = found.seconds / yardstick.seconds
            yield (
                f"| {name} | {size:,} | {size**2 / 2**18:.0f}"
                f" | {found.seconds:.2f} | {share:.1%} | {found.extra:.0f} |"
            )
    yield ""
    yield f"{processor()}, load {os.getloadavg()[0]:.1f}. numpy {np.__version__}."


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Measure the metrics.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--report", type=Path, help="markdown file to write")
    parser.add_argument("--one", help="measure one row and print JSON")
    options = parser.parse_args()
    if options.one:
        say(json.dumps(asdict(measure(options.one, options.sizes[0]))))
        return
    lines = []
    for line in report(options.sizes):
        lines.append(line)
        say(line)
    if options.report:
        write_report(options.report, "benchmarks.metrics", lines)


if __name__ == "__main__":
    main()

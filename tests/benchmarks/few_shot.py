r"""Measure what fine-tuning with few photos of each individual brings, over seeds.

::

    PYTHONPATH=tests python -m benchmarks.few_shot DATA/NyalaData RUNS nyala \
        --start multi-no-nyala --report docs/benchmarks/fine-tune-nyala.md

Two questions, for every RUNS/ft-NAME-K-SEED that is there. *Enrolled*: the K photos of each
individual that were learnt from are the gallery, and the individuals' other photos ask. *New*: the
individuals of the held-out part ask among themselves; nobody of them was learnt from.
"""

import argparse
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from benchmarks.photos import Photo, read
from benchmarks.protocol import Split
from benchmarks.reports import say, write_report
from benchmarks.vectors import Rows, Test, cosine, of_weights, score


@dataclass(frozen=True)
class Found:
    """One measurement: top-1 in percent."""

    question: str
    method: str
    photos: int
    seed: int
    top1: float


class Weights:
    """The vectors of all photos under some weights, by name."""

    def __init__(self, path: Path, photos: Sequence[Photo]) -> None:
        rows = of_weights(path, photos)
        self._place = {photo.name: i for i, photo in enumerate(photos)}
        self._rows = rows

    def of(self, photos: Sequence[Photo]) -> Rows:
        """Return some photos' vectors, in order."""
        return self._rows[[self._place[photo.name] for photo in photos]]

    def top1(self, test: Test) -> float:
        """Return top-1 in percent."""
        return 100 * score(test, cosine(test, self.of(test.photos))).mean("top-1")


def measure(options: argparse.Namespace, photos: Sequence[Photo]) -> Iterator[Found]:
    """Yield every measurement as it comes in."""
    start = Weights(options.runs / options.start / "model.safetensors", photos)
    new = Test.among([photo for photo in photos if photo.part == "val"])
    yield Found("new", "before", 0, 0, start.top1(new))
    for path in sorted(options.runs.glob(f"ft-{options.name}-*/report.html")):
        count, seed = map(int, re.findall(r"\d+", path.parent.name)[-2:])
        tuned = Weights(path.parent / "model.safetensors", photos)
        table = options.runs / f"split-{options.name}-{count}-{seed}.csv"
        enrolled = Test.of(Split.read(photos, table))
        yield Found("new", "fine-tuned", count, seed, tuned.top1(new))
        yield Found("enrolled", "before", count, seed, start.top1(enrolled))
        yield Found("enrolled", "fine-tuned", count, seed, tuned.top1(enrolled))


def table(found: Sequence[Found]) -> Iterator[str]:
    """Yield means and standard deviations over seeds."""
    yield "| question | photos of each | seeds | before | fine-tuned | difference, seed by seed |"
    yield "|---|---|---|---|---|---|"
    for question in ("enrolled", "new"):
        for count in sorted({f.photos for f in found if f.photos}):
            yield _row(found, question, count)


def _row(found: Sequence[Found], question: str, count: int) -> str:
    def of(method: str) -> dict[int, float]:
        wanted = count if question == "enrolled" or method != "before" else 0
        return {
            f.seed: f.top1
            for f in found
            if (f.question, f.method, f.photos) == (question, method, wanted)
        }

    before, after = of("before"), of("fine-tuned")
    changes = [after[seed] - before.get(seed, before.get(0, 0.0)) for seed in sorted(after)]
    cells = [_spread(list(before.values())), _spread(list(after.values()))]
    told = ", ".join(f"{change:+.1f}" for change in changes)
    return f"| {question} | {count} | {len(after)} | {' | '.join(cells)} | {told} |"


def _spread(values: Sequence[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.1f} %"
    return f"{mean(values):.1f} % ± {stdev(values):.1f}"


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Measure fine-tuning with few photos.")
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("name")
    parser.add_argument("--start", required=True, help="folder of the weights before, in RUNS")
    parser.add_argument("--report", type=Path, required=True)
    options = parser.parse_args()
    found = []
    for each in measure(options, read(options.data)):
        say(str(each))
        found.append(each)
    write_report(options.report, "benchmarks.few_shot", list(table(found)))
    with options.report.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["question", "method", "photos", "seed", "top-1"])
        writer.writerows([f.question, f.method, f.photos, f.seed, f"{f.top1:.2f}"] for f in found)


if __name__ == "__main__":
    main()

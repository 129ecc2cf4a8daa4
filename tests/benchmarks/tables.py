r"""Write the tables that the trainings of docs/results.md read.

::

    PYTHONPATH=tests python -m benchmarks.tables DATA/ATRW RUNS/atrw.csv --species tiger
    PYTHONPATH=tests python -m benchmarks.tables DATA/ATRW RUNS/atrw-report.csv --species tiger \
        --report-split docs/benchmarks/atrw-report-split.csv

The encounters are those of `benchmarks.photos`. The report's split takes two random photos of each
individual for queries, and up to eight of the others as references; all others are learnt from.
"""

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.photos import Photo, read
from benchmarks.protocol import Split

COLUMNS = ("path", "identity", "species", "orientation", "encounter", "dev_split")
TESTS, REFERENCES = 2, 8


def main() -> None:
    """Read the command line and write."""
    options = _parser().parse_args()
    photos = [p for p in read(options.data, "clip") if options.part in ("all", p.part)]
    if options.report_split:
        split = report_split(photos, options.seed)
        split.write(options.report_split)
        asked = {photo.name for photo in split.queries}
        photos = [photo for photo in photos if photo.name not in asked]
    if options.per_individual:
        few = list(_few(photos, options.per_individual, options.seed))
        if options.few_split:
            chosen = {photo.name for photo in few}
            Split(few, [p for p in photos if p.name not in chosen]).write(options.few_split)
        photos = few
    _write(photos, options.species, options.table)


def report_split(photos: Sequence[Photo], seed: int) -> Split:
    """Draw two queries and up to eight references of every individual, in no regard of time."""
    draw = random.Random(seed)
    gallery, queries = [], []
    for mine in _by_individual(photos).values():
        draw.shuffle(mine)
        queries += mine[:TESTS]
        gallery += mine[TESTS : TESTS + REFERENCES]
    return Split(gallery, queries)


def _few(photos: Sequence[Photo], count: int, seed: int) -> Iterator[Photo]:
    """Draw some photos of every individual, from as many encounters as there are."""
    draw = random.Random(seed)
    for mine in _by_individual(photos).values():
        draw.shuffle(mine)
        turn: dict[str, int] = defaultdict(int)
        order = []
        for photo in mine:
            order.append((turn[photo.encounter], photo))
            turn[photo.encounter] += 1
        order.sort(key=lambda pair: pair[0])
        yield from (photo for _, photo in order[:count])


def _by_individual(photos: Sequence[Photo]) -> dict[str, list[Photo]]:
    found: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        found[photo.identity].append(photo)
    return {name: found[name] for name in sorted(found)}


def _write(photos: Sequence[Photo], species: str, table: Path) -> None:
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for p in photos:
            row = (p.path.resolve(), p.identity, species, p.side, p.encounter, p.part)
            writer.writerow(row)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write tables for trainings.")
    parser.add_argument("data", type=Path, help="folder with metadata.csv")
    parser.add_argument("table", type=Path, help="CSV to write")
    parser.add_argument("--species", required=True)
    parser.add_argument("--part", choices=("all", "train", "val"), default="all")
    parser.add_argument("--report-split", type=Path, help="hold out queries, and write this file")
    parser.add_argument("--per-individual", type=int, help="keep so many photos of each")
    parser.add_argument("--few-split", type=Path, help="those are the gallery, all others ask")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    main()

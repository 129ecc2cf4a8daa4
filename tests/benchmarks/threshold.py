r"""Measure whether the threshold of an unseen species keeps its promise about strangers.

::

    PYTHONPATH=tests python -m benchmarks.threshold DATA/NyalaData/metadata.csv --species nyala \
        --weights RUNS/zero-nyala/model.safetensors --report docs/benchmarks/threshold.md

In every draw half of the individuals are enrolled under their names and the others are strangers,
who are in nobody's gallery. Of each enrolled animal with several sightings the last one asks. The
threshold is set by fieldmark as in every report; 5 % of the strangers' photos may score higher.
"""

import argparse
import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.reports import processor, say, write_report
from fieldmark.api.ground import lay_ground, method_of, read_rows
from fieldmark.api.threshold import FALSE_MATCHES, threshold_of
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.files import sha256
from fieldmark.jobs import silent
from fieldmark.pipeline.search import search

PROFILE = """
name: drawn
scientific_name: {species}
extends: patterned
default: shared
pipelines:
  shared:
    preprocess: [{{use: crop}}, {{use: resize, options: {{height: 440, width: 440}}}}]
    embed: {{use: multispecies-arcface, weights: "{reference}"}}
    match: {{use: nearest}}
"""
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Draw:
    """What came of one draw; shares lie in 0–1."""

    threshold: float
    low: float
    high: float
    strangers: int
    false_matches: float
    known: int
    above: float
    right: float


def drawn(rows: Sequence[Mapping[str, str]], seed: int) -> tuple[Rows, dict[str, str]]:
    """Return a table in which queries have no name, and the truth of these; `-` for strangers."""
    names = sorted({row["identity"] for row in rows})
    random.Random(seed).shuffle(names)
    enrolled = set(names[: len(names) // 2])
    visits: dict[str, list[str]] = {}
    for row in rows:
        mine = visits.setdefault(row["identity"], [])
        if row["sighting"] not in mine:
            mine.append(row["sighting"])
    table, truth = [], {}
    for row in rows:
        who = row["identity"]
        last = len(visits[who]) > 1 and row["sighting"] == visits[who][-1]
        asks = who not in enrolled or last
        if asks:
            truth[row["image_path"]] = who if who in enrolled else "-"
        table.append({**row, "identity": "unknown" if asks else who})
    return table, truth


def run(options: argparse.Namespace, seed: int, folder: Path) -> Draw:
    """Return one draw's result."""
    with options.data.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table, truth = drawn(rows, seed)
    path = folder / f"{seed}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["image_path", "identity", "orientation", "sighting"],
                                extrasaction="ignore")  # fmt: skip
        writer.writeheader()
        writer.writerows(table)
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    with Project.create(folder / str(seed), "drawn") as project:
        # Features are kept by content, so that only the first draw makes them.
        (project.folder / "cache").symlink_to(cache, target_is_directory=True)
        (project.folder / "species").mkdir()
        reference = f"{options.weights.resolve().as_uri()}#sha256={sha256(options.weights)}"
        text = PROFILE.format(species=options.species, reference=reference)
        (project.folder / "species" / "drawn.yaml").write_text(text, encoding="utf-8")
        import_table(project, path, root=options.data.parent, columns={"encounter": "sighting"})
        return _measured(project, truth, cache)


def _measured(project: Project, truth: Mapping[str, str], cache: Path) -> Draw:
    method = method_of(project, None)
    rows = read_rows(project, method.profile)
    named = [n for n, row in rows.items() if row.individual_name]
    asked = [n for n, row in rows.items() if not row.individual_name]
    ground = lay_ground(project, method, rows, asked, named, 2, silent)
    limit = threshold_of(ground)
    assert limit is not None and limit.value is not None  # noqa: PT018
    strange, known, right = [], [], []
    for answers in search(asked, ground.embedded.keys, ground.index, ground.rules, cache, 1):
        for answer in answers:
            path = rows[answer.query].path
            who = next(t for p, t in truth.items() if path and str(path).endswith(p))
            best = answer.candidates[0] if answer.candidates else None
            above = best is not None and best.score >= limit.value
            if who == "-":
                strange.append(above)
            else:
                known.append(above)
                name = rows[best.annotations[0]].individual_name if best else None
                right.append(above and name == who)
    return Draw(
        limit.value, limit.low or 0, limit.high or 0,
        len(strange), mean(strange), len(known), mean(known), sum(right) / max(1, sum(known)),
    )  # fmt: skip


def lines(draws: Sequence[Draw]) -> Iterator[str]:
    """Yield the report."""
    heads = (
        "seed",
        "threshold (95 %)",
        "strangers",
        "above",
        "enrolled",
        "above",
        "of those right",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---|---|---|---|---|"
    for seed, each in enumerate(draws):
        yield (
            f"| {seed} | {each.threshold:.4f} ({each.low:.4f}–{each.high:.4f}) | {each.strangers}"
            f" | {each.false_matches:.1%} | {each.known} | {each.above:.1%} | {each.right:.1%} |"
        )
    shares = np.array([each.false_matches for each in draws])
    yield ""
    yield (
        f"Asked for: {FALSE_MATCHES:.0%} of strangers above. Found over {len(draws)} draws:"
        f" {shares.mean():.1%} (standard deviation {shares.std(ddof=1):.1%})."
    )
    yield ""
    yield f"{processor()}; the seed of each draw is its number."


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="a table with image_path, identity, sighting")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--species", required=True)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        draws = [run(options, seed, Path(folder)) for seed in range(options.draws)]
    report = list(lines(draws))
    for line in report:
        say(line)
    if options.report is not None:
        write_report(options.report, "benchmarks.threshold", report)


if __name__ == "__main__":
    main()

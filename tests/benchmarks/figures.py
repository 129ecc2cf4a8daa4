r"""Draw the figures of docs/results.md from the CSV files beside the reports.

::

    PYTHONPATH=tests python -m benchmarks.figures docs/benchmarks docs/images
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "fieldmark"  # the same figure has the same bytes

import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen first

LEARNT, ALONE, FLOOR = "#1b6ca8", "#3a8a3f", "#9a9a9a"
ZERO = "zero-shot"


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def colour(method: str) -> str:
    """Return the colour of a method: learnt, without training, or a floor."""
    if method.startswith("local"):
        return ALONE
    return FLOOR if method.startswith("floor") else LEARNT


def bars(rows: Sequence[Mapping[str, str]], title: str, path: Path) -> None:
    """Draw top-1 of every method with its interval."""
    figure, axes = plt.subplots(figsize=(8, 0.34 * len(rows) + 1.2))
    for place, row in enumerate(reversed(rows)):
        top, low, high = (100 * float(row[key]) for key in ("top-1", "low", "high"))
        axes.barh(place, top, color=colour(row["method"]))
        error = [[max(top - low, 0)], [max(high - top, 0)]]
        axes.errorbar(top, place, xerr=error, color="black", capsize=2, lw=1)
    axes.set_yticks(range(len(rows)), [row["method"] for row in reversed(rows)])
    axes.set_xlabel("top-1, % (95 % interval over individuals)")
    axes.set_title(title, fontsize=10)
    axes.set_xlim(0, 100)
    _keep(figure, path)


def curve(rows: Sequence[Mapping[str, str]], title: str, path: Path) -> None:
    """Draw top-1 after fine-tuning with 2, 4 and 8 photos: mean and spread over seeds."""
    found: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        words = row["method"].split()
        if words[0] == "fine-tuned":  # `fine-tuned 4 seed 1`
            found[int(words[1])].append(100 * float(row["top-1"]))
    figure, axes = plt.subplots(figsize=(6, 4))
    sizes = sorted(found)
    spread = [stdev(found[size]) if len(found[size]) > 1 else 0.0 for size in sizes]
    axes.errorbar(
        sizes,
        [mean(found[size]) for size in sizes],
        spread,
        marker="o",
        capsize=3,
        color=LEARNT,
        label="fine-tuned (mean, one standard deviation over seeds)",
    )
    for row in rows:
        if not row["method"].startswith("fine-tuned"):
            style = "--" if row["method"].startswith((ZERO, "local")) else ":"
            height = 100 * float(row["top-1"])
            axes.axhline(height, ls=style, color=colour(row["method"]))
            axes.annotate(row["method"], (max(sizes), height), fontsize=7, ha="right", va="bottom")
    axes.set_xticks(sizes)
    axes.set_xlabel("photos of each individual learnt from")
    axes.set_ylabel("top-1, %")
    axes.set_ylim(0)
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=7)
    _keep(figure, path)


def _keep(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


TITLES = {
    "deep-atrw": "ATRW, tigers of no training, own clip left out",
    "deep-nyala": "Nyala, animals of no training, own sighting left out",
    "deep-cattle": "Holstein faces, animals of no training, own clip left out",
    "deep-atrw-report": "ATRW, the report's split: neighbouring frames on both sides",
}


def main() -> None:
    """Read the command line and draw what there is."""
    parser = argparse.ArgumentParser(description="Draw the figures of docs/results.md.")
    parser.add_argument("tables", type=Path)
    parser.add_argument("images", type=Path)
    options = parser.parse_args()
    for name, title in TITLES.items():
        bars(read(options.tables / f"{name}.csv"), title, options.images / f"{name}.svg")
    for name in ("nyala", "atrw"):
        rows = read(options.tables / f"fine-tune-{name}.csv")
        curve(rows, f"Fine-tuning on {name}", options.images / f"fine-tune-{name}.svg")


if __name__ == "__main__":
    main()

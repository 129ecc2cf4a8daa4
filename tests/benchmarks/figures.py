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
from matplotlib.figure import Figure  # noqa: E402

LEARNT, ALONE, FLOOR = "#1b6ca8", "#3a8a3f", "#9a9a9a"


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
    """Draw top-1 before and after fine-tuning: mean and standard deviation over seeds."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for question, style in (("enrolled", "-"), ("new", "--")):
        for method, shade in (("fine-tuned", LEARNT), ("before", FLOOR)):
            found: dict[int, list[float]] = defaultdict(list)
            for row in rows:
                if (row["question"], row["method"]) == (question, method):
                    found[int(row["photos"])].append(float(row["top-1"]))
            sizes = sorted(found)
            if sizes == [0]:  # one measurement, whatever the number of photos
                axes.axhline(found[0][0], ls=style, color=shade, label=f"{question}, {method}")
                continue
            spread = [stdev(found[size]) if len(found[size]) > 1 else 0.0 for size in sizes]
            means = [mean(found[size]) for size in sizes]
            label = f"{question}, {method}"
            axes.errorbar(sizes, means, spread, ls=style, marker="o", capsize=3, color=shade,
                          label=label)  # fmt: skip
    axes.set_xticks([2, 4, 8])
    axes.set_xlabel("photos of each individual")
    axes.set_ylabel("top-1, % (mean, standard deviation over seeds)")
    axes.set_ylim(0)
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=7)
    _keep(figure, path)


def _keep(figure: Figure, path: Path) -> None:
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

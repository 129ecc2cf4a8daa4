r"""Write the table and draw the figure of a training-size study.

::

    fieldmark compare … --sizes 2,4,8 … --out OUT
    PYTHONPATH=tests python -m benchmarks.training_size OUT/results.json \
        --report docs/benchmarks/training-size.md --figures docs/images
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "fieldmark"  # the same figure has the same bytes

import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen first

from benchmarks.reports import processor, write_report  # noqa: E402
from fieldmark.evaluate.results import (  # noqa: E402
    Comparison,
    Curve,
    Estimate,
    Point,
    SizeStudy,
)

COLOURS = {
    "local": "#3a8a3f",
    "zero-shot": "#9a9a9a",
    "fine-tuned": "#1b6ca8",
    "from scratch": "#b8651b",
}


def size_of(study: SizeStudy, point: Point) -> int:
    """Return what grows."""
    return point.photos if study.varied == "photos" else point.individuals


def text(estimate: Estimate) -> str:
    """Return a share with its interval."""
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.1%}"
    return f"{estimate.value:.1%} ({estimate.low:.1%}–{estimate.high:.1%})"


def table(study: SizeStudy) -> Iterator[str]:
    """Yield a row for each size; the seeds stand behind a mean over several."""
    sizes = sorted({size_of(study, point) for curve in study.curves for point in curve.points})
    told = "photos of each" if study.varied == "photos" else "individuals"
    yield f"| {told} | {' | '.join(curve.name for curve in study.curves)} |"
    yield f"|---|{'---|' * len(study.curves)}"
    for size in sizes:
        yield f"| {size} | {' | '.join(_cell(study, curve, size) for curve in study.curves)} |"


def _cell(study: SizeStudy, curve: Curve, size: int) -> str:
    for point in curve.points:
        if size_of(study, point) == size:
            seeds = ", ".join(f"{100 * share:.1f}" for share in point.seeds)
            return text(point.estimate) + (f" [{seeds}]" if len(point.seeds) > 1 else "")
    return "—"


def lines(study: SizeStudy) -> Iterator[str]:
    """Yield everything that a study says."""
    yield f"{study.data}, {study.protocol}, {study.metric} (95 % over individuals and seeds):"
    yield ""
    yield from table(study)
    yield ""
    yield from (f"- {sentence}." for sentence in (*study.crossing, *study.notes))
    yield ""


def draw(study: SizeStudy, path: Path) -> None:
    """Draw every curve with its interval."""
    figure, axes = plt.subplots(figsize=(6, 4))
    for curve in study.curves:
        sizes = [size_of(study, point) for point in curve.points]
        shares = [100 * point.estimate.value for point in curve.points]
        ends = [(point.estimate.low, point.estimate.high) for point in curve.points]
        colour = COLOURS[curve.kind]
        axes.plot(sizes, shares, marker="o", color=colour, label=curve.name)
        if all(low is not None and high is not None for low, high in ends):
            low, high = ([100 * (end or 0.0) for end in side] for side in zip(*ends, strict=True))
            axes.fill_between(sizes, low, high, color=colour, alpha=0.15, lw=0)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    of = "photos of each individual" if study.varied == "photos" else "individuals"
    axes.set_xlabel(f"learnt from: {of}")
    axes.set_ylabel("top-1 on held-out individuals, %")
    axes.set_ylim(0)
    axes.legend(fontsize=8)
    axes.set_title(study.data, fontsize=10)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Read the command line, write, draw."""
    parser = argparse.ArgumentParser(description="Show a training-size study.")
    parser.add_argument("results", type=Path)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--figures", type=Path, required=True)
    options = parser.parse_args()
    found = Comparison.model_validate_json(options.results.read_text(encoding="utf-8"))
    told = [f"    {found.command}", "", f"Seeds: 0, 1, …; {processor()}.", ""]
    for study in found.sizes:
        figure = options.figures / f"training-size-{study.data}-{study.varied}.svg"
        draw(study, figure)
        told += [*lines(study), f"![Training sizes](../images/{figure.name})", ""]
    write_report(options.report, "benchmarks.training_size", told)


if __name__ == "__main__":
    main()

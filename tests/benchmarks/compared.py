r"""Write tables of a comparison, for docs/results.md, from its `results.json`.

::

    PYTHONPATH=tests python -m benchmarks.compared OUT/results.json --report PAGE.md
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.reports import say
from fieldmark.evaluate.results import Cell, Comparison, Decided, Difference, Estimate
from fieldmark.files import write_text
from fieldmark.report.comparison import read_results

SHARES = ("top-1", "balanced top-1", "top-5")
OTHERS = ("mAP", "MAP@R", "AUROC new", "BAKS-BAUS", "ECE")


def tables(found: Comparison) -> Iterator[str]:
    """Yield the lines of a page: the command, then each protocol."""
    yield f"    {found.command}"
    yield ""
    for data in found.data:
        title = data.data, data.protocol
        cells = [cell for cell in found.cells if (cell.data, cell.protocol) == title]
        yield f"## {data.data}, {data.protocol}"
        yield ""
        first = cells[0]
        yield (
            f"{data.photos} photos of {data.individuals} individuals, {data.queries} queries"
            f" ({first.answerable} answerable, {first.new} of new individuals). {data.description}"
        )
        yield ""
        yield from _table(cells)
        yield ""
        fused = {each.name for each in found.pipelines if each.kind == "fused"}
        here = [each for each in found.differences if (each.data, each.protocol) == title]
        yield from _differences([each for each in here if {each.first, each.second} & fused])
        yield from (f"- {warning}" for warning in data.warnings)
        yield ""
    yield from (f"> {sentence}" for sentence in found.conclusion)
    yield ""
    yield f"{found.machine}; fieldmark {found.version}; every draw: seed 0."


def _table(cells: Sequence[Cell]) -> Iterator[str]:
    shares = [name for name in SHARES if any(name in cell.metrics for cell in cells)]
    others = [name for name in OTHERS if any(name in cell.metrics for cell in cells)]
    yield f"| pipeline | {' | '.join([*shares, *others])} | decided at 5 % wrong names |"
    yield "|" + "---|" * (len(shares) + len(others) + 2)
    for cell in cells:
        numbers = [_share(cell.metrics.get(name)) for name in shares]
        numbers += [_number(cell.metrics.get(name)) for name in others]
        yield f"| {cell.pipeline} | {' | '.join(numbers)} | {_decided(cell.decided)} |"


def _share(found: Estimate | None) -> str:
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.value:.1%}"
    return f"{found.value:.1%} ({found.low:.1%}–{found.high:.1%})"


def _number(found: Estimate | None) -> str:
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f}–{found.high:.3f})"


def _decided(decided: Sequence[Decided]) -> str:
    for each in decided:
        if each.kind == "false-match":
            wrong = "" if each.rate is None else f"; wrong: {_share(each.rate)}"
            return f"{_share(each.decided)}{wrong}"
    return ""


def _differences(found: Sequence[Difference]) -> Iterator[str]:
    """Yield how far the combinations are from every other pipeline."""
    shown = [each for each in found if each.metric == "top-1"]
    if not shown:
        return
    yield "| top-1 of | minus that of | points |"
    yield "|---|---|---|"
    for each in shown:
        e = each.estimate
        inside = "" if e.low is None or e.high is None else f" ({e.low:+.1%} to {e.high:+.1%})"
        yield f"| {each.first} | {each.second} | {e.value:+.1%}{inside} |"
    yield ""


def main() -> None:
    """Read the command line, write or print the page."""
    parser = argparse.ArgumentParser(description="Tables of a comparison.")
    parser.add_argument("results", type=Path)
    parser.add_argument("--report", type=Path, help="markdown file to write")
    options = parser.parse_args()
    page = "\n".join(tables(read_results(options.results))) + "\n"
    if options.report:
        write_text(options.report, page)
    else:
        say(page)


if __name__ == "__main__":
    main()

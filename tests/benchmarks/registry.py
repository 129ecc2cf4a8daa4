r"""Measure what naming weights by the model hub costs once they are here.

::

    PYTHONPATH=tests python -m benchmarks.registry --report docs/benchmarks/registry.md

A real hub on this computer serves a network; it is pulled once. Then, in one run: how long a
resolve takes (cold: the digest is computed; warm: a receipt says it), how many requests the hub
sees meanwhile, and which part of an identification is spent in the registry, once with features
to be made and once with all of them in the cache.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.reports import processor, say, write_report
from fieldmark.api.identify import Request, identify
from fieldmark.catalog import Project
from fieldmark.catalog.imports import import_table
from fieldmark.synthetic import demo_plan, write_survey
from fieldmark_registry.digests import sha256_of
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.models import megadescriptor_shaped
from support.users import User, live_as

ROUNDS = 200
PROFILE = """
name: bench
scientific_name: Panthera tigris
pipelines:
  shared:
    preprocess: [{{use: crop}}]
    embed: {{use: timm, weights: "{reference}"}}
    match: {{use: nearest}}
default: shared
"""


@dataclass
class Clock:
    """Seconds spent in some functions, and how often they were called."""

    seconds: float = 0.0
    calls: int = 0
    _inside: bool = field(default=False, repr=False)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time added up, that of calls within calls once."""

        def timed(*arguments: Any, **named: Any) -> Any:
            if self._inside:
                return function(*arguments, **named)
            self._inside, begun = True, time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - begun
                self.calls += 1
                self._inside = False

        return timed


@contextmanager
def registry_clock() -> Iterator[Clock]:
    """Time everything that a run asks of the registry."""
    clock = Clock()
    names = ("standard", "exact", "locate", "verified")
    kept = {name: clock.around(getattr(Shelf, name)) for name in names}
    with (
        patch.object(Shelf, "standard", staticmethod(kept["standard"])),
        patch.object(Shelf, "exact", kept["exact"]),
        patch.object(Shelf, "locate", kept["locate"]),
        patch.object(Shelf, "verified", kept["verified"]),
    ):
        yield clock


def resolves(reference: str, receipts: Path) -> Iterator[str]:
    """Yield the lines of the resolve table."""
    cold = []
    for _ in range(3):
        for receipt in receipts.glob("*.json"):
            receipt.unlink()
        cold.append(timed(lambda: Shelf.standard().verified(reference)))
    warm = [timed(lambda: Shelf.standard().verified(reference)) for _ in range(ROUNDS)]
    size = Shelf.standard().verified(reference).stat().st_size / 1e6
    yield f"| digest computed ({size:.0f} MB) | {1000 * median(cold):.1f} ms |"
    yield f"| receipt at hand, median of {ROUNDS} | {1000 * median(warm):.2f} ms |"
    yield f"| the slowest of them | {1000 * max(warm):.2f} ms |"


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def identifications(folder: Path, reference: str) -> Iterator[str]:
    """Yield the lines of the table of shares: features made, then features at hand."""
    survey = write_survey(demo_plan(), folder / "survey", lambda _done, _total: None)
    project_folder = folder / "project"
    profile = project_folder / "species" / "bench.yaml"
    with Project.create(project_folder, "bench") as project:
        profile.parent.mkdir()
        profile.write_text(PROFILE.format(reference=reference), encoding="utf-8")
        import_table(project, survey.truth, root=survey.folder)
        for what in ("features made", "features at hand"):
            with registry_clock() as clock:
                seconds = timed(lambda: identify(project, Request(queries="all")))
            share = clock.seconds / seconds
            yield (
                f"| {what} | {seconds:.2f} s | {1000 * clock.seconds:.1f} ms in {clock.calls} calls"
                f" | {share:.2%} |"
            )


def measured(folder: Path) -> list[str]:
    """Return the report's lines."""
    network = megadescriptor_shaped(folder / "network")
    files = {path.name: path for path in network.parent.iterdir()}
    home = folder / "home"
    with LocalHub(folder / "hub") as hub, pytest.MonkeyPatch.context() as patched:
        live_as(User(hub, folder, hub.environment(home)), patched)
        commit = hub.publish("bench/network", files, licence="mit")
        reference = f"hf://bench/network@{commit}/{network.name}#sha256={sha256_of(network)}"
        shelf = Shelf.standard()
        pull(shelf, plan(shelf, reference), lambda _done, _total, _what: None)
        hub.requests.clear()
        lines = ["| resolve of weights in the cache | time |", "|---|---|"]
        lines += resolves(reference, home / "fieldmark" / "receipts")
        lines += [
            "",
            "| identification | whole run | in the registry | share |",
            "|---|---|---|---|",
        ]
        lines += identifications(folder, reference)
        lines += ["", f"Requests that the hub saw after the pull: {len(hub.requests)}."]
        lines += [
            "",
            f"{processor()}; the synthetic survey of the demonstration, whose seed is fixed.",
        ]
    return lines


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        lines = measured(Path(folder))
    for line in lines:
        say(line)
    if options.report is not None:
        write_report(options.report, "benchmarks.registry", lines)


if __name__ == "__main__":
    main()

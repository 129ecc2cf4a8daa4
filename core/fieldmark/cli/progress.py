"""How the command line shows long work: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fieldmark.jobs import Progress

QUIET_SECONDS = 10.0
"""Seconds between two lines when the output is not a terminal."""


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a function that long work calls; shows n/N, the rate and the time left."""
    if quiet:
        from fieldmark.jobs import silent

        yield silent
    elif sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bar:
        tasks: dict[str, tuple[int, float]] = {}

        def report(done: int, total: int | None, what: str) -> None:
            if what not in tasks:
                number = bar.add_task(what, total=total, rate="")
                tasks[what] = (number, time.monotonic())
            task, begun = tasks[what]
            rate = done / max(time.monotonic() - begun, 1e-3)
            bar.update(bar.task_ids[task], completed=done, total=total, rate=f"{rate:.1f}/s")

        yield report


class _Lines:
    """Prints a line at the start, every few seconds, and at the end."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._last = 0.0

    def __call__(self, done: int, total: int | None, what: str) -> None:
        now = time.monotonic()
        first = what not in self._begun
        begun = self._begun.setdefault(what, now)
        if first or done == total or now - self._last >= QUIET_SECONDS:
            self._last = now
            print(_line(done, total, what, now - begun), file=sys.stderr, flush=True)  # noqa: T201


def _line(done: int, total: int | None, what: str, seconds: float) -> str:
    text = f"{what}: {done}/{'?' if total is None else total}"
    if not done or seconds < 1:
        return text
    rate = done / seconds
    left = f", {(total - done) / rate:.0f} s left" if total and done < total else ""
    return f"{text}, {rate:.1f}/s{left}"

"""How long a stage takes, and how much memory the process has meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fieldmark.evaluate.results import Cost

_STATM = Path("/proc/self/statm")
_PAGE_MIB = 4096 / 2**20
"""Pages are of 4 KiB wherever Linux runs on x86-64 and on most of ARM."""
_EVERY = 0.05
"""Seconds between two looks at the memory."""


@dataclass
class Meter:
    """What a stage took, once it is over; `peak_mib` is None where there is no `/proc`."""

    seconds: float = 0.0
    peak_mib: float | None = None

    def cost(self, stage: str, n: int, *, sample: bool = False) -> Cost:
        """Return what the stage took for `n` photos or queries."""
        return Cost(stage=stage, seconds=self.seconds, n=n, peak_mib=self.peak_mib, sample=sample)


@contextmanager
def measured() -> Iterator[Meter]:
    """Measure what happens inside."""
    meter, over = Meter(), threading.Event()
    watch = threading.Thread(target=_watch, args=(meter, over), daemon=True)
    watch.start()
    begun = time.perf_counter()
    try:
        yield meter
    finally:
        meter.seconds = time.perf_counter() - begun
        over.set()
        watch.join()


def _watch(meter: Meter, over: threading.Event) -> None:
    while True:
        now = _resident_mib()
        if now is not None:
            meter.peak_mib = max(meter.peak_mib or 0.0, now)
        if over.wait(_EVERY):
            return


def _resident_mib() -> float | None:
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE_MIB
    except (OSError, ValueError, IndexError):
        return None


def joined(costs: list[Cost]) -> tuple[Cost, ...]:
    """Return one cost for each stage: seconds and counts added, the highest memory."""
    found: dict[str, Cost] = {}
    for cost in costs:
        before = found.get(cost.stage)
        found[cost.stage] = cost if before is None else _added(before, cost)
    return tuple(found.values())


def _added(one: Cost, other: Cost) -> Cost:
    peaks = [each.peak_mib for each in (one, other) if each.peak_mib is not None]
    return Cost(
        stage=one.stage,
        seconds=one.seconds + other.seconds,
        n=one.n + other.n,
        peak_mib=max(peaks, default=None),
        sample=one.sample or other.sample,
    )

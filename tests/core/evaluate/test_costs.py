"""What a stage takes is measured while it runs."""

import time
from pathlib import Path

import numpy as np
import pytest

from fieldmark.evaluate.costs import joined, measured
from fieldmark.evaluate.results import Cost


def test_time_is_that_of_the_block() -> None:
    """A block that sleeps takes at least that long."""
    with measured() as meter:
        time.sleep(0.02)
    assert meter.seconds >= 0.02


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system has no /proc")
def test_memory_is_that_at_the_highest() -> None:
    """Memory that is held and given back within the block is counted."""
    with measured() as before:
        time.sleep(0.06)
    with measured() as meter:
        held = np.ones(2**23)  # 64 MiB
        time.sleep(0.12)
        del held
    assert before.peak_mib is not None
    assert meter.peak_mib is not None
    assert meter.peak_mib > before.peak_mib + 48


def test_costs_of_a_stage_are_added() -> None:
    """Seconds and counts add up, memory does not."""
    one = Cost(stage="search", seconds=1, n=10, peak_mib=100)
    other = Cost(stage="search", seconds=2, n=5, peak_mib=300)
    (found,) = joined([one, other])
    assert (found.seconds, found.n, found.peak_mib) == (3, 15, 300)

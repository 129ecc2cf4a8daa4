"""Work spread over processes loses one bad unit at most."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fieldmark.errors import ProjectError
from fieldmark.jobs import AHEAD, Failed, Spread, default_workers
from support.units import double, meet, nothing


def spread(numbers: list[int], workers: int = 2) -> dict[int, int | Failed]:
    """Double the numbers in worker processes."""
    return dict(Spread(double, nothing, workers)(numbers))


def test_every_unit_gives_its_result() -> None:
    """Each unit comes back once, with its own result."""
    assert spread(list(range(12))) == {n: 2 * n for n in range(12)}


def test_no_units_need_no_process() -> None:
    """An empty job is done at once."""
    assert spread([]) == {}


def test_a_unit_that_raises_is_reported_and_the_others_go_on() -> None:
    """The reason of our own errors is their sentence; of others, their type and text."""
    results = spread([12, 13, 14, 17])
    assert results[13] == Failed("thirteen is not allowed; use another number")
    assert results[14] == Failed("ZeroDivisionError: division")
    assert (results[12], results[17]) == (24, 34)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_unit_that_kills_its_worker_loses_only_itself() -> None:
    """After a worker dies, the units in flight are tried again, one by one."""
    numbers = [*range(6), 15, *range(20, 20 + 3 * AHEAD)]
    results = spread(numbers)
    assert results.pop(15) == Failed(
        "the process that worked on it died (out of memory, or a crash)"
    )
    assert results == {n: 2 * n for n in numbers if n != 15}


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in /proc")
def test_a_killed_job_leaves_no_workers_behind(tmp_path: Path) -> None:
    """When the process that started them is killed, the workers end by themselves."""
    script = (
        "from functools import partial; from pathlib import Path\n"
        "from fieldmark.jobs import Spread; from support.units import linger, nothing\n"
        "if __name__ == '__main__':\n"
        f"    list(Spread(partial(linger, Path({str(tmp_path)!r})), nothing, 2)(range(100)))\n"
    )
    (tmp_path / "job.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    job = subprocess.Popen([sys.executable, tmp_path / "job.py"], env=environment)
    while len(workers := [int(path.read_text()) for path in tmp_path.glob("*.pid")]) < 2:
        time.sleep(0.1)
    job.kill()
    job.wait()
    deadline = time.monotonic() + 20
    while any(map(_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(_alive, workers))


def _alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_trouble_of_the_project_stops_the_job() -> None:
    """A full disk is not the fault of one unit, so it is raised."""
    with pytest.raises(ProjectError, match="disk is full"):
        spread([1, 16, 2])


def test_the_work_is_done_by_several_processes(tmp_path: Path) -> None:
    """Two workers share the units, and neither is this process."""
    list(Spread(partial(meet, tmp_path), nothing, 2)(range(4)))
    processes = {path.name for path in tmp_path.iterdir()}
    assert str(os.getpid()) not in processes
    assert len(processes) == 2


def test_units_are_drawn_only_as_they_are_needed() -> None:
    """A long list of units is never held in memory: few are drawn ahead of the results."""
    drawn: list[int] = []

    def draw() -> Iterator[int]:
        for number in range(100, 200):
            drawn.append(number)
            yield number

    next(Spread(double, nothing, 1)(draw()))
    assert len(drawn) <= AHEAD + 1


def test_there_is_at_least_one_worker() -> None:
    """Every machine can work."""
    assert default_workers() >= 1

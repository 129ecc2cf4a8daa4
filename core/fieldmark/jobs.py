"""Spreading work over processes, so that one bad unit loses nothing but itself.

A unit is one picklable description of work (an annotation, say); its result goes where the caller
puts it, usually a cache, so that a killed job resumes by skipping what exists. A unit that raises,
or that kills its worker process (a decoder that crashes, memory that runs out), is reported and
the others go on.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from typing import Generic, Protocol, TypeVar

from fieldmark.errors import FieldmarkError, PluginError, ProjectError

UnitT = TypeVar("UnitT")
ResultT = TypeVar("ResultT")

AHEAD = 4
"""Units handed out per worker before the first result is back; bounds the memory."""


class Progress(Protocol):
    """How long work tells what it has done."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Report that `done` of `total` (None: unknown) are finished; `what` names the work."""
        ...


def silent(done: int, total: int | None, what: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Failed:
    """A unit that could not be worked; the reason is one sentence for people."""

    reason: str


@dataclass(frozen=True)
class Spread(Generic[UnitT, ResultT]):
    """Work to be done on many units by several processes.

    Attributes:
        work: called with one unit in a worker process; importable by name.
        start: called once in each worker process before its first unit.
        workers: how many processes; 1 still isolates the work in a process of its own.
    """

    work: Callable[[UnitT], ResultT]
    start: Callable[[], None]
    workers: int

    def __call__(self, units: Iterable[UnitT]) -> Iterator[tuple[UnitT, ResultT | Failed]]:
        """Yield every unit once with its result or failure, in the order of completion."""
        queue = iter(units)
        for unit in queue:
            suspects = yield from self._until_broken(chain([unit], queue))
            for suspect in suspects:
                yield suspect, self._alone(suspect)

    def _until_broken(
        self, queue: Iterator[UnitT]
    ) -> Generator[tuple[UnitT, ResultT | Failed], None, list[UnitT]]:
        """Work until the queue is empty or a worker dies; return the units then in flight."""
        flying: dict[Future[ResultT], UnitT] = {}
        pool = self._pool(self.workers)
        try:
            while True:
                for unit in islice(queue, self.workers * AHEAD - len(flying)):
                    if (future := self._hand_out(pool, unit)) is None:
                        return [*flying.values(), unit]
                    flying[future] = unit
                if not flying:
                    return []
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    if isinstance(future.exception(), BrokenProcessPool):
                        return list(flying.values())
                    yield flying.pop(future), _outcome(future.result)
        finally:
            pool.shutdown(cancel_futures=True)

    def _hand_out(self, pool: ProcessPoolExecutor, unit: UnitT) -> Future[ResultT] | None:
        try:
            return pool.submit(self.work, unit)
        except BrokenProcessPool:
            return None

    def _alone(self, unit: UnitT) -> ResultT | Failed:
        """Work one unit in a process of its own, to learn whether it is the one that kills."""
        with self._pool(1) as pool:
            future = pool.submit(self.work, unit)
            if isinstance(future.exception(), BrokenProcessPool):
                return Failed("the process that worked on it died (out of memory, or a crash)")
            return _outcome(future.result)

    def _pool(self, workers: int) -> ProcessPoolExecutor:
        # A forked copy of a process that has used OpenMP can hang; a spawned one cannot.
        begin = partial(_begin, self.start)
        return ProcessPoolExecutor(workers, get_context("spawn"), initializer=begin)


def default_workers() -> int:
    """Return how many processes this machine works well with: one for each usable core."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _begin(start: Callable[[], None]) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    start()


def _leave_with_parent() -> None:
    """End this process when the one that started it is gone; a kill leaves no workers behind."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def by_halves(
    units: Sequence[UnitT], work: Callable[[Sequence[UnitT]], Sequence[ResultT]]
) -> list[ResultT | Failed]:
    """Return what `work` makes of the units; if it raises, find the ones to blame, by halves."""
    if not units:
        return []
    try:
        return list(work(units))
    except Exception as problem:  # noqa: BLE001 - one bad unit must not stop the others
        reason = failed(problem)
    if len(units) == 1:
        return [reason]
    half = len(units) // 2
    return by_halves(units[:half], work) + by_halves(units[half:], work)


def failed(problem: Exception) -> Failed:
    """Return the reason in words; what the project itself cannot survive is raised again."""
    if isinstance(problem, ProjectError | PluginError):  # a full disk, a library that is missing
        raise problem
    if isinstance(problem, FieldmarkError):
        return Failed(str(problem))
    return Failed(f"{type(problem).__name__}: {problem}")


def _outcome(result: Callable[[], ResultT]) -> ResultT | Failed:
    try:
        return result()
    except Exception as problem:  # noqa: BLE001 - one bad unit must not stop the others
        return failed(problem)

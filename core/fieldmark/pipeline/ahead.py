"""Making ready what comes next while something else works: photos, chips.

Decoding and OpenCV let other threads run, so threads suffice.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

ROOM = 512 << 20
"""Bytes of things made ready and not yet taken, at most; one alone may be larger."""

UnitT = TypeVar("UnitT")
ReadyT = TypeVar("ReadyT")


@contextmanager
def ahead(
    units: Iterable[UnitT],
    make: Callable[[UnitT], ReadyT],
    size: Callable[[ReadyT], int],
    threads: int,
    most: int,
) -> Iterator[Iterator[tuple[UnitT, ReadyT]]]:
    """Give every unit with what `make` makes of it, in order, while the next ones are made.

    Args:
        units: read as they are needed.
        make: called in a thread; what it raises is raised where its unit is taken.
        size: bytes of what was made; bounds how many are ahead, together with `ROOM`.
        threads: how many work at once.
        most: units that are ahead at most.
    """
    pool = ThreadPoolExecutor(threads, "ahead")
    try:
        with closing(_in_order(units, pool, make, size, (threads, most))) as ready:
            yield ready
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    units: Iterable[UnitT],
    pool: ThreadPoolExecutor,
    make: Callable[[UnitT], ReadyT],
    size: Callable[[ReadyT], int],
    fewest_and_most: tuple[int, int],
) -> Generator[tuple[UnitT, ReadyT], None, None]:
    flying: deque[tuple[UnitT, Future[ReadyT]]] = deque()
    (count, most), largest = fewest_and_most, 1
    for unit in units:
        flying.append((unit, pool.submit(make, unit)))
        while len(flying) > count:
            first, future = flying.popleft()
            made = future.result()
            largest = max(largest, size(made))
            count = min(max(ROOM // largest, 1), most)
            yield first, made
    for unit, future in flying:
        yield unit, future.result()

"""What comes next is made ready meanwhile, in order and in bounded memory."""

import threading
from collections.abc import Iterator

import pytest

from fieldmark.pipeline import ahead as module
from fieldmark.pipeline.ahead import ahead


def test_everything_comes_once_and_in_order() -> None:
    """However many threads work, units leave in the order in which they came."""
    with ahead(range(100), lambda n: n * n, lambda _made: 1, threads=3, most=8) as made:
        assert list(made) == [(n, n * n) for n in range(100)]


def test_units_are_read_no_further_than_allowed() -> None:
    """A stream of a million photos is never held in memory."""
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1_000):
            read.append(number)
            yield number

    with ahead(numbers(), str, len, threads=2, most=5) as made:
        for taken, _ in enumerate(made, start=1):
            assert len(read) <= taken + 5


def test_large_things_are_made_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no room beside another waits."""
    monkeypatch.setattr(module, "ROOM", 10)
    begun: list[int] = []
    with ahead(range(20), begun.append, lambda _made: 10, 2, 8) as made:
        next(made)
        next(made)
        next(made)
        assert len(begun) <= 5


def test_the_next_one_is_made_while_the_last_is_used() -> None:
    """A unit is begun before the one before it has been used."""
    second = threading.Event()

    def make(number: int) -> int:
        if number == 1:
            second.set()
        return number

    with ahead(range(3), make, lambda _made: 1, threads=1, most=4) as made:
        next(made)
        assert second.wait(10)


def test_leaving_early_leaves_no_thread() -> None:
    """Whoever stops in the middle waits for nothing but what is being made."""
    with ahead(range(10_000), str, len, threads=2, most=4) as made:
        next(made)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]

"""What goes wrong on the way, as the tests ask for it."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_PIECE = 1 << 16


@dataclass(slots=True)
class _Rule:
    match: str
    value: int
    left: int
    wait: int = 0


class Faults:
    """Failures, slowness and breaks for the requests whose path contains a text."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fail: list[_Rule] = []
        self._slow: list[_Rule] = []
        self._cut: list[_Rule] = []
        self._stall: list[_Rule] = []
        self._freeze: list[_Rule] = []
        self._change = threading.Event()

    def fail(self, match: str, status: int, times: int = 1, retry_after: int = 0) -> None:
        """Answer the next requests with a status; -1 times is for ever."""
        self._fail.append(_Rule(match, status, times, retry_after))

    def slow(self, match: str, bytes_per_second: int) -> None:
        """Send bodies no faster than this, until healed; of two rules the later one counts."""
        self._slow.append(_Rule(match, bytes_per_second, -1))

    def cut(self, match: str, after: int, times: int = 1) -> None:
        """Break the connection when this many bytes of the body are sent; -1 times is for ever."""
        self._cut.append(_Rule(match, after, times))

    def stall(self, match: str, times: int = -1) -> None:
        """Do not answer at all until healed."""
        self._stall.append(_Rule(match, 0, times))

    def freeze(self, match: str, after: int) -> None:
        """Send this many bytes of a body, and the rest only when healed."""
        self._freeze.append(_Rule(match, after, -1))

    def heal(self) -> None:
        """Forget all faults; what is slow, stalled or frozen goes on at once."""
        with self._lock:
            for rules in (self._fail, self._slow, self._cut, self._stall, self._freeze):
                rules.clear()
            self._change.set()
            self._change = threading.Event()

    def failure(self, path: str) -> tuple[int, int] | None:
        """Return the status that a request must fail with, if it must, and the seconds to wait."""
        rule = self._take(self._fail, path)
        return None if rule is None else (rule.value, rule.wait)

    def break_after(self, path: str, size: int) -> int | None:
        """Return after how many bytes a body of this size breaks, if it does."""
        rule = self._take(self._cut, path, below=size)
        return None if rule is None else rule.value

    def hold(self, path: str) -> None:
        """Wait, if a request is not to be answered, until healed."""
        change = self._change
        if self._take(self._stall, path) is not None:
            change.wait()

    def pace(self, path: str) -> Callable[[int], None]:
        """Return what waits, after each piece of a body, as long as that piece must take."""
        began, sent = time.monotonic(), 0

        def wait(size: int) -> None:
            nonlocal sent
            sent += size
            change = self._change
            if (limit := self._value(self._freeze, path)) is not None and sent >= limit:
                change.wait()
            elif (rate := self._value(self._slow, path)) is not None:
                change.wait(max(0.0, began + sent / rate - time.monotonic()))

        return wait

    def piece(self, path: str) -> int:
        """Return how many bytes are sent at once: twenty pieces a second where it is slow."""
        rate = self._value(self._slow, path)
        return _PIECE if rate is None else max(1, min(_PIECE, rate // 20))

    def _value(self, rules: list[_Rule], path: str) -> int | None:
        with self._lock:
            return next((rule.value for rule in reversed(rules) if rule.match in path), None)

    def _take(self, rules: list[_Rule], path: str, below: float = math.inf) -> _Rule | None:
        with self._lock:
            for rule in rules:
                if rule.match in path and rule.left != 0 and rule.value < below:
                    rule.left -= 1
                    return rule
        return None

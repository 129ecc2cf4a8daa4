"""Work for the tests of the worker pool, importable in a worker process."""

import os
import signal
import time
from pathlib import Path

from fieldmark.errors import ProjectError, UserError


def nothing() -> None:
    """Start a worker that needs nothing."""


def double(number: int) -> int:
    """Return twice the number; some numbers are bad."""
    if number == 13:
        raise UserError("thirteen is not allowed; use another number")
    if number == 14:
        raise ZeroDivisionError("division")
    if number == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 16:
        raise ProjectError("the disk is full")
    return 2 * number


def meet(folder: Path, number: int) -> int:
    """Leave a file that says which process works, and wait until there are two of them."""
    (folder / f"{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    return number


def linger(folder: Path, number: int) -> int:
    """Say which process works, and take a while."""
    mark = folder / f"{os.getpid()}.tmp"
    mark.write_text(str(os.getpid()))
    mark.replace(mark.with_suffix(".pid"))
    time.sleep(30)
    return number

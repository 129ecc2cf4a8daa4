"""Printing results while they come in, and keeping them with the command that repeats them."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_report(path: Path, module: str, lines: Sequence[str]) -> None:
    """Write lines under the command that made them."""
    command = shlex.join(["python", "-m", module, *sys.argv[1:]])
    text = "\n".join([f"    PYTHONPATH=tests {command}", "", *lines])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")

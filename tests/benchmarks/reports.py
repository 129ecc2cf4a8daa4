"""Printing results while they come in, and keeping them with the command that repeats them."""

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def processor() -> str:
    """Return the processor's name and its number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def write_report(path: Path, module: str, lines: Sequence[str]) -> None:
    """Write lines under the command that made them."""
    command = shlex.join(["python", "-m", module, *sys.argv[1:]])
    text = "\n".join([f"    PYTHONPATH=tests {command}", "", *lines])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")

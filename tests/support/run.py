"""Running the command line as a person does: in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

COMMAND = (sys.executable, "-m", "fieldmark")


def fieldmark(
    *arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a whole environment of its own or in that of the tests."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**(os.environ if env is None else env), "COLUMNS": "160"},
        timeout=300,
    )


def killed_after(seconds: float, *arguments: str | Path) -> bool:
    """Start a command, kill it with its children, and return whether it was still running."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, 9)
    process.wait()
    return running

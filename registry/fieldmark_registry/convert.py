"""Copy the tensors out of a pickle, without running what else it holds.

A pickle is a program. It is opened only in a process of its own that has no token and no settings
of the user's, only by torch's reader that builds nothing but tensors and plain containers
(https://docs.pytorch.org/docs/stable/generated/torch.load.html, `weights_only`), and only once:
what is used afterwards is the safetensors file.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from fieldmark_registry.digests import Progress
from fieldmark_registry.problems import WeightsProblem

_PROGRAM = Path(__file__).with_name("unpickle.py")
# What a process needs to start, and to find torch's own libraries; nothing with a secret in it.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "OMP_NUM_THREADS")


def convert(pickle: Path, target: Path, progress: Progress | None = None) -> None:
    """Write the tensors of a pickle to a safetensors file.

    The same pickle gives the same bytes with the same versions of torch and safetensors.

    Args:
        pickle: the file; it is not changed.
        target: the file to write; its folder must exist.
        progress: told before and after, in bytes.

    Raises:
        WeightsProblem: if it holds more than tensors, cannot be read, or torch is missing.
    """
    size = pickle.stat().st_size
    folders = _folders(pickle)
    if progress is not None:
        progress(0, size, f"converting {pickle.name}")
    with tempfile.TemporaryDirectory(prefix="fieldmark-") as empty:
        answer = _run([str(pickle.resolve()), str(target.resolve()), *folders], Path(empty))
    if answer is None or answer.get("problem") or not _is_safetensors(target):
        target.unlink(missing_ok=True)
        raise WeightsProblem(_sentence(pickle, answer))
    if progress is not None:
        progress(size, size, f"converting {pickle.name}")


def _folders(pickle: Path) -> list[str]:
    """Return where torch and safetensors lie, which the other process cannot find by itself."""
    folders = []
    for package in ("torch", "safetensors"):
        found = find_spec(package)
        if found is None or found.origin is None:
            raise WeightsProblem(
                f"converting {pickle.name} needs torch; type: pip install 'fieldmark[deep]'"
            )
        folders.append(str(Path(found.origin).parents[1]))
    return list(dict.fromkeys(folders))


def _run(arguments: list[str], empty: Path) -> dict[str, str] | None:
    """Return what the program answers; None if it came to a bad end."""
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    home = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP"), str(empty))
    done = subprocess.run(  # noqa: S603 -- our own program, with paths as arguments
        [sys.executable, "-I", str(_PROGRAM), *arguments],
        env={**environment, **home},
        cwd=empty,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and done.returncode == 0 else None


def _is_safetensors(path: Path) -> bool:
    """Return whether a file can be read as safetensors and holds something."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return bool(list(file.keys()))
    except (OSError, SafetensorError):
        return False


def _sentence(pickle: Path, answer: dict[str, str] | None) -> str:
    instead = "use weights as safetensors, or ask the model's authors for them"
    if answer is None or not answer.get("problem"):
        return (
            f"{pickle.name} could not be converted: the process that read it came to a bad end, as"
            f" when memory or disk are too small or the file is damaged; {instead}"
        )
    if answer["problem"] == "code":
        named = f" ({answer['what'][:80]})" if answer.get("what") else ""
        return (
            f"{pickle.name} names code that would have to run to open it{named}, so it was not"
            f" opened; {instead}"
        )
    return f"{pickle.name} was not converted: {answer.get('what', '')[:200]}; {instead}"

"""The worker as seen from fieldmark: a process that is started, asked, and ended."""

import os
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from fieldmark.errors import FieldmarkError, PluginError
from fieldmark_megadetector_worker.wire import Header, WireError, receive, send

_BOOTSTRAP = """\
import importlib.util, pathlib, sys
sys.path[:] = [folder for folder in sys.path if folder]
name, home = "fieldmark_megadetector_worker", pathlib.Path(sys.argv[1])
spec = importlib.util.spec_from_file_location(
    name, home / "__init__.py", submodule_search_locations=[str(home)]
)
sys.modules[name] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
importlib.import_module(name + ".program").main()
"""
_NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
"""They are meant for fieldmark's Python, not for another."""
_LAST_WORDS = 4000


class WorkerError(FieldmarkError):
    """The worker answered with an error; its own traceback is the cause."""


class WorkerStartError(WorkerError, PluginError):
    """The worker cannot work at all, with whatever photo."""


class WorkerDiedError(FieldmarkError):
    """The worker ended before it answered."""


class RemoteTraceback(Exception):  # noqa: N818 -- never raised by itself
    """The traceback of the worker, to be shown with --debug."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class WorkerProcess:
    """A running worker.

    Raises:
        WorkerError: if it cannot be started.
    """

    def __init__(self, python: str, device: str = "cpu", home: Path | None = None) -> None:
        self._folder = TemporaryDirectory(prefix="fieldmark-megadetector-")
        folder = Path(self._folder.name)
        self._said = (folder / "stderr.txt").open("w+b")
        command = [python, "-c", _BOOTSTRAP, str(home or worker_home())]
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- the Python that the user named
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                cwd=folder,
                env=environment(os.environ, device, folder),
            )
        except OSError as error:
            self._said.close()
            self._folder.cleanup()
            raise WorkerError(
                f"the Python for MegaDetector, {python}, cannot be started: {error.strerror}; name"
                " one with FIELDMARK_MEGADETECTOR_PYTHON or the option 'python'"
            ) from error
        # A detector that nobody closes must not leave a process behind.
        self._shut = weakref.finalize(self, _shut, self._process, self._said, self._folder)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(
        self, header: Mapping[str, Any], body: Sequence[bytes | memoryview] = ()
    ) -> tuple[Header, bytes]:
        """Send a request and return the answer.

        Raises:
            WorkerError: if the answer is an error.
            WorkerDiedError: if the process ended, or no longer speaks the protocol.
        """
        try:
            send(self._stream(self._process.stdin), header, body)
            answer = receive(self._stream(self._process.stdout))
        except (OSError, ValueError, WireError) as error:
            raise WorkerDiedError(self._end()) from error
        if answer is None:
            raise WorkerDiedError(self._end())
        if "error" in answer[0]:
            raise WorkerError(answer[0]["error"]) from RemoteTraceback(answer[0]["traceback"])
        return answer

    def close(self) -> None:
        """End the process; a second call does nothing."""
        self._shut()

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None  # noqa: S101 -- both were asked for
        return stream

    def _end(self) -> str:
        """Return how the process ended, in words; one that has not is ended here."""
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        words = self._last_words()
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return f"the process of MegaDetector ended ({how}){f': {words}' if words else ''}"

    def _last_words(self) -> str:
        if self._said.closed:
            return ""
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - _LAST_WORDS))
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:300] if lines else ""


def _shut(
    process: subprocess.Popen[bytes], said: IO[bytes], folder: TemporaryDirectory[str]
) -> None:
    """End a process: first by the end of its requests, then without asking."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            _close(stream)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    said.close()
    folder.cleanup()


def worker_home() -> Path:
    """Return the folder of the worker's package."""
    import fieldmark_megadetector_worker as worker  # noqa: PLC0415 -- for its place only

    return Path(worker.__file__).parent


def environment(given: Mapping[str, str], device: str, folder: Path) -> dict[str, str]:
    """Return the variables for the worker: the user's own, but for those of another Python.

    Which graphics card there is to see is settled here, because the library does not pass the
    device on to ultralytics, which takes the first card it sees.
    """
    mine = {key: value for key, value in given.items() if key not in _NOT_PASSED_ON}
    mine["FIELDMARK_WORKER_FOLDER"] = str(folder)
    kind, _, number = device.partition(":")
    if kind == "cpu":
        mine["CUDA_VISIBLE_DEVICES"] = "-1"
    elif kind == "cuda" and number:
        seen = given.get("CUDA_VISIBLE_DEVICES", "").split(",")
        mine["CUDA_VISIBLE_DEVICES"] = seen[int(number)] if int(number) < len(seen) > 1 else number
    return mine


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:  # it ended with unread requests
        return

"""Pulls in processes of their own, which may be killed, starved or locked out."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark_registry.references import HubReference
from support.hub.repos import sha256_of_bytes
from support.hub.server import LocalHub

MARGIN = 100_000
"""So many bytes may be on their way, or in the memory of the process, when it is stopped."""
WEIGHTS = "model.safetensors"
SCRIPT = """
import sys
from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.places import home
from fieldmark_registry.problems import RegistryProblem
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.weights import Shelf

verb, what = sys.argv[1:]
shelf = Shelf.standard()
if verb == "pull-once":  # without waiting for what may pass
    shelf = Shelf(Hub(pauses=()), home(), Cards.standard())
again = verb == "pull-again"
try:
    if verb == "verify":
        print(shelf.verified(what))
    else:
        print(pull(shelf, plan(shelf, what, again), again=again))
except RegistryProblem as problem:
    sys.exit(str(problem))
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its status, its answer, its complaint."""

    status: int
    out: str
    err: str

    @property
    def path(self) -> Path:
        """Return the file that it answers; it must have ended well and without complaint."""
        assert (self.status, self.err) == (0, ""), self
        return Path(self.out.strip())

    @property
    def sentence(self) -> str:
        """Return what it says to its user: one line, and nothing else."""
        assert (self.status, self.out) == (1, ""), self
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


@dataclass(slots=True)
class Puller:
    """A user with a hub and a home.

    Attributes:
        hub: the hub.
        home: a folder for the user's settings and the cache.
        content: of the weights, 6 MB by default.
        extra: more of the environment.
        prefix: a command that runs the process, with fewer rights for instance.
    """

    hub: LocalHub
    home: Path
    content: bytes = field(default_factory=lambda: random.Random(1).randbytes(6_000_000))
    extra: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()

    @property
    def cache(self) -> Path:
        """Return the cache of the Hub's library."""
        return self.home / "huggingface" / "hub"

    @property
    def blobs(self) -> Path:
        """Return where the cache keeps the contents of the repository."""
        return self.cache / "models--org--model" / "blobs"

    def publish(self) -> HubReference:
        """Publish the weights; return the reference to them."""
        files = {WEIGHTS: self.content, "config.json": b"{}"}
        commit = self.hub.publish("org/model", files, licence="mit")
        return HubReference("org/model", commit, WEIGHTS, sha256_of_bytes(self.content))

    def start(self, verb: str, what: object) -> "subprocess.Popen[str]":
        """Start a process that pulls or verifies."""
        return subprocess.Popen(
            [*self.prefix, sys.executable, "-c", SCRIPT, verb, str(what)],
            env={**self.hub.environment(self.home), **self.extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, verb: str, what: object) -> Ended:
        """Run such a process to its end."""
        return finish(self.start(verb, what))

    @property
    def part(self) -> int:
        """Return how many bytes of the weights are kept, that are not there as a whole."""
        return sum(path.stat().st_size for path in self.blobs.glob("*.incomplete"))

    def start_frozen(self, what: object, size: int) -> "subprocess.Popen[str]":
        """Start a pull; return it when it has kept so many bytes more, and no more come."""
        wanted = self.part + size
        self.hub.freeze("/cdn/", after=size + MARGIN)
        process = self.start("pull", what)
        wait_until(lambda: self.part >= wanted, process)
        return process

    def stop_after(self, size: int, what: object, number: int = signal.SIGKILL) -> int:
        """Pull, and stop the process by a signal in the middle; return its exit status."""
        process = self.start_frozen(what, size)
        process.send_signal(number)
        status = finish(process).status
        self.hub.heal()
        return status


def finish(process: "subprocess.Popen[str]") -> Ended:
    """Wait for a process."""
    out, err = process.communicate()
    return Ended(process.returncode, out, err)


def wait_until(condition: Callable[[], bool], *processes: "subprocess.Popen[str]") -> None:
    """Wait for something that the processes will bring about; one that ended will not."""
    while not condition():
        for process in processes:
            if process.poll() is not None:
                raise AssertionError(finish(process))
        time.sleep(0.01)

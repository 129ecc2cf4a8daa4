"""The worker's loop: a request comes in, an answer goes out, until the stream ends."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np

from fieldmark_megadetector_worker import safety
from fieldmark_megadetector_worker.checkpoints import CheckpointProblem
from fieldmark_megadetector_worker.library import LibraryProblem, detection, module, versions
from fieldmark_megadetector_worker.networks import COLUMNS, Network, Order, Photo
from fieldmark_megadetector_worker.variants import LABELS, VARIANTS
from fieldmark_megadetector_worker.wire import PROTOCOL, Header, WireError, receive, send

Answer: TypeAlias = tuple[Header, Sequence[bytes]]
FAMILIES = {
    family: f"fieldmark_megadetector_worker.family_{family}"
    for family in ("v5", "v6", "mit", "apache")
}


def main() -> None:
    """Serve the process that started this one, over the standard streams."""
    requests, answers = private_streams()
    with tempfile.TemporaryDirectory(prefix="fieldmark-megadetector-") as folder:
        safety.prepare(Path(os.environ.get("FIELDMARK_WORKER_FOLDER", folder)))
        serve(Worker(), requests, answers)


def private_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return the standard streams for the talk; what libraries print goes to standard error."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def serve(worker: "Worker", requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer every request; an error is an answer, too."""
    while (message := receive(requests)) is not None:
        try:
            header, body = worker.answer(*message)
        except Exception as error:  # noqa: BLE001 -- a library may raise anything
            header, body = fault(error), ()
        send(answers, header, body)


def fault(error: Exception) -> Header:
    """Return an error as an answer: one sentence, and the traceback for who wants it."""
    known = isinstance(error, LibraryProblem | CheckpointProblem | ConnectionError | WireError)
    text = " ".join(str(error).split())[:1000]
    sentence = text if known else f"PyTorch-Wildlife failed with {type(error).__name__}: {text}"
    return {"error": sentence, "traceback": "".join(traceback.format_exception(error))}


class Worker:
    """What the worker knows: the library, and the network that was loaded last."""

    def __init__(self) -> None:
        self._network: Network | None = None

    def answer(self, header: Header, body: bytes) -> Answer:
        """Return the answer to a request.

        Raises:
            WireError: if there is no such request.
        """
        known: dict[str, Callable[[Header, bytes], Answer]] = {
            "hello": self._hello,
            "load": self._load,
            "detect": self._detect,
        }
        if header.get("do") not in known:
            raise WireError(f"expected one of {', '.join(known)}, got {header.get('do')!r}")
        return known[header["do"]](header, body)

    def _hello(self, _header: Header, _body: bytes) -> Answer:
        """Import the library and say what there is."""
        detection()
        python = ".".join(map(str, sys.version_info[:3]))
        alone = "fieldmark" not in sys.modules
        return {
            "protocol": PROTOCOL,
            "python": python,
            "libraries": versions(),
            "alone": alone,
        }, ()

    def _load(self, header: Header, _body: bytes) -> Answer:
        """Load a network in the place of the one before."""
        self._network = None
        order = order_of(header)
        family = module(FAMILIES[order.variant.family])
        self._network = family.build(detection(), order)
        return {"labels": list(LABELS), "device": order.device}, ()

    def _detect(self, header: Header, body: bytes) -> Answer:
        """Look at photos."""
        if self._network is None:
            raise WireError("a network must be loaded before photos can be looked at")
        found = self._network.look(photos_of(header, body))
        boxes = np.concatenate([np.zeros((0, COLUMNS), np.float32), *found])
        return {"counts": [len(each) for each in found]}, (boxes.astype("<f4").tobytes(),)


def order_of(header: Header) -> Order:
    """Return what a request to load asks for."""
    weights = header["weights"]
    return Order(
        VARIANTS[header["version"]],
        None if weights is None else Path(weights),
        device(header["device"]),
        float(header["floor"]),
        float(header["iou"]),
        header["side"],
        int(header["batch"]),
    )


def device(wanted: str) -> str:
    """Return torch's name of the device; `auto` is the graphics card where there is one."""
    if wanted != "auto":
        return wanted.partition(":")[0]  # which card is decided by what the process can see
    return "cuda" if module("torch").cuda.is_available() else "cpu"


def photos_of(header: Header, body: bytes) -> list[Photo]:
    """Return the photos that a request carries.

    Raises:
        WireError: if the bytes are not those of the shapes.
    """
    shapes = [(int(height), int(width), 3) for height, width in header["shapes"]]
    sizes = [height * width * 3 for height, width, _ in shapes]
    if sum(sizes) != len(body):
        raise WireError(f"expected {sum(sizes)} bytes of photos, got {len(body)}")
    ends = np.cumsum(sizes)
    flat: Any = np.frombuffer(body, np.uint8)
    parts = (flat[end - size : end] for end, size in zip(ends, sizes, strict=True))
    # A copy: torch warns of arrays that it may not write to.
    return [part.reshape(shape).copy() for part, shape in zip(parts, shapes, strict=True)]

"""The detector: batches go to the worker, boxes come back; a worker that dies is started again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fieldmark.components import Context
from fieldmark.errors import FieldmarkError
from fieldmark.types import Detection, Floats, Pixels
from fieldmark_megadetector.options import MegaDetectorOptions
from fieldmark_megadetector.process import (
    WorkerDiedError,
    WorkerError,
    WorkerProcess,
    WorkerStartError,
)
from fieldmark_megadetector.suppression import detections
from fieldmark_megadetector_worker.variants import LABELS, VARIANTS
from fieldmark_megadetector_worker.wire import PROTOCOL

_TRIES = 2
"""How often one photo may end the worker before it is held to be the reason."""


class MegaDetector:
    """MegaDetector in a process of its own, kept warm between batches.

    Attributes:
        longest: side of the square that the network looks at, in pixels; larger photos give
            nothing more.
        licence: of the weights, as the library's model zoo states it.
    """

    def __init__(self, options: MegaDetectorOptions, context: Context) -> None:
        variant = VARIANTS[options.version]
        self.longest = options.image_size or variant.side
        self.licence = variant.licence
        self._options = options
        self._context = context
        self._thresholds = options.least()
        self._weights: Path | None = None if options.untrained else context.weights()
        self._worker: WorkerProcess | None = None
        self._deadly: set[bytes] = set()

    def detect(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        """Return for each photo (H×W×3 uint8, RGB) its boxes, the surest first.

        Raises:
            WorkerStartError: if the library, or the weights, cannot be used.
            WorkerError: if it fails with a photo.
            FieldmarkError: if a photo ends the worker twice.
        """
        size = self._options.batch_size
        batches = (photos[i : i + size] for i in range(0, len(photos), size))
        return [found for batch in batches for found in self._batch(batch)]

    def close(self) -> None:
        """End the worker; it is started again when it is needed."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _batch(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        self._refuse_deadly(photos)
        try:
            return self._look(photos)
        except WorkerDiedError as error:
            self.close()
            if len(photos) == 1:
                return self._again(photos[0], error)
        self._context.progress("MegaDetector's process ended; its photos are given one by one")
        return [found for photo in photos for found in self._batch([photo])]

    def _again(self, photo: Pixels, error: WorkerDiedError) -> list[list[Detection]]:
        """Give a photo that ended the worker a last time."""
        for _ in range(_TRIES - 1):
            try:
                return self._look([photo])
            except WorkerDiedError as again:
                self.close()
                error = again
        self._deadly.add(_digest(photo))
        raise _deadly(photo, str(error)) from error

    def _refuse_deadly(self, photos: Sequence[Pixels]) -> None:
        for photo in photos if self._deadly else ():
            if _digest(photo) in self._deadly:
                raise _deadly(photo, "as it did before")

    def _look(self, photos: Sequence[Pixels]) -> list[list[Detection]]:
        whole = [np.ascontiguousarray(photo) for photo in photos]
        request = {"do": "detect", "shapes": [photo.shape[:2] for photo in whole]}
        answer, body = self._started().ask(request, [photo.data.cast("B") for photo in whole])
        found = np.split(_rows(body), np.cumsum(answer["counts"])[:-1])
        return [
            detections(rows, (h, w), LABELS, self._thresholds, self._options.iou)
            for rows, (h, w, _) in zip(found, (photo.shape for photo in whole), strict=True)
        ]

    def _started(self) -> WorkerProcess:
        """Return the worker, started and with its network loaded."""
        if self._worker is None:
            self._worker = self._start()
        return self._worker

    def _start(self) -> WorkerProcess:
        self._context.progress(
            f"starting {self._options.version} (licence of its weights: {self.licence}) in a"
            " process of its own, which takes about 20 seconds"
        )
        device = self._context.device
        worker = self._process(device)
        try:
            greeting, _ = worker.ask({"do": "hello"})
            _check_protocol(greeting["protocol"])
            worker.ask(self._order(device))
        except WorkerDiedError as error:  # no photo is to blame
            worker.close()
            raise WorkerStartError(f"MegaDetector does not start: {error}") from error
        except WorkerError as error:
            worker.close()
            raise WorkerStartError(str(error)) from error
        except BaseException:
            worker.close()
            raise
        return worker

    def _process(self, device: str) -> WorkerProcess:
        try:
            return WorkerProcess(self._options.interpreter(), device)
        except WorkerError as error:
            raise WorkerStartError(str(error)) from error

    def _order(self, device: str) -> dict[str, object]:
        return {
            "do": "load",
            "version": self._options.version,
            "weights": None if self._weights is None else str(self._weights),
            "device": device,
            "floor": min(self._thresholds.values()),
            "iou": self._options.iou,
            "side": self._options.image_size,
            "batch": self._options.batch_size,
        }


def _check_protocol(protocol: int) -> None:
    if protocol != PROTOCOL:
        raise FieldmarkError(
            f"the process of MegaDetector speaks version {protocol} of its protocol, fieldmark"
            f" version {PROTOCOL}; install fieldmark anew: pip install --force-reinstall fieldmark"
        )


def _rows(body: bytes) -> Floats:
    rows: Floats = np.frombuffer(body, "<f4").reshape(-1, 6).astype(np.float32)
    return rows


def _digest(photo: Pixels) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(photo).data).digest()


def _deadly(photo: Pixels, reason: str) -> FieldmarkError:
    height, width = photo.shape[:2]
    return FieldmarkError(
        f"this photo of {width}×{height} pixels ends MegaDetector's process ({reason}); the others"
        " are not concerned; if it happens with many photos there may be too little memory: set"
        " 'batch_size: 1' in the profile's detect options"
    )

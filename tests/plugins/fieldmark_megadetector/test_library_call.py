"""What the adapter gives equals what the library's own calls give, on real photos.

Real classes of PyTorch-Wildlife with small checkpoints of random weights, made where the tests run;
the MIT and Apache networks are the true ones.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fieldmark.components import Context
from fieldmark.images import open_photo
from fieldmark.types import Detection, Floats
from fieldmark_megadetector.detector import MegaDetector
from fieldmark_megadetector.options import MegaDetectorOptions
from fieldmark_megadetector.process import WorkerError, WorkerProcess
from fieldmark_megadetector.suppression import detections
from fieldmark_megadetector_worker.variants import LABELS

CASES = {
    "v6": ("MDV6-yolov10-c", "v6.pt", 0.6, 0.7),
    "v5": ("MDV5a", "v5.pt", 0.4, 0.45),
    "mit": ("MDV6-mit-yolov9-c", "mit.ckpt", 0.2, 0.5),
    "apache": ("MDV6-apa-rtdetr-c", "apache.pth", 0.4, 1.0),
}
"""By family: the variant, its checkpoint, and the score and the overlap that the library uses."""


def adapter(worker: WorkerProcess, weights: Path, options: dict[str, Any]) -> MegaDetector:
    """Return a detector that uses a worker which runs already."""
    made = MegaDetector(MegaDetectorOptions(**options), Context(weights=lambda: weights))
    made._worker = worker
    worker.ask(made._order("cpu"))
    return made


def numbers(found: list[Detection]) -> Floats:
    """Return boxes as rows, in an order that does not depend on equal scores."""
    rows = [
        (each.box.x, each.box.y, each.box.w, each.box.h, each.score, LABELS.index(each.label))
        for each in found
    ]
    return np.array(sorted(rows), np.float32).reshape(-1, 6)


@pytest.mark.parametrize("family", CASES)
def test_the_adapter_equals_the_library(
    family: str, worker: WorkerProcess, upstream: Path, photos: list[Path]
) -> None:
    """Boxes, labels and scores are those of the library's own call, for every photo."""
    version, weights, floor, iou = CASES[family]
    options = {"version": version, "confidence": floor, "iou": iou}
    made = adapter(worker, upstream / "weights" / weights, options)
    pixels = [open_photo(path) for path in photos]
    found = made.detect(pixels)
    assert len(found) == len(photos)
    assert any(found)
    for i, (each, photo) in enumerate(zip(found, pixels, strict=True)):
        own = np.load(upstream / f"{family}-{i}.npy")
        expected = detections(own, photo.shape[:2], LABELS, dict.fromkeys(LABELS, floor), iou)
        assert len(own) > 0
        np.testing.assert_allclose(numbers(each), numbers(expected), atol=2e-4)


def test_the_photo_alone_decides(worker: WorkerProcess, upstream: Path, photos: list[Path]) -> None:
    """The MIT network gives a photo the same boxes again, whatever it saw in between."""
    made = adapter(worker, upstream / "weights" / "mit.ckpt", {"image_size": 320})
    one, other = (open_photo(path) for path in photos[:2])
    first = numbers(made.detect([one])[0])
    made.detect([other, np.zeros_like(one)])
    np.testing.assert_array_equal(numbers(made.detect([one])[0]), first)


def test_the_image_size_counts(worker: WorkerProcess, upstream: Path, photos: list[Path]) -> None:
    """Another size of the network's square gives other boxes, inside the photo all the same."""
    photo = open_photo(photos[0])
    found = []
    for size in (256, 640):
        options = {"version": "MDV5a", "image_size": size, "confidence": 0.4}
        made = adapter(worker, upstream / "weights" / "v5.pt", options)
        found.append(numbers(made.detect([photo])[0]))
    assert found[0].shape != found[1].shape or not np.allclose(found[0], found[1])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("short.ckpt", r"not weights of MDV6-mit-yolov9-c: of its \d+ tensors 3 are missing"),
        ("program.ckpt", r"program.ckpt name code that would have to run .*print"),
        ("v6.pt", r"hold no named tensors|name code that would have to run .*ultralytics"),
        ("damaged.ckpt", r"damaged.ckpt cannot be read: the file is damaged"),
    ],
)
def test_other_weights_are_refused(
    weights: str, words: str, worker: WorkerProcess, upstream: Path
) -> None:
    """What is damaged, incomplete or a program is refused in a sentence, and not run."""
    (upstream / "weights" / "damaged.ckpt").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(WorkerError, match=words):
        adapter(worker, upstream / "weights" / weights, {})


def test_the_worker_knows_no_fieldmark(worker: WorkerProcess) -> None:
    """It says what it runs, and works where fieldmark is not installed."""
    answer, _ = worker.ask({"do": "hello"})
    assert answer["protocol"] == 1
    assert {"PytorchWildlife", "torch", "ultralytics"} <= set(answer["libraries"])
    assert answer["alone"] is True

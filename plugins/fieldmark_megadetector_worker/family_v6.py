"""MegaDetector v6 of ultralytics: `MegaDetectorV6` (AGPL-3.0).

Three faults of PyTorch-Wildlife 1.3.0 are got round here:

- arrays are taken for blue, green, red, although it documents RGB: it is given BGR;
- `MDV6-rtdetr-c` is run by the predictor of YOLO, because its name is compared with one that no
  variant has: the constructor is shown that name while it chooses;
- `MDV6-yolov9-c` and `MDV6-rtdetr-c` are looked for under another name than they are saved under,
  and downloaded every time: it is always given the file.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from fieldmark_megadetector_worker.checkpoints import CheckpointProblem
from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.networks import Network, Order, Photo, Rows, rows
from fieldmark_megadetector_worker.random_weights import settle, spread, start
from fieldmark_megadetector_worker.variants import LABELS

NAME_FOR_RTDETR = "MDV6b-rtdetrl.pt"
MOST_BOXES = 1000
"""In one photo; the library's own limit of 300 is reached by 200 animals seen twice."""


class UltralyticsNetwork:
    """The library's detector, given what it expects."""

    def __init__(self, detector: Any, order: Order) -> None:  # noqa: ANN401
        self._detector = detector
        self._order = order

    def look(self, photos: Sequence[Photo]) -> list[Rows]:
        """Return what each photo shows."""
        swapped = [np.ascontiguousarray(photo[:, :, ::-1]) for photo in photos]
        found = self._detector.batch_image_detection(
            swapped, batch_size=self._order.batch, det_conf_thres=self._order.floor
        )
        return [rows(each) for each in found]


def build(detection: ModuleType, order: Order) -> Network:
    """Load one of the variants.

    Raises:
        CheckpointProblem: if the weights are not those of a MegaDetector.
    """
    weights = str(order.weights) if order.weights else untrained()
    make = _with_right_predictor(detection.MegaDetectorV6)
    detector = make(weights=weights, device=order.device, version=order.variant.version)
    names = detector.predictor.model.names
    if len(names) != len(LABELS):
        raise CheckpointProblem(
            f"the weights tell {len(names)} kinds of things apart, MegaDetector {len(LABELS)}:"
            f" {', '.join(LABELS)}; they are not weights of {order.variant.version}"
        )
    settings = detector.predictor.args
    settings.iou, settings.max_det = order.iou, MOST_BOXES
    settings.imgsz = order.side or order.variant.side
    return UltralyticsNetwork(detector, order)


def _with_right_predictor(base: Any) -> Any:  # noqa: ANN401 -- a class without type hints
    class MegaDetector(base):  # type: ignore[misc]
        def _load_model(self: Any, weights: object, device: str, url: str) -> None:
            name = self.MODEL_NAME
            if "rtdetr" in name:
                self.MODEL_NAME = NAME_FOR_RTDETR
            super()._load_model(weights, device, url)
            self.MODEL_NAME = name

    return MegaDetector


def untrained() -> Any:  # noqa: ANN401 -- a network without type hints
    """Return a small network with random weights that sees many things in every picture."""
    start()
    network = module("ultralytics.nn.tasks").DetectionModel("yolov8n.yaml", nc=3, verbose=False)
    spread((branch[-1] for branch in network.model[-1].cv3), strength=0.2, bias=-3.0)
    network.names = dict(enumerate(LABELS))
    return settle(network)

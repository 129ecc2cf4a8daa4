"""MegaDetector v5 of yolov5: `MegaDetectorV5` (AGPL-3.0).

Two faults of PyTorch-Wildlife 1.3.0 are got round here:

- its batch drops the photos in which it sees nothing, so that results and photos no longer belong
  together: photos are given one by one;
- its checkpoint is opened by `torch.load` without `weights_only=False`, which torch 2.6 and later
  refuse: the checkpoint is read here, with a list of known layers, and handed over.
"""

from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from fieldmark_megadetector_worker.checkpoints import CheckpointProblem, handed_over, read
from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.networks import Network, OneByOne, Order
from fieldmark_megadetector_worker.random_weights import settle, spread, start
from fieldmark_megadetector_worker.variants import LABELS

_BASE = "PytorchWildlife.models.detection.ultralytics_based.yolov5_base"


def build(detection: ModuleType, order: Order) -> Network:
    """Load v5a or v5b.

    Raises:
        CheckpointProblem: if the weights are not those of a MegaDetector.
    """
    network = _network(read(order.weights)) if order.weights else untrained()

    class MegaDetector(detection.MegaDetectorV5):  # type: ignore[misc, name-defined]
        IMAGE_SIZE = order.side or order.variant.side

    with handed_over({"model": network}):
        detector = MegaDetector(weights="read", device=order.device, version=order.variant.version)
    base = module(_BASE)
    keep = getattr(base.non_max_suppression, "func", base.non_max_suppression)
    base.non_max_suppression = partial(keep, iou_thres=order.iou)
    return OneByOne(detector, order.floor)


def _network(content: Any) -> Any:  # noqa: ANN401 -- what a checkpoint held
    network: Any = content.get("model") if isinstance(content, dict) else None
    names = getattr(network, "names", ())
    if len(names) != len(LABELS):
        raise CheckpointProblem(
            f"the weights hold no network that tells {len(LABELS)} kinds of things apart:"
            f" {', '.join(LABELS)}; they are not weights of MegaDetector v5"
        )
    return network


def untrained() -> Any:  # noqa: ANN401 -- a network without type hints
    """Return a small network with random weights that sees many things in every picture."""
    start()
    yolo = module("yolov5.models.yolo")
    plan = Path(yolo.__file__).with_name("yolov5n.yaml")
    network = yolo.Model(str(plan), ch=3, nc=len(LABELS))
    spread(network.model[-1].m, strength=2.0, bias=-1.0)
    network.names = dict(enumerate(LABELS))
    return settle(network)

"""MegaDetector v6 under the MIT licence: `MegaDetectorV6MIT`.

Faults of PyTorch-Wildlife 1.3.0 that are got round here:

- `weights=` is ignored, and what is in the folder of downloads is loaded instead;
- the description of the network is downloaded: it is written down in `mit_layers` instead;
- the network is loaded anew at every call: it is loaded once;
- the weights are opened with `weights_only=False`, which runs what the file says;
- layers for which the file has no weights stay random, without a word;
- the network is left in training mode, so that what it sees in a photo depends on nothing but
  that photo's own brightness and changes with every photo: it is put into evaluation mode.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from fieldmark_megadetector_worker.checkpoints import fill, read, tensors
from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.mit_layers import description
from fieldmark_megadetector_worker.networks import Network, Order, Photo, Rows, rows
from fieldmark_megadetector_worker.random_weights import settle, spread, start
from fieldmark_megadetector_worker.variants import LABELS

_PREFIX = "model.model."
_BASE = "PytorchWildlife.models.detection.yolo_mit.yolo_mit_base"
MOST_BOXES = 1000


class MitNetwork:
    """The library's detector, one photo at a time."""

    def __init__(self, detector: Any, floor: float) -> None:  # noqa: ANN401
        self._detector = detector
        self._floor = floor

    def look(self, photos: Sequence[Photo]) -> list[Rows]:
        """Return what each photo shows."""
        return [
            rows(self._detector.single_image_detection(photo, det_conf_thres=self._floor))
            for photo in photos
        ]


def build(detection: ModuleType, order: Order) -> Network:
    """Load one of the two variants.

    Raises:
        CheckpointProblem: if the weights are not those of the variant.
    """
    make = _loaded_once(detection.MegaDetectorV6MIT, order)
    detector = make(device=order.device, version=order.variant.version)
    detector._load_model()  # noqa: SLF001 -- the constructor does not, so that errors come late
    return MitNetwork(detector, order.floor)


def _loaded_once(base: Any, order: Order) -> Any:  # noqa: ANN401 -- a class without type hints
    yolo = module(_BASE)

    class MegaDetector(base):  # type: ignore[misc]
        def _load_cfg(self) -> Any:  # noqa: ANN401
            self.IMAGE_SIZE = order.side or order.variant.side
            shown = description(order.variant.version, self.IMAGE_SIZE, order.iou, MOST_BOXES)
            return yolo.OmegaConf.create(shown)

        def _load_model(self, **_given: object) -> None:
            if hasattr(self, "converter"):
                return
            start()
            network = yolo.create_model(self.cfg.model, weight_path=False, class_num=len(LABELS))
            if order.weights is None:
                draw(network)
            else:
                fill(network.model, _state(order), order.variant.version)
            self.model = network.eval().to(self.device)
            model, size = self.cfg.model, self.cfg.image_size
            self.converter = yolo.create_converter(
                model.name, self.model, model.anchor, size, self.device
            )
            self.post_proccess = yolo.PostProcess(self.converter, self.cfg.task.nms)

    return MegaDetector


def _state(order: Order) -> dict[str, Any]:
    assert order.weights is not None  # noqa: S101 -- the caller has looked
    found = tensors(read(order.weights), "state_dict")
    return {key.removeprefix(_PREFIX): value for key, value in found.items()}


def draw(network: Any) -> None:  # noqa: ANN401 -- a network without type hints
    """Fill a network with random weights that see something in every picture."""
    heads = network.model[-1].heads
    spread((head.class_conv[-1] for head in heads), strength=0.001, bias=-2.0)
    settle(network)

"""What the known faults of PyTorch-Wildlife look like today, each as one fact."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark_megadetector_worker.checkpoints import handed_over, read
from fieldmark_megadetector_worker.library import module

_DETECTION = "PytorchWildlife.models.detection"
_APACHE = f"{_DETECTION}.rtdetr_apache.rtdetr_apache_base"
_MIT = f"{_DETECTION}.yolo_mit.yolo_mit_base"


class DownloadError(Exception):
    """Something was to be downloaded."""


@contextmanager
def replaced(owner: Any, name: str, value: Callable[..., Any]) -> Iterator[None]:
    """Replace a function for a while."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


class Faults:
    """Runs the library's own classes as they come."""

    def __init__(self, detection: Any, folder: Path) -> None:
        self._detection = detection
        self._weights = folder / "weights"
        self._photos = folder / "photos"

    def all(self) -> dict[str, Any]:
        """Return every fact by its name."""
        return {
            **self.v6_colours(),
            **self.v6_names(),
            **self.v5_opens(),
            **self.v5_batch(),
            **self.apache_batch(),
            **self.apache_backbone(),
            **self.mit_weights(),
            **self.mit_mode(),
            "sync": bool(module("ultralytics.utils").SETTINGS["sync"]),
        }

    def _v6(self, version: str) -> Any:
        weights = str(self._weights / "v6.pt")
        return self._detection.MegaDetectorV6(weights=weights, device="cpu", version=version)

    def v6_colours(self) -> dict[str, Any]:
        """What reaches the network when an RGB array that is red is given; and the device."""
        detector = self._v6("MDV6-yolov9-e")
        seen: list[list[float]] = []
        first = detector.predictor.model.model.model[0]

        def note(_layer: object, given: Any) -> None:
            seen.append(given[0].mean(dim=(0, 2, 3)).tolist())

        hook = first.register_forward_pre_hook(note)
        red = np.zeros((1280, 1280, 3), np.uint8)
        red[:, :, 0] = 255
        detector.batch_image_detection([red])
        hook.remove()
        return {"v6 red": seen[-1], "v6 device": detector.predictor.args.device}

    def v6_names(self) -> dict[str, Any]:
        """Which predictor runs RT-DETR, and how often yolov9-c is downloaded."""
        base = module(f"{_DETECTION}.ultralytics_based.yolov8_base")
        asked: list[str] = []

        def download(url: str, out: str) -> str:
            asked.append(url)
            saved = Path(out) / url.rpartition("/")[2].partition("?")[0]
            saved.write_bytes((self._weights / "v6.pt").read_bytes())
            return str(saved)

        with replaced(base.wget, "download", download):
            for _ in range(2):
                self._detection.MegaDetectorV6(version="MDV6-yolov9-c")
        return {
            "v6 rtdetr": type(self._v6("MDV6-rtdetr-c").predictor).__name__,
            "v6 downloads": len(asked),
        }

    def v5_opens(self) -> dict[str, Any]:
        """How opening a checkpoint of v5 ends."""
        try:
            self._detection.MegaDetectorV5(weights=str(self._weights / "v5.pt"), version="a")
        except Exception as error:  # noqa: BLE001 -- the kind is the fact
            return {"v5 opens": type(error).__name__}
        return {"v5 opens": ""}

    def v5_batch(self) -> dict[str, Any]:
        """How many results two photos give in which nothing is seen."""
        with handed_over(read(self._weights / "v5.pt")):
            detector = self._detection.MegaDetectorV5(weights="read", version="a")
        found = detector.batch_image_detection(str(self._photos), det_conf_thres=0.9999)
        return {"v5 batch": len(found)}

    def apache_batch(self) -> dict[str, Any]:
        """By what x is divided in the results of a folder, as a share of the photo's width."""
        family = module("fieldmark_megadetector_worker.family_apache")
        with family.without_backbone():
            detector = self._detection.MegaDetectorV6Apache(
                weights=str(self._weights / "apache.pth"), version="MDV6-apa-rtdetr-c"
            )
        found = detector.batch_image_detection(str(self._photos), det_conf_thres=0.0)[0]
        x = found["detections"].xyxy[0][0]
        return {"apache divisor": float(x / found["normalized_coords"][0][0])}

    def apache_backbone(self) -> dict[str, Any]:
        """What is downloaded although weights are given."""
        asked: list[str] = []

        def download(url: str, **_more: object) -> None:
            asked.append(url)
            raise DownloadError

        hub = module("torch").hub
        with replaced(hub, "load_state_dict_from_url", download), suppress(DownloadError):
            self._detection.MegaDetectorV6Apache(
                weights=str(self._weights / "apache.pth"), version="MDV6-apa-rtdetr-c"
            )
        return {"apache downloads": asked}

    def mit_weights(self) -> dict[str, Any]:
        """What is downloaded although weights are given."""
        asked: list[str] = []

        def download(url: str, **_more: object) -> None:
            asked.append(url)
            raise DownloadError

        with replaced(module(_MIT).wget, "download", download), suppress(DownloadError):
            self._detection.MegaDetectorV6MIT(
                weights=str(self._weights / "mit.ckpt"), version="MDV6-mit-yolov9-c"
            )
        return {"mit downloads": asked}

    def mit_mode(self) -> dict[str, Any]:
        """How often and how safely the network is loaded, how completely, and in which mode."""
        upstream = module("__main__")
        base, torch = module(_MIT), module("torch")
        loads: list[dict[str, Any]] = []
        load = torch.load

        def noted(*given: Any, **more: Any) -> Any:
            loads.append(more)
            return load(*given, **more)

        with upstream.downloads_of(self._weights), replaced(torch, "load", noted):
            detector = self._detection.MegaDetectorV6MIT(
                weights=str(self._weights / "no such file"), version="MDV6-mit-yolov9-c"
            )
            photo = np.zeros((64, 64, 3), np.uint8)
            for _ in range(2):
                detector.single_image_detection(photo)
            short = base.create_model(detector.cfg.model, self._weights / "short.ckpt", 3)
        return {
            "mit loads": len(loads) - 1,
            "mit weights_only": loads[0].get("weights_only"),
            "mit training": bool(detector.model.training),
            "mit short": type(short).__name__,
        }

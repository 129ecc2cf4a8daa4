"""The variants of MegaDetector that PyTorch-Wildlife 1.3.0 has released.

Names, files and licences are those of the library's model zoo
(https://microsoft.github.io/CameraTraps/model_zoo/megadetector/) and of its source; the files lie
in the record https://zenodo.org/records/15398270.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Family = Literal["v5", "v6", "mit", "apache"]
LABELS = ("animal", "person", "vehicle")
"""What the networks tell apart, in the order of their class numbers."""


@dataclass(frozen=True)
class Variant:
    """One network.

    Attributes:
        family: which class of the library runs it.
        version: the library's word for it.
        licence: of the weights, as the library's model zoo states it.
        file: the name under which the weights are published.
        side: of the square that the network looks at, in pixels.
    """

    family: Family
    version: str
    licence: str
    file: str
    side: int


def _v6(version: str, file: str | None = None) -> Variant:
    return Variant("v6", version, "AGPL-3.0", file or f"{version}.pt", 1280)


VARIANTS: Mapping[str, Variant] = {
    "MDV6-mit-yolov9-c": Variant("mit", "MDV6-mit-yolov9-c", "MIT", "MDV6-mit-yolov9-c.ckpt", 640),
    "MDV6-mit-yolov9-e": Variant("mit", "MDV6-mit-yolov9-e", "MIT", "MDV6-mit-yolov9-e.ckpt", 640),
    "MDV6-apa-rtdetr-c": Variant(
        "apache", "MDV6-apa-rtdetr-c", "Apache-2.0", "MDV6-apa-rtdetr-c.pth", 640
    ),
    "MDV6-apa-rtdetr-e": Variant(
        "apache", "MDV6-apa-rtdetr-e", "Apache-2.0", "MDV6-apa-rtdetr-e.pth", 640
    ),
    "MDV6-yolov9-c": _v6("MDV6-yolov9-c"),
    "MDV6-yolov9-e": _v6("MDV6-yolov9-e", "MDV6-yolov9-e-1280.pt"),
    "MDV6-yolov10-c": _v6("MDV6-yolov10-c"),
    "MDV6-yolov10-e": _v6("MDV6-yolov10-e", "MDV6-yolov10-e-1280.pt"),
    "MDV6-rtdetr-c": _v6("MDV6-rtdetr-c"),
    "MDV5a": Variant("v5", "a", "AGPL-3.0", "md_v5a.0.0.pt", 1280),
    "MDV5b": Variant("v5", "b", "AGPL-3.0", "md_v5b.0.0.pt", 1280),
}
"""By the name that a profile uses: the library's own, and `MDV5a` for its `MegaDetectorV5` `a`."""

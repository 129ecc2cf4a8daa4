"""What the four families of networks have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark_megadetector_worker.library import module
from fieldmark_megadetector_worker.variants import Variant

Photo: TypeAlias = NDArray[np.uint8]
"""H×W×3, red, green, blue."""
Rows: TypeAlias = NDArray[np.float32]
"""(n, 6): left, top, right, bottom in pixels of the photo, score 0–1, class number."""
COLUMNS = 6


@dataclass(frozen=True)
class Order:
    """What is to be loaded, and how it is to look.

    Attributes:
        variant: which network.
        weights: the file; None: a small or true network of the family with random weights.
        device: `cpu`, `cuda` or `mps`; which graphics card there is to see was decided before.
        floor: no box below this score is wanted.
        iou: boxes of one kind that overlap by more are one; where the library does that itself.
        side: of the square that the network looks at, in pixels; None: what it was trained with.
        batch: photos to look at together, where the library can.
    """

    variant: Variant
    weights: Path | None
    device: str = "cpu"
    floor: float = 0.2
    iou: float = 0.7
    side: int | None = None
    batch: int = 8


class Network(Protocol):
    """A loaded network."""

    def look(self, photos: Sequence[Photo]) -> list[Rows]:
        """Return what each photo shows."""
        ...


class OneByOne:
    """One of the library's detectors, which is given one photo at a time."""

    def __init__(self, detector: Any, floor: float) -> None:  # noqa: ANN401 -- of the library
        self._detector = detector
        self._floor = floor

    def look(self, photos: Sequence[Photo]) -> list[Rows]:
        """Return what each photo shows."""
        with module("torch").inference_mode():
            return [
                rows(self._detector.single_image_detection(photo, det_conf_thres=self._floor))
                for photo in photos
            ]


def rows(result: Mapping[str, Any]) -> Rows:
    """Return the boxes of one of the library's results.

    Its `normalized_coords` are not used: the Apache variant divides x by the height.
    """
    found = result["detections"]
    scores = np.asarray(found.confidence, np.float32).reshape(-1, 1)
    classes = np.asarray(found.class_id, np.float32).reshape(-1, 1)
    corners = np.asarray(found.xyxy, np.float32).reshape(-1, 4)
    return np.concatenate([corners, scores, classes], axis=1)

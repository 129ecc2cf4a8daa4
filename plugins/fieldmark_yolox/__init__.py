"""A light detector for computers without torch: YOLOX networks in OpenCV.

The usual weights are trained on COCO, whose ten animals are bird, cat, dog, horse, sheep, cow,
elephant, bear, zebra and giraffe. Other animals are found where they look like one of these, and
missed where they do not. Where torch can be installed, `megadetector` finds more.
"""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Detector
from fieldmark.hookspecs import hookimpl
from fieldmark_yolox.settings import YoloxOptions


def _yolox(options: YoloxOptions, context: Context) -> Detector:
    from fieldmark_yolox.detector import load_detector

    return load_detector(options, context)


YOLOX = Component(
    "yolox",
    "Animals, people and vehicles as COCO knows them; needs no torch",
    YoloxOptions,
    _yolox,
    example={"untrained": True, "size": 96, "confidence": 0.05},
)


@hookimpl
def fieldmark_detectors() -> Iterator[Component[Any, Detector]]:
    """Offer the detector."""
    yield YOLOX

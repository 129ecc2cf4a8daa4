"""MegaDetector through PyTorch-Wildlife, in a process of its own."""

from collections.abc import Iterator
from typing import Any

from fieldmark.components import Component, Context, Detector
from fieldmark.hookspecs import hookimpl
from fieldmark_megadetector.options import MegaDetectorOptions


def _build(options: MegaDetectorOptions, context: Context) -> Detector:
    from fieldmark_megadetector.detector import MegaDetector

    return MegaDetector(options, context)


MEGADETECTOR = Component(
    "megadetector",
    "Finds animals, people and vehicles in camera-trap photos with MegaDetector",
    MegaDetectorOptions,
    _build,
    extra="fieldmark[megadetector]",
    # A small network with random weights: the true ones are not in the distribution.
    example={"version": "MDV6-yolov9-c", "untrained": True, "image_size": 128, "confidence": 0.5},
    parallel=False,
    opens_pickles=True,
)


@hookimpl
def fieldmark_detectors() -> Iterator[Component[Any, Detector]]:
    """Yield the detector."""
    yield MEGADETECTOR

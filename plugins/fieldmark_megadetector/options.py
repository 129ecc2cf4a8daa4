"""What can be set for MegaDetector."""

import os
import sys
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fieldmark.components import Options
from fieldmark_megadetector_worker.variants import LABELS

PYTHON = "FIELDMARK_MEGADETECTOR_PYTHON"
"""The environment variable that names a Python with PyTorch-Wildlife."""
Version: TypeAlias = Literal[
    "MDV6-mit-yolov9-c",
    "MDV6-mit-yolov9-e",
    "MDV6-apa-rtdetr-c",
    "MDV6-apa-rtdetr-e",
    "MDV6-yolov9-c",
    "MDV6-yolov9-e",
    "MDV6-yolov10-c",
    "MDV6-yolov10-e",
    "MDV6-rtdetr-c",
    "MDV5a",
    "MDV5b",
]
Label: TypeAlias = Literal["animal", "person", "vehicle"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class MegaDetectorOptions(Options):
    """What can be set."""

    version: Version = Field(
        "MDV6-mit-yolov9-c",
        description="The variant, as PyTorch-Wildlife calls it (its MegaDetectorV5 is MDV5a and"
        " MDV5b); the default is under the MIT licence.",
    )
    confidence: Share = Field(
        0.2, description="The least score of a box, for labels that `thresholds` does not name."
    )
    thresholds: dict[Label, Share] = Field(
        default_factory=dict, description="The least score of a box, by label."
    )
    iou: Share = Field(
        0.5,
        description="Of two boxes of one label that overlap by more, the less sure one is dropped.",
    )
    batch_size: int = Field(8, ge=1, le=256, description="Photos to look at together.")
    image_size: int | None = Field(
        None,
        ge=128,
        le=4096,
        multiple_of=64,
        description="Side of the square that the network looks at, in pixels; by default what it"
        " was trained with. The Apache variants know only 640.",
    )
    python: str | None = Field(
        None,
        description="The Python that has PyTorch-Wildlife; by default the one that"
        " FIELDMARK_MEGADETECTOR_PYTHON names, else fieldmark's own.",
    )
    untrained: bool = Field(
        False,
        description="Run a network with random weights, to try an installation; what it sees means"
        " nothing.",
    )

    @model_validator(mode="after")
    def _size_fits(self) -> Self:
        if self.version.startswith("MDV6-apa") and self.image_size not in (None, 640):
            raise ValueError(f"image_size of {self.version} must be 640, which it is built for")
        return self

    def least(self) -> dict[str, float]:
        """Return the least score of every label."""
        named: dict[str, float] = dict.fromkeys(LABELS, self.confidence)
        return named | {str(label): least for label, least in self.thresholds.items()}

    def interpreter(self) -> str:
        """Return the path of the Python that runs the library."""
        return self.python or os.environ.get(PYTHON) or sys.executable

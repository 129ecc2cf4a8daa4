"""Finding the animal with a segmentation network in an ONNX file.

Two kinds are read. Networks for salient objects (U²-Net, IS-Net) give one map of what stands out,
which is stretched to 0–1 as their authors do. Networks for classes (DeepLab, LR-ASPP on PASCAL VOC
or COCO) give a number for every class at every place; those of the animals are summed.

ONNX Runtime runs them. OpenCV could, without another library; but the engine that OpenCV 5 uses by
default gave numbers of 10¹⁰ and no warning for a DeepLab that ONNX Runtime runs rightly.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import Floats, Mask, Pixels
from fieldmark_chips.chips import scale_mask, scale_pixels
from fieldmark_chips.places import Grid
from fieldmark_chips.settings import NetworkOptions

Run: TypeAlias = Callable[[Floats], NDArray[np.generic]]
"""Gives a network's first answer to pictures 1×3×H×W."""

_CERTAIN = 0.5
"""Where no place reaches this, a network has seen nothing; stretching would make noise a mask."""
_PLAUSIBLE = (0.05, 0.98)
"""Shares of its box an animal may fill; outside them the network saw something else, or all."""


class Segmenter:
    """Finds the animal with a network.

    Args:
        path: the ONNX file, in itself complete.
        options: how it is fed and read.

    Raises:
        UserError: if the file cannot be run, or answers otherwise than the options say.
    """

    def __init__(self, path: Path, options: NetworkOptions) -> None:
        self.size = max(options.height, options.width)
        self._options = options
        self._run = _opened(path)
        self._check(path)

    def find(self, picture: Pixels, grid: Grid) -> Mask | None:
        """Return 0 to 1 for each pixel of an H×W×3 picture; None when nothing plausible is seen."""
        answer = self._run(blob(picture, self._options))
        return plausible(read(answer, self._options), grid)

    def _check(self, path: Path) -> None:
        """Ask the network about a grey picture: a mistake shows here, not at the first photo."""
        grey = np.full((self._options.height, self._options.width, 3), 128, np.uint8)
        try:
            read(self._run(blob(grey, self._options)), self._options)
        except Exception as error:  # onnxruntime's errors have no common base of their own
            reason = " ".join(str(error).split())
            raise UserError(
                f"{path.name} is no network as the options of background.network describe it:"
                f" {reason[:300]}"
            ) from error


def blob(picture: Pixels, options: NetworkOptions) -> Floats:
    """Return an H×W×3 picture as the network takes it: 1×3×height×width, float32."""
    scaled = scale_pixels(picture, options.height, options.width).astype(np.float32) / 255
    mean, std = np.array(options.mean, np.float32), np.array(options.std, np.float32)
    levelled = (scaled - mean) / std
    return np.ascontiguousarray(levelled.transpose(2, 0, 1)[None], np.float32)


def read(answer: NDArray[np.generic], options: NetworkOptions) -> Mask | None:
    """Return a network's answer as weights h×w, 0 to 1; None when it has seen nothing.

    Raises:
        ValueError: if the answer has another shape than the kind of network gives.
    """
    values = np.asarray(answer, np.float32)
    if not np.isfinite(values).all():
        raise ValueError("it answers with what is no number")
    return _classes(values, options) if options.kind == "classes" else _salient(values, options)


def _salient(values: Floats, options: NetworkOptions) -> Mask | None:
    if values.ndim < 2 or values.size != values.shape[-1] * values.shape[-2]:
        raise ValueError(f"expected one map for kind 'salient', got {values.shape}")
    found = values.reshape(values.shape[-2:]).astype(np.float64)
    if options.sigmoid:
        found = 1 / (1 + np.exp(-np.clip(found, -60, 60)))
    low, high = float(found.min()), float(found.max())
    if high < _CERTAIN or high == low:
        return None
    return np.asarray((found - low) / (high - low), np.float32)


def _classes(values: Floats, options: NetworkOptions) -> Mask | None:
    if values.ndim != 4 or values.shape[0] != 1:
        raise ValueError(f"expected 1×classes×h×w for kind 'classes', got {values.shape}")
    if values.shape[1] <= max(options.animals):
        raise ValueError(f"it knows {values.shape[1]} classes, and animals is {options.animals}")
    powers = np.exp(values[0] - values[0].max(axis=0))
    found = powers[list(options.animals)].sum(axis=0) / powers.sum(axis=0)
    return np.asarray(found, np.float32) if float(found.max()) >= _CERTAIN else None


def plausible(found: Mask | None, grid: Grid) -> Mask | None:
    """Return weights h×w for each pixel of the picture; None when they show no animal in its box.

    What lies outside the box is another animal, or none.
    """
    if found is None:
        return None
    scaled = scale_mask(found, *grid.u.shape)
    inside = grid.inside(1.0)
    scaled[~inside] = 0
    low, high = _PLAUSIBLE
    share = float((scaled[inside] >= _CERTAIN).mean()) if inside.any() else 0.0
    return scaled if low <= share <= high else None


def _opened(path: Path) -> Run:
    import onnxruntime  # noqa: PLC0415 - an extra of its own

    threads = onnxruntime.SessionOptions()
    threads.intra_op_num_threads = threads.inter_op_num_threads = 1
    threads.log_severity_level = 4
    try:
        # From memory: a file could refer to others beside it, whose content nobody has verified.
        session = onnxruntime.InferenceSession(
            path.read_bytes(), threads, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # as above
        raise UserError(
            f"ONNX Runtime cannot open {path.name} as a network; name an ONNX file in 'weights'"
        ) from error
    name, first = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda picture: np.asarray(session.run([first], {name: picture})[0])

"""The network itself, in OpenCV; and what stands in for one where there are no weights."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from fieldmark.errors import UserError
from fieldmark.types import Floats
from fieldmark_yolox.coco import CLASSES
from fieldmark_yolox.decoding import STRIDES, Grid
from fieldmark_yolox.letterbox import GREY
from fieldmark_yolox.signature import Shape, input_shape

_WANTED = "name the ONNX file of a YOLOX network under weights, beside 'use: yolox'"
_PLACES = re.compile(r"^\([^)]*\) ?|,? ?in function '[^']*'")
LOGGING: Any = getattr(cv2.utils, "logging", cv2)
"""Where OpenCV is told how much to say: OpenCV 5 has it here, OpenCV 4 at the top."""
_SILENT = 0
_RAW = 8.0
"""Cells. Raw places lie within a few cells of their own; decoded ones are counted in pixels."""


class Network(Protocol):
    """What detects: pictures in, one row of numbers for each cell out.

    Attributes:
        size: height and width of the pictures.
        classes: how many it tells apart.
    """

    size: tuple[int, int]
    classes: int

    def rows(self, blob: Floats) -> Floats:
        """Return (cells, 5 + classes) float32 for a picture (1, 3, height, width) of 0–255."""
        ...


class OnnxNetwork:
    """A YOLOX network from an ONNX file, in `cv2.dnn`.

    Such files are made for one picture at a time, so several are not joined. One network must
    not be used by two threads at once.
    """

    def __init__(self, file: Path, size: int | None) -> None:
        """Open the network and try it on a grey picture.

        Raises:
            UserError: if the file cannot be read, is no ONNX file or holds another network.
        """
        content = _content(file)
        shape = _shape(content)
        self.size = (size, size) if size else _size(shape)
        self._net = _opened(content)
        tried = self._tried()
        self.classes = tried.shape[1] - 5

    def rows(self, blob: Floats) -> Floats:
        """Return (cells, 5 + classes) float32 for a picture (1, 3, height, width) of 0–255.

        Raises:
            UserError: if OpenCV cannot run the network.
        """
        rows: Floats = self._forward(blob)[0]
        return rows

    def _forward(self, blob: Floats) -> Floats:
        try:
            with _quiet():
                self._net.setInput(blob)
                return np.asarray(self._net.forward(), np.float32)
        except cv2.error as error:
            height, width = self.size
            raise UserError(
                f"OpenCV {cv2.__version__} cannot run this network on pictures of {height} ×"
                f" {width} pixels ({_reason(error)}); leave out the option size, or {_WANTED}"
            ) from error

    def _tried(self) -> Floats:
        """Return what the network says of a grey picture, if that can be YOLOX's.

        Raises:
            UserError: if it cannot.
        """
        given = self._forward(np.full((1, 3, *self.size), GREY, np.float32))
        height, width = self.size
        cells = len(Grid.of(height, width))
        if given.ndim != 3 or given.shape[:2] != (1, cells) or given.shape[2] < 6:
            raise UserError(
                f"these weights are no YOLOX network: expected an output [1, {cells}, 5 + classes]"
                f" for pictures of {height} × {width} pixels, got {list(given.shape)}; {_WANTED}"
            )
        _refuse_other_numbers(given[0])
        rows: Floats = given[0]
        return rows


class Untrained:
    """Takes for a bear what is brighter or darker than the middle of a picture.

    For tests of all but the network: no weights are shipped. It has a network's grids and rows.
    """

    classes = len(CLASSES)

    def __init__(self, size: int) -> None:
        self.size = (size, size)

    def rows(self, blob: Floats) -> Floats:
        """Return (cells, 85) float32 for a picture (1, 3, height, width) of 0–255."""
        grey = blob[0].mean(axis=0)
        rows = np.zeros((len(Grid.of(*self.size)), 5 + self.classes), np.float32)
        rows[:, :2] = 0.5
        rows[:, 2:4] = np.log(2)  # two cells wide and high
        rows[:, 4] = np.concatenate([_contrast(grey, stride) for stride in STRIDES])
        rows[:, 5 + CLASSES.index("bear")] = 1
        return rows


def _contrast(grey: Floats, stride: int) -> Floats:
    height, width = grey.shape
    cells = grey.reshape(height // stride, stride, width // stride, stride).mean(axis=(1, 3))
    contrast: Floats = (np.abs(cells - np.median(grey)) / 255).ravel()
    return contrast


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(
            f"the weights {file} cannot be read: {error.strerror}; {_WANTED}"
        ) from error


def _shape(content: bytes) -> Shape:
    """Return what pictures a network takes: (batch, 3, height, width).

    Raises:
        UserError: if it takes something else, or the file is damaged.
    """
    try:
        shape = input_shape(content)
    except ValueError as error:
        raise _damaged(str(error)) from error
    if len(shape) != 4 or shape[1] not in (3, None):
        raise UserError(
            "these weights are no YOLOX network: expected pictures [1, 3, height, width] as its"
            f" input, got {_written(shape)}; {_WANTED}"
        )
    return shape


def _size(shape: Shape) -> tuple[int, int]:
    """Return height and width of the pictures that a network takes.

    Raises:
        UserError: if it takes any size, or one that YOLOX has not.
    """
    height, width = shape[2:]
    if height is None or width is None:
        raise UserError(
            "this network takes pictures of any size; say which under options, such as size: 640"
        )
    if height % STRIDES[-1] or width % STRIDES[-1]:
        raise UserError(
            f"these weights are no YOLOX network: its pictures are {height} × {width} pixels,"
            f" expected multiples of {STRIDES[-1]}; {_WANTED}"
        )
    return height, width


def _written(shape: Shape) -> str:
    return f"[{', '.join('any' if axis is None else str(axis) for axis in shape)}]"


def _opened(content: bytes) -> cv2.dnn.Net:
    try:
        with _quiet():
            return cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    except cv2.error as error:
        raise _damaged(_reason(error)) from error


def _damaged(reason: str) -> UserError:
    return UserError(
        f"these weights are damaged, or no ONNX file that OpenCV {cv2.__version__} can open"
        f" ({reason}); fetch them again, or {_WANTED}"
    )


def _refuse_other_numbers(rows: Floats) -> None:
    if float(np.median(np.abs(rows[:, :2]))) > _RAW:
        raise UserError(
            "these weights give boxes in pixels; expected YOLOX's raw numbers: export the network"
            " again, without --decode_in_inference"
        )
    scores = rows[:, 4:]
    if not (np.isfinite(rows).all() and scores.min() >= -1e-3 and scores.max() <= 1 + 1e-3):
        raise UserError(
            f"these weights are no YOLOX network: expected scores in 0–1 for a grey picture, got"
            f" {scores.min():.3g} to {scores.max():.3g}; {_WANTED}"
        )


def _reason(error: cv2.error) -> str:
    """Return what OpenCV complains about, in one line, without the places in its source."""
    text = " ".join(str(error).split()).rpartition("error: ")[2]
    return _PLACES.sub("", text)[:200].strip(" .>") or "no reason given"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV from writing on the standard error what is raised as an error, too."""
    before = LOGGING.setLogLevel(_SILENT)
    try:
        yield
    finally:
        LOGGING.setLogLevel(before)

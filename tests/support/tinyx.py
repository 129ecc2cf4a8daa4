"""A YOLOX network of a few kilobytes that sees red zebras and blue people on grey ground."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fieldmark.types import Floats, Pixels
from support.onnxfile import model, node, tensor, value

SIZE = 128
"""Height and width of its pictures."""
ZEBRA, HORSE, PERSON = 22, 17, 0
_STRIDES = (8, 16, 32)


def tiny_yolox(
    classes: int = 80,
    axes: Sequence[int | str] = (1, 3, SIZE, SIZE),
    *,
    decoded: bool = False,
    rigid: bool = False,
) -> bytes:
    """Return its ONNX file.

    It sees one box of 32 × 32 pixels for each cell of that size that is red or blue. What is red is
    a zebra and, nearly as much, a horse.

    Args:
        classes: how many it tells apart.
        axes: of its input, as the file says it.
        decoded: give boxes in pixels, as some exports do.
        rigid: take pictures of that size alone.
    """
    nodes: list[bytes] = []
    tensors: list[bytes] = []
    for stride in _STRIDES:
        flat = [1, 5 + classes, (SIZE // stride) ** 2 if rigid else -1]
        tensors.append(tensor(f"flat{stride}", np.array(flat, np.int64)))
        told, fixed = _level(stride, classes, decoded=decoded)
        nodes += told
        tensors += fixed
    levels = [f"rows{stride}" for stride in _STRIDES]
    nodes.append(node("Concat", levels, "all", {"axis": 2}))
    nodes.append(node("Transpose", ["all"], "output", {"perm": [0, 2, 1]}))
    cells = sum((SIZE // stride) ** 2 for stride in _STRIDES)
    output = value("output", [1, cells, 5 + classes])
    return model(nodes, tensors, [value("images", axes)], [output])


def _level(stride: int, classes: int, *, decoded: bool) -> tuple[list[bytes], list[bytes]]:
    """Return the operations and numbers of one grid."""
    box, (score, bias) = _place(decoded=decoded), _scores(stride, classes)
    s = str(stride)
    pool = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
    nodes = [
        node("AveragePool", ["images"], f"mean{s}", pool),
        node("Conv", [f"mean{s}", f"box_w{s}", f"box_b{s}"], f"box{s}", {"kernel_shape": [1, 1]}),
        node("Conv", [f"mean{s}", f"w{s}", f"b{s}"], f"raw{s}", {"kernel_shape": [1, 1]}),
        node("Sigmoid", [f"raw{s}"], f"score{s}", {}),
        node("Concat", [f"box{s}", f"score{s}"], f"grid{s}", {"axis": 1}),
        node("Reshape", [f"grid{s}", f"flat{s}"], f"rows{s}", {}),
    ]
    tensors = [
        tensor(f"box_w{s}", np.zeros((4, 3, 1, 1), np.float32)),
        tensor(f"box_b{s}", box),
        tensor(f"w{s}", score),
        tensor(f"b{s}", bias),
    ]
    return nodes, tensors


def _place(*, decoded: bool) -> Floats:
    return np.array([64, 64, 32, 32] if decoded else [0.5, 0.5, 0, 0], np.float32)


def _scores(stride: int, classes: int) -> tuple[Floats, Floats]:
    """Return weights and biases of the scores, whose sigmoid is taken; blue, green, red."""
    weights = np.zeros((1 + classes, 3, 1, 1), np.float32)
    bias = np.full(1 + classes, -20, np.float32)
    weights[0, :, 0, 0] = 0.1, -0.2, 0.1
    bias[0] = -8 if stride == 32 else -100  # nothing is seen in the finer grids
    for name, slope, start in ((ZEBRA, 0.1, 0.0), (HORSE, 0.1, -1.0), (PERSON, -0.1, 0.0)):
        if name < classes:
            weights[1 + name, :, 0, 0] = -slope, 0, slope
            bias[1 + name] = start
    return weights, bias


def red_square(height: int, width: int, top: int, left: int, side: int) -> Pixels:
    """Return a grey photo with a red square."""
    photo = np.full((height, width, 3), 100, np.uint8)
    photo[top : top + side, left : left + side] = 255, 0, 0
    return photo


def written(folder: Path, file: bytes | None = None) -> Path:
    """Return the path of the network's file, or of another content, in a folder."""
    path = folder / "tiny.onnx"
    path.write_bytes(tiny_yolox() if file is None else file)
    return path

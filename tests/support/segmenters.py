"""Small segmentation networks, real ONNX files, that see what is red."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RED = np.array([24.0, -12.0, -12.0], np.float32)
"""Of a pixel in 0–1: far above 0 for red, 0 for grey."""


def salient(path: Path, *, side: int = 64, logits: bool = False, answers: int = 1) -> Path:
    """Write a network with one map of what is red, as U²-Net's; further maps are all 0.

    Args:
        path: the file to write.
        side: pixels of the square that it takes.
        logits: whether the map is left without its sigmoid.
        answers: how many maps there are.
    """
    nodes = [helper.make_node("Conv", ["picture", "red", "bias"], ["logits"])]
    last = "logits" if logits else "map"
    if not logits:
        nodes.append(helper.make_node("Sigmoid", ["logits"], ["map"]))
    others = [f"other{i}" for i in range(1, answers)]
    nodes += [helper.make_node("Sub", [last, last], [name]) for name in others]
    return _written(path, nodes, [last, *others], RED[None], np.full(1, -6, np.float32), side)


def classes(path: Path, *, animal: int = 8, count: int = 21, side: int = 64) -> Path:
    """Write a network with a number for each class, in which red is the class `animal`.

    Where nothing is red, the background (class 0) is ahead.
    """
    weights, bias = np.zeros((count, 3), np.float32), np.zeros(count, np.float32)
    weights[animal], bias[0] = RED, 6
    node = helper.make_node("Conv", ["picture", "red", "bias"], ["logits"])
    return _written(path, [node], ["logits"], weights, bias, side)


def _written(
    path: Path,
    nodes: list[onnx.NodeProto],
    answers: list[str],
    weights: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    bias: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    side: int,
) -> Path:
    kept = [
        numpy_helper.from_array(weights[:, :, None, None], "red"),
        numpy_helper.from_array(bias, "bias"),
    ]
    taken = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, side, side])
    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, len(weights), side, side])
        for name in answers
    ]
    graph = helper.make_graph(nodes, "red", [taken], given, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path

"""Tiny ONNX files, written without the package `onnx`, which the light install lacks.

The numbers are those of the fields in `onnx.proto` (github.com/onnx/onnx).
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Attributes: TypeAlias = Mapping[str, int | Sequence[int]]
_FLOAT, _INT64, _INT, _INTS = 1, 7, 2, 7


def number(field: int, value: int) -> bytes:
    """Return a field that holds a whole number."""
    return _varint(field << 3) + _varint(value)


def content(field: int, value: bytes | str) -> bytes:
    """Return a field that holds bytes, a text or a message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers as the format has them
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    """Return fixed numbers."""
    kind = _FLOAT if values.dtype == np.float32 else _INT64
    shape = b"".join(number(1, length) for length in values.shape)
    return shape + number(2, kind) + content(8, name) + content(9, values.tobytes())


def value(name: str, shape: Sequence[int | str]) -> bytes:
    """Return an input or output; an axis of any length has a name in place of a number."""
    axes = (content(2, axis) if isinstance(axis, str) else number(1, axis) for axis in shape)
    lengths = b"".join(content(1, axis) for axis in axes)
    kind = number(1, _FLOAT) + content(2, lengths)
    return content(1, name) + content(2, content(1, kind))


def node(kind: str, inputs: Sequence[str], output: str, attributes: Attributes) -> bytes:
    """Return one operation."""
    told = b"".join(content(5, _attribute(name, given)) for name, given in attributes.items())
    taken = b"".join(content(1, name) for name in inputs)
    return taken + content(2, output) + content(3, output) + content(4, kind) + told


def _attribute(name: str, given: int | Sequence[int]) -> bytes:
    if isinstance(given, int):
        return content(1, name) + number(3, given) + number(20, _INT)
    listed = b"".join(number(8, each) for each in given)
    return content(1, name) + listed + number(20, _INTS)


def model(
    nodes: Sequence[bytes],
    tensors: Sequence[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
) -> bytes:
    """Return the content of an ONNX file, opset 13."""
    parts = [content(1, each) for each in nodes]
    parts += [content(2, "tiny")]
    parts += [content(5, each) for each in tensors]
    parts += [content(11, each) for each in inputs]
    parts += [content(12, each) for each in outputs]
    opset = content(1, "") + number(2, 13)
    return number(1, 7) + content(8, opset) + content(7, b"".join(parts))

"""Which pictures the network in an ONNX file takes, read from the file's own header.

OpenCV does not tell, and the package `onnx` is not in the light install. An ONNX file is a
message in the wire format of protocol buffers; the numbers of its fields are those of `onnx.proto`
(github.com/onnx/onnx), which may never change.
"""

from collections.abc import Iterator
from typing import TypeAlias

Shape: TypeAlias = tuple[int | None, ...]
"""The length of each axis; None: any."""
_GRAPH, _INITIALIZER, _INPUT, _TENSOR_NAME = 7, 5, 11, 8
_VALUE_NAME, _TYPE, _TENSOR, _SHAPE, _AXIS, _LENGTH = 1, 2, 1, 2, 1, 1
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def input_shape(content: bytes) -> Shape:
    """Return the shape of the first thing that a network is given.

    Raises:
        ValueError: if the file is damaged, is no ONNX file, or its network is given nothing.
    """
    for graph in _parts(memoryview(content), _GRAPH):
        # Old files list their weights among the inputs, too.
        weights = {_name(part, _TENSOR_NAME) for part in _parts(graph, _INITIALIZER)}
        for part in _parts(graph, _INPUT):
            if _name(part, _VALUE_NAME) not in weights:
                return tuple(_length(axis) for axis in _axes(part))
    raise ValueError("no network with an input")


def _axes(part: memoryview) -> Iterator[memoryview]:
    for kind in _parts(part, _TYPE):
        for tensor in _parts(kind, _TENSOR):
            for shape in _parts(tensor, _SHAPE):
                yield from _parts(shape, _AXIS)


def _length(axis: memoryview) -> int | None:
    return next((value for number, value, _ in _fields(axis) if number == _LENGTH and value), None)


def _name(part: memoryview, number: int) -> bytes:
    return next((bytes(each) for each in _parts(part, number)), b"")


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the content of every field of a number that holds bytes."""
    for number, _, content in _fields(message):
        if number == wanted and content is not None:
            yield content


def _fields(message: memoryview) -> Iterator[tuple[int, int, memoryview | None]]:
    """Yield each field's number, its value if it is a whole number, and its content if bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        value, length = 0, {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire, 0)
        if wire in (_VARINT, _BYTES):
            value, at = _varint(message, at)
            length = value if wire == _BYTES else 0
        elif not length:
            raise ValueError("it is not written like one")
        if at + length > len(message):
            raise ValueError("the file ends in the middle of a field")
        yield number, value, message[at : at + length] if wire == _BYTES else None
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return a whole number, and where what follows it begins: seven bits to a byte."""
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("the file ends in the middle of a number")

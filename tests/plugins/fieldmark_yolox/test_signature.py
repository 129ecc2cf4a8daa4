"""The header of an ONNX file, read without the package `onnx`."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark_yolox.signature import input_shape
from support.onnxfile import model, tensor, value
from support.tinyx import tiny_yolox


def test_shape_of_the_input() -> None:
    """The lengths of the axes are read; an axis of any length is None."""
    assert input_shape(tiny_yolox()) == (1, 3, 128, 128)
    assert input_shape(tiny_yolox(axes=("batch", 3, 640, "width"))) == (None, 3, 640, None)


def test_weights_are_no_input() -> None:
    """Old files list their weights among the inputs, before the pictures."""
    fixed = tensor("w", np.zeros((4, 3, 1, 1), np.float32))
    inputs = [value("w", [4, 3, 1, 1]), value("images", [1, 3, 64, 96])]
    assert input_shape(model([], [fixed], inputs, [])) == (1, 3, 64, 96)


def test_agrees_with_onnx() -> None:
    """The package that defines the format takes the tests' files for good, and reads the same."""
    onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
    read = onnx.load_from_string(tiny_yolox())
    onnx.checker.check_model(read, full_check=True)
    axes = read.graph.input[0].type.tensor_type.shape.dim
    assert tuple(axis.dim_value for axis in axes) == input_shape(tiny_yolox())


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x3a\x00", b"PK\x03\x04" + bytes(90)])
def test_other_files(content: bytes) -> None:
    """What is no ONNX file is refused."""
    with pytest.raises(ValueError, match=r"network|field|number|written"):
        input_shape(content)


@given(st.integers(0, len(tiny_yolox()) - 1))
def test_cut_off_files(length: int) -> None:
    """A file that was cut off anywhere is refused: its last field, the network, ends too early."""
    with pytest.raises(ValueError, match=r"network|ends in the middle"):
        input_shape(tiny_yolox()[:length])


@given(st.binary(max_size=200))
def test_no_file_is_read_for_ever(content: bytes) -> None:
    """Whatever the bytes are, the answer is a shape, or an error in words."""
    with suppress(ValueError):
        assert isinstance(input_shape(content), tuple)

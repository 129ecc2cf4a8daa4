"""Networks of other people's files: what is run, and what is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark_yolox.network import LOGGING, OnnxNetwork, Untrained
from support.onnxfile import model, node, tensor, value
from support.tinyx import tiny_yolox, written


def _pooled(kind: str, size: int = 128, channels: int = 3) -> bytes:
    """Return a network that says three numbers for a picture: a classifier, of a kind."""
    pool = node(kind, ["images"], "output", {})
    inputs = [value("images", [1, channels, size, size])]
    return model([pool], [], inputs, [value("output", [1, channels, 1, 1])])


def test_network_is_read_and_tried(tiny: Path) -> None:
    """Its size and the number of its classes come from the file."""
    network = OnnxNetwork(tiny, None)
    assert network.size == (128, 128)
    assert network.classes == 80
    assert network.rows(np.zeros((1, 3, 128, 128), np.float32)).shape == (336, 85)


def test_size_may_be_chosen(tiny: Path, tmp_path: Path) -> None:
    """The option comes before what the file says, and is needed where the file takes any."""
    assert OnnxNetwork(tiny, 64).rows(np.zeros((1, 3, 64, 64), np.float32)).shape == (84, 85)
    free = written(tmp_path, tiny_yolox(axes=(1, 3, "height", "width")))
    assert OnnxNetwork(free, 96).size == (96, 96)
    with pytest.raises(UserError, match=r"any size; say which under options, such as size: 640"):
        OnnxNetwork(free, None)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "these weights are damaged, or no ONNX file"),
        (b"PK\x03\x04 a zip file", "these weights are damaged, or no ONNX file"),
        (tiny_yolox()[:-100], "(the file ends in the middle of a field); fetch them again"),
        (_pooled("GlobalAveragePool"), "expected an output [1, 336, 5 + classes]"),
        (_pooled("GlobalAveragePool"), "for pictures of 128 × 128 pixels, got [1, 3, 1, 1]; name"),
        (_pooled("GlobalAveragePool", 100), "100 × 100 pixels, expected multiples of 32"),
        (_pooled("GlobalAveragePool", channels=1), "as its input, got [1, 1, 128, 128]"),
        (_pooled("NoSuchOperation"), "OpenCV"),
        (tiny_yolox(decoded=True), "export the network again, without --decode_in_inference"),
    ],
)
def test_other_files_are_refused(
    file: bytes, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A damaged or foreign file is one sentence for the user, and OpenCV writes nothing beside."""
    with pytest.raises(UserError) as caught:
        OnnxNetwork(written(tmp_path, file), None)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "cv::" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_scores_that_are_none_are_refused(tmp_path: Path) -> None:
    """Numbers of the right shape that cannot be scores are no YOLOX network's."""
    fixed = tensor("fixed", np.full((1, 336, 85), 3, np.float32))
    zero = tensor("zero", np.zeros((1, 1, 1), np.float32))
    nodes = [
        node("ReduceMean", ["images"], "mean", {"axes": [1, 2, 3], "keepdims": 0}),
        node("Mul", ["mean", "zero"], "nothing", {}),
        node("Add", ["fixed", "nothing"], "output", {}),
    ]
    inputs, outputs = [value("images", [1, 3, 128, 128])], [value("output", [1, 336, 85])]
    with pytest.raises(UserError, match="expected scores in 0–1 for a grey picture, got 3 to 3"):
        OnnxNetwork(written(tmp_path, model(nodes, [fixed, zero], inputs, outputs)), None)


def test_network_of_one_size(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A network that OpenCV cannot run at the chosen size is an error in words."""
    rigid = written(tmp_path, tiny_yolox(rigid=True))
    assert OnnxNetwork(rigid, None).size == (128, 128)
    with pytest.raises(UserError, match="leave out the option size, or name the ONNX") as caught:
        OnnxNetwork(rigid, 64)
    assert "cannot run this network on pictures of 64 × 64 pixels" in str(caught.value)
    assert "cv::" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UserError, match=r"away\.onnx cannot be read: No such file"):
        OnnxNetwork(tmp_path / "away.onnx", None)


def test_opencv_speaks_again_afterwards(tiny: Path) -> None:
    """Its messages are kept back only while a network is opened or run."""
    before = LOGGING.getLogLevel()
    assert before > 0
    OnnxNetwork(tiny, None)
    assert LOGGING.getLogLevel() == before


def test_stand_in_has_a_networks_rows() -> None:
    """What stands in for a network says as much of each cell as one does."""
    stand_in = Untrained(64)
    blob = np.full((1, 3, 64, 64), 100, np.float32)
    assert stand_in.rows(blob).shape == (84, 85)
    assert not stand_in.rows(blob)[:, 4].any()
    blob[:, :, :32, :32] = 255
    assert stand_in.rows(blob)[80:, 4].tolist() == pytest.approx([155 / 255, 0, 0, 0])

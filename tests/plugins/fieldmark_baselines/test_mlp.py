"""The perceptron's layers, by hand, and on disk."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from fieldmark.components import Context
from fieldmark.errors import ProjectError, UserError
from fieldmark.types import Chip
from fieldmark_baselines import MLP
from fieldmark_baselines.mlp import Layers, MlpGrey, inputs, read, write
from fieldmark_baselines.settings import MlpOptions


def test_the_hidden_layer_is_a_relu_of_a_product() -> None:
    """[2, 3] · [[1, −1], [1, 0]] + [1, 1] = [6, −1], and the ReLU makes that [6, 0]."""
    matrix = np.array([[1, -1], [1, 0]], np.float32)
    layers = Layers((matrix, np.ones((2, 5), np.float32)), (np.ones(2, np.float32),) * 2)
    assert layers.hidden(np.array([[2, 3]], np.float32)).tolist() == [[6, 0]]


def test_random_weights_keep_within_their_bound() -> None:
    """Of 4 inputs and 2 outputs the bound is √(6 / 6) = 1; the seed decides the rest."""
    layers = Layers.drawn((4, 2, 100), 0)
    assert [m.shape for m in layers.matrices] == [(4, 2), (2, 100)]
    assert np.abs(layers.matrices[0]).max() <= 1
    assert 0.2 < np.abs(layers.matrices[1]).max() <= (6 / 102) ** 0.5
    assert np.array_equal(layers.matrices[0], Layers.drawn((4, 2, 100), 0).matrices[0])
    assert not np.array_equal(layers.matrices[0], Layers.drawn((4, 2, 100), 1).matrices[0])


def test_inputs_are_brightness_around_0() -> None:
    """A white chip is 4,096 ones, a black one as many times −1, whatever its size."""
    white = Chip(np.full((30, 200, 3), 255, np.uint8))
    rows = inputs([white, Chip(np.zeros((1, 1, 3), np.uint8))])
    assert rows.shape == (2, 4096)
    assert (rows[0] == 1).all()
    assert (rows[1] == -1).all()


def test_saved_and_loaded_gives_the_same_embedding(tmp_path: Path) -> None:
    """The file alone makes the network, and says how it was made."""
    layers, path = Layers.drawn((4096, 8, 3), 5), tmp_path / "model.safetensors"
    write(path, layers, {"component": "mlp-grey"})
    chip = Chip(np.random.default_rng(0).integers(0, 256, (70, 90, 3)).astype(np.uint8))
    (one,), (other,) = MlpGrey(layers).embed([chip]), MlpGrey(read(path)).embed([chip])
    assert np.array_equal(one.values, other.values)
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["fieldmark"])
    assert header == {"record": {"component": "mlp-grey"}, "format": 1}


def test_other_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """Weights of another network, and files that are none, are told apart and named."""
    path = tmp_path / "model.safetensors"
    save_file({"stem.weight": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(UserError, match="belong to another network than mlp-grey"):
        read(path)
    path.write_bytes(b"no tensors")
    with pytest.raises(UserError, match="is no safetensors file that can be read"):
        read(path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Weights that cannot be kept are a problem of the project."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be kept"):
        write(tmp_path / "file" / "model.safetensors", Layers.drawn((4096, 8, 3), 0), {})


def test_without_weights_it_asks_for_them() -> None:
    """Random weights are used only when they are asked for."""
    with pytest.raises(UserError, match="needs weights"):
        MLP.build(MlpOptions(), Context())

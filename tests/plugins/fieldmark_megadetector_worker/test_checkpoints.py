"""Checkpoints are read without running what else they hold."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fieldmark_megadetector_worker.checkpoints import CheckpointProblem, fill, read, tensors

WEIGHT = torch.arange(6, dtype=torch.float32).reshape(2, 3)


class Stranger:
    """A class that no list of known layers holds."""


def written(folder: Path, content: object) -> Path:
    """Write a checkpoint."""
    path = folder / "weights.pt"
    torch.save(content, path)
    return path


def test_tensors_are_found_where_they_lie(tmp_path: Path) -> None:
    """Under one of the keys that training programs use, or by themselves."""
    state = OrderedDict({"layer.weight": WEIGHT})
    for content in ({"state_dict": state, "epoch": 3}, state):
        found = tensors(read(written(tmp_path, content)), "state_dict")
        assert torch.equal(found["layer.weight"], WEIGHT)


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    """What `models pull --convert` made of a checkpoint serves as well."""
    save_file({"layer.weight": WEIGHT}, tmp_path / "weights.safetensors")
    found = tensors(read(tmp_path / "weights.safetensors"), "state_dict")
    assert torch.equal(found["layer.weight"], WEIGHT)


def test_plain_values_may_lie_beside(tmp_path: Path) -> None:
    """Sets, numbers and sizes, which v5 has beside its network, are no reason to refuse."""
    content = {"state_dict": {"layer.weight": WEIGHT}, "save": {4, 6}, "fitness": np.float64(0.5)}
    assert read(written(tmp_path, content))["save"] == {4, 6}


def test_known_layers_are_built(tmp_path: Path) -> None:
    """A whole network of torch's own layers comes back, as v5 was saved."""
    layer = torch.nn.Conv2d(3, 4, 1)
    network = torch.nn.Sequential(layer, torch.nn.SiLU())
    found = read(written(tmp_path, {"model": network}))["model"]
    assert torch.equal(found[0].weight, layer.weight)


@pytest.mark.parametrize("content", [{"x": print}, {"x": Stranger()}, {"x": torch.load}])
def test_code_is_never_run(tmp_path: Path, content: object) -> None:
    """A function or a class that is no layer is refused by name, and the file not opened."""
    with pytest.raises(CheckpointProblem, match=r"weights\.pt name code that would have to run"):
        read(written(tmp_path, content))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Half a file, and none of torch's, are told in words."""
    path = written(tmp_path, {"state_dict": {"layer.weight": WEIGHT}})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointProblem, match="the file is damaged"):
        read(path)
    (tmp_path / "weights.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointProblem, match="the file is damaged"):
        read(tmp_path / "weights.safetensors")


def test_without_tensors_there_is_nothing_to_load() -> None:
    """Numbers and lists are no weights."""
    with pytest.raises(CheckpointProblem, match="hold no named tensors but a list"):
        tensors([WEIGHT], "state_dict")
    with pytest.raises(CheckpointProblem, match=r"hold no named tensors$"):
        tensors({"epoch": 3}, "state_dict")


def test_every_layer_is_filled_or_none() -> None:
    """A tensor that is missing or has another shape is counted and named; the rest stays out."""
    network = torch.nn.Linear(3, 2)
    before = network.weight.detach().clone()
    with pytest.raises(CheckpointProblem, match=r"of its 2 tensors 1 are missing and 0 .*bias"):
        fill(network, {"weight": WEIGHT}, "MDV5a")
    with pytest.raises(CheckpointProblem, match=r"0 are missing and 1 have another shape .*bias"):
        fill(network, {"weight": WEIGHT, "bias": WEIGHT}, "MDV5a")
    assert torch.equal(network.weight, before)
    fill(network, {"weight": WEIGHT, "bias": WEIGHT[:, 0], "more": WEIGHT}, "MDV5a")
    assert torch.equal(network.weight, WEIGHT)

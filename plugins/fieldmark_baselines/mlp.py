"""A multi-layer perceptron on 64×64 greys: what a network learns that knows nothing of pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fieldmark.errors import ProjectError, UserError
from fieldmark.files import replacing
from fieldmark.types import Chip, Floats, Vector
from fieldmark_baselines.pictures import greys, resized

SIDE = 64
"""Pixels of each side of the input."""
FORMAT = 1
_HEADER = "fieldmark"


def inputs(chips: Sequence[Chip]) -> Floats:
    """Return the chips' brightness, −1 to 1, row by row: (n, 4096) float32.

    Around 0, because on numbers that are all positive the hidden units die in the first epochs.
    """
    rows = [resized(greys(chip), SIDE, SIDE).ravel() for chip in chips]
    return np.array(rows, np.float32).reshape(-1, SIDE * SIDE) / np.float32(127.5) - np.float32(1)


@dataclass(frozen=True)
class Layers:
    """The weights of a network, its last layer the classifier.

    Attributes:
        matrices: of each layer, (inputs, outputs) float32.
        offsets: of each layer, (outputs,) float32.
    """

    matrices: tuple[Floats, ...]
    offsets: tuple[Floats, ...]

    @classmethod
    def drawn(cls, sizes: Sequence[int], seed: int) -> Self:
        """Return random weights of layers of some sizes, the input's first.

        Even between −b and b with b = √(6 / (inputs + outputs)): Glorot and Bengio, AISTATS 2010,
        equation 16, which scikit-learn begins with, too.
        """
        rng = np.random.default_rng(seed)
        matrices, offsets = [], []
        for into, out in pairwise(sizes):
            bound = np.sqrt(6 / (into + out))
            matrices.append(rng.uniform(-bound, bound, (into, out)).astype(np.float32))
            offsets.append(rng.uniform(-bound, bound, out).astype(np.float32))
        return cls(tuple(matrices), tuple(offsets))

    def hidden(self, rows: Floats) -> Floats:
        """Return the last hidden layer, after its ReLU: (n, units) float32, ≥ 0."""
        # One row at a time, so that a chip's numbers do not depend on its neighbours.
        return np.stack([self._one(row) for row in rows]) if len(rows) else rows

    def _one(self, row: Floats) -> Floats:
        for matrix, offset in zip(self.matrices[:-1], self.offsets[:-1], strict=True):
            row = np.maximum(row @ matrix + offset, 0)
        return row


class MlpGrey:
    """Chips → the last hidden layer of a perceptron."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (units of the last hidden layer,) per chip, ≥ 0.

        Raises:
            UserError: if a chip has neither colours nor grey.
        """
        return [Vector(row) for row in self._layers.hidden(inputs(chips))]


def write(path: Path, layers: Layers, record: Mapping[str, Any]) -> None:
    """Write the layers, and how they were made, into one safetensors file.

    Raises:
        ProjectError: if there is no space; what was there stays.
    """
    tensors: dict[str, Floats] = {}
    for i, (matrix, offset) in enumerate(zip(layers.matrices, layers.offsets, strict=True)):
        tensors |= {f"{i}.weight": np.ascontiguousarray(matrix.T), f"{i}.bias": offset}
    header = {_HEADER: json.dumps({"record": dict(record), "format": FORMAT})}
    try:
        with replacing(path) as file:
            file.write(save(tensors, header))
    except OSError as error:
        raise ProjectError(
            f"the weights cannot be kept in {path.parent}: {error.strerror}; free some space"
        ) from error


def read(path: Path) -> Layers:
    """Return the layers that `write` wrote.

    Raises:
        UserError: if the file is no such file.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            named = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path.name} is no safetensors file that can be read: {error}") from error
    count = len(named) // 2
    wanted = {f"{i}.{part}" for i in range(count) for part in ("weight", "bias")}
    if count < 2 or named.keys() != wanted or named["0.weight"].shape[1] != SIDE * SIDE:
        raise UserError(
            f"the weights in {path.name} belong to another network than mlp-grey, which has a"
            f" weight and a bias for each of 2 layers or more and takes {SIDE * SIDE} numbers"
        )
    return Layers(
        tuple(np.ascontiguousarray(named[f"{i}.weight"].T) for i in range(count)),
        tuple(named[f"{i}.bias"] for i in range(count)),
    )

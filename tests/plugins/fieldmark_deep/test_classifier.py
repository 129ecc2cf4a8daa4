"""A network that tells classes apart."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Chip
from fieldmark_deep.classifier import classes_of, load_classifier, probabilities, record_of
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.records import TINY
from fieldmark_deep.settings import Inference, Network
from fieldmark_deep.storage import save
from support.striped import drawn


def test_it_gives_a_number_for_each_class(gate: Path) -> None:
    """One row for each chip, the same alone and beside others; none for none."""
    made = load_classifier(Inference(batch_size=4), Context(weights=lambda: gate), "gate", "x")
    chips = [Chip(drawn("tiger", 1000 + n)) for n in range(6)]
    rows = made.logits(chips)
    assert rows.shape == (6, 2)
    assert made.classes == ("deer", "tiger")
    assert np.allclose(made.logits(chips[2:3])[0], rows[2], atol=1e-5)
    assert made.logits([]).shape == (0, 2)


def test_shares_are_taken_row_by_row() -> None:
    """The softmax of several chips is that of each."""
    rows = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]], np.float32)
    assert np.allclose(probabilities(rows)[1], 1 / 3)
    assert np.allclose(probabilities(rows)[0], probabilities(rows[0]))


def test_other_weights_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """What they should be, and which recipe trains it."""
    network = EmbeddingNetwork(Network.model_validate(TINY))
    weights = save(tmp_path, network, {"component": "timm"})
    assert record_of(weights) == {"component": "timm"}
    with pytest.raises(UserError, match=r"not those of a gate: .*; train one with: .* some-gate$"):
        classes_of(weights, "gate", "some-gate")

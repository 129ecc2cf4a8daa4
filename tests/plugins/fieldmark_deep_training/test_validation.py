"""Measuring a network on what was kept out of its training."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.settings import Network
from fieldmark_deep.training.chips import Chips
from fieldmark_deep.training.validation import Place, accuracy, embed, retrieve
from support.learning import NETWORK, load, write_photos

CPU = torch.device("cpu")
SHAPE = Network.model_validate(NETWORK)


@pytest.fixture
def chips(tmp_path: Path) -> Chips:
    """Return the chips of four striped animals with three photos each."""
    return Chips(write_photos(tmp_path, individuals=4, photos=3), load, SHAPE, 1)


@pytest.fixture
def network() -> EmbeddingNetwork:
    """Return an untrained network."""
    torch.manual_seed(0)
    return EmbeddingNetwork(SHAPE)


def test_the_network_is_measured_as_it_would_be_used(
    chips: Chips, network: EmbeddingNetwork
) -> None:
    """Statistics are not learnt from what is measured, and training goes on afterwards."""
    network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    made = embed(network, chips, [3, 1], CPU, torch.float32)
    assert made.shape == (2, 16)
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    network.eval()
    with torch.no_grad():
        alone = network(chips.batch([1]).float() / 255)
    np.testing.assert_allclose(made[1], alone[0].numpy(), atol=1e-5)


def test_nothing_to_embed_is_no_error(chips: Chips, network: EmbeddingNetwork) -> None:
    """No places give no rows."""
    assert embed(network, chips, [], CPU, torch.float32).shape == (0, 16)


def test_a_holdout_searches_itself_or_a_gallery(chips: Chips, network: EmbeddingNetwork) -> None:
    """Without a gallery every photo has two others to find; with one only those in it."""
    rows = embed(network, chips, range(12), CPU, torch.float32)
    made = dict(enumerate(rows))
    among = retrieve(Place("x", tuple(range(12)), ()), made, chips)
    assert among.measures()["queries"] == 12
    assert set(among.chance.tolist()) == {2 / 11}
    apart = retrieve(Place("x", (0, 3, 6), (1, 2, 4)), made, chips)
    assert apart.queries.tolist() == [0, 1]
    assert apart.nearest.max() <= 2


def test_accuracy_by_hand() -> None:
    """Three of four photos are right (micro); of the classes 2/3 and 1/1 (macro: 5/6)."""
    said = [0, 0, 1, 1, 0]
    made = {n: np.eye(2, dtype=np.float32)[s] for n, s in enumerate(said)}
    known = dict(enumerate("xxxyz"))
    got = accuracy(Place("gate", (0, 1, 2, 3, 4), ()), made, known, ["x", "y"])
    assert got == pytest.approx({"micro": 3 / 4, "macro": 5 / 6, "queries": 4})
    assert accuracy(Place("gate", (4,), ()), made, known, ["x", "y"]) == {"queries": 0.0}

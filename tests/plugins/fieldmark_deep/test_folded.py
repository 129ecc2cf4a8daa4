"""Folded batch normalisation: found out, and undone without changing what is predicted."""

import math

import pytest
import torch
from torch import Tensor, nn

from fieldmark_deep.folded import is_folded, unfold
from fieldmark_deep.network import EmbeddingNetwork
from fieldmark_deep.records import TINY
from fieldmark_deep.settings import Network


def fresh(**changes: object) -> EmbeddingNetwork:
    """Return a small network with random weights."""
    torch.manual_seed(0)
    return EmbeddingNetwork(Network.model_validate({**TINY, **changes}))


def folded() -> EmbeddingNetwork:
    """Return a network as exported ones are: of each normalisation only the bias is left."""
    network = fresh()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.bias, std=0.3)
    return network.eval()


def chips() -> Tensor:
    """Return 48 chips of smooth noise, 0–1."""
    torch.manual_seed(1)
    coarse = torch.rand(48, 3, 4, 4)
    return nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear")


def outputs(network: EmbeddingNetwork, *, training: bool = False) -> Tensor:
    """Return what a network makes of the chips; its statistics stay as they are."""
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        made: Tensor = network.train(training)(chips())
    network.load_state_dict(before)
    network.eval()
    return made


def test_a_folded_network_is_found_out() -> None:
    """Mean 0, variance 1, factor 1 and some bias: such a normalisation does nothing."""
    assert is_folded(folded())


def test_a_fresh_network_is_not_folded() -> None:
    """Random weights have idle normalisations, too, but without a bias."""
    assert not is_folded(fresh())


@pytest.mark.parametrize("part", ["running_mean", "running_var", "weight"])
def test_one_trained_normalisation_is_enough(part: str) -> None:
    """As soon as one layer normalises, the network was not folded."""
    network = folded()
    layer = next(each for each in network.modules() if isinstance(each, nn.BatchNorm2d))
    with torch.no_grad():
        getattr(layer, part)[0] += 0.5
    assert not is_folded(network)


def test_a_network_without_normalisation_is_not_folded() -> None:
    """Where there is nothing to fold, nothing was folded."""
    assert not is_folded(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()))


def test_unfolding_by_hand() -> None:
    """Inputs 1 and 3: mean 2, variance 1, so the factor is √(1 + ε) and the bias grows by 2."""
    layer = nn.BatchNorm2d(1, eps=1e-3)
    nn.init.constant_(layer.bias, 0.5)
    network = nn.Sequential(layer)
    unfold(network, [torch.tensor([1.0]).view(1, 1, 1, 1), torch.tensor([3.0]).view(1, 1, 1, 1)])
    assert layer.running_mean is not None
    assert layer.running_var is not None
    assert (layer.running_mean.item(), layer.running_var.item()) == (2.0, 1.0)
    assert layer.weight.item() == pytest.approx(math.sqrt(1.001))
    assert layer.bias.item() == 2.5
    with torch.no_grad():
        assert network.eval()(torch.tensor([7.0]).view(1, 1, 1, 1)).item() == pytest.approx(7.5)


def test_unfolding_keeps_the_prediction() -> None:
    """The network embeds as before: cosine above 0.9999 and no number off by more than 0.005."""
    network = folded()
    before = outputs(network)
    unfold(network, torch.split(chips(), 16))
    after = outputs(network)
    assert not is_folded(network)
    assert (before * after).sum(dim=1).min() > 0.9999
    assert (before - after).abs().max() < 0.005


def test_an_unfolded_network_can_be_trained() -> None:
    """In training it embeds the measured chips as it predicts; a folded one does not by far."""
    network = folded()
    wrong = outputs(network) - outputs(network, training=True)
    unfold(network, [chips()])
    right = outputs(network) - outputs(network, training=True)
    assert right.norm(dim=1).max() < 0.01
    assert wrong.norm(dim=1).min() > 10 * right.norm(dim=1).max()


def test_without_chips_nothing_is_unfolded() -> None:
    """Statistics of nothing are not taken."""
    network = folded()
    unfold(network, [])
    assert is_folded(network)


def test_unfolding_leaves_no_hooks() -> None:
    """A network that was unfolded watches its inputs no more."""
    network = folded()
    unfold(network, [chips()])
    assert not any(layer._forward_pre_hooks for layer in network.modules())

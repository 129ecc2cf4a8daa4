"""Embedding networks: any timm backbone, pooling, neck and head."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.errors import UserError
from fieldmark_deep.network import EmbeddingNetwork, GeM, widen_stem
from fieldmark_deep.settings import Network

HAND = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 2, 2)
CONVOLUTIONAL = ["mobilenetv3_small_050", "resnet18", "efficientnet_lite0", "convnext_atto"]
OTHERS = ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"]


def network(**changes: object) -> EmbeddingNetwork:
    """Return a small network in evaluation mode, with the same weights every time."""
    small = {"backbone": "mobilenetv3_small_050", "height": 32, "width": 64, "embedding_size": 8}
    torch.manual_seed(0)
    return EmbeddingNetwork(Network.model_validate({**small, **changes})).eval()


@pytest.mark.parametrize(
    ("p", "expected"), [(1.0, 2.5), (2.0, math.sqrt(7.5)), (3.0, 25 ** (1 / 3))]
)
def test_gem_by_hand(p: float, expected: float) -> None:
    """Of 1, 2, 3, 4: the mean for p = 1, √(30/4) for p = 2, ∛(100/4) for p = 3."""
    assert GeM(p)(HAND).item() == pytest.approx(expected, rel=1e-6)


def test_gem_tends_to_the_maximum() -> None:
    """A large exponent gives maximum pooling: 4·(1/4)^(1/p) for p → ∞."""
    assert GeM(40.0)(HAND).item() == pytest.approx(4 * 0.25 ** (1 / 40), rel=1e-5)


def test_the_exponent_learns() -> None:
    """With m = mean(x^p) and y = m^(1/p): dy/dp = y·(mean(x^p·ln x)/(p·m) − ln m/p²)."""
    pool = GeM(3.0)
    y = pool(HAND)
    y.sum().backward()
    x, p = HAND.double().flatten(), 3.0
    m = float((x**p).mean())
    expected = y.item() * (float((x**p * x.log()).mean()) / (p * m) - math.log(m) / p**2)
    assert pool.p.grad is not None
    assert pool.p.grad.item() == pytest.approx(expected, rel=1e-5)


def test_gem_stands_negative_values() -> None:
    """Values below the small floor count as the floor, so that no power is undefined."""
    assert GeM(3.0)(-HAND).item() == pytest.approx(1e-6, rel=1e-3)


@given(st.lists(st.floats(0.01, 10), min_size=4, max_size=4), st.floats(1, 6))
def test_gem_lies_between_mean_and_maximum(values: list[float], p: float) -> None:
    """For p ≥ 1 the pooled value is at least the mean and at most the maximum."""
    got = GeM(p)(torch.tensor(values).view(1, 1, 2, 2)).item()
    assert np.mean(values) * 0.9999 <= got <= max(values) * 1.0001


def test_a_widened_stem_by_hand() -> None:
    """The first three channels stay, the further ones are their mean; fewer are cut."""
    weight = torch.tensor([1.0, 2.0, 6.0]).view(1, 3, 1, 1)
    assert widen_stem(weight, 5).flatten().tolist() == [1, 2, 6, 3, 3]
    assert widen_stem(weight, 2).flatten().tolist() == [1, 2]
    assert widen_stem(weight, 3) is not None


@pytest.mark.parametrize("pooling", ["avg", "gem"])
@pytest.mark.parametrize("backbone", CONVOLUTIONAL)
def test_families_with_feature_maps(backbone: str, pooling: str) -> None:
    """Convolutional networks take any size and both poolings."""
    made = network(backbone=backbone, pooling=pooling)
    out = made(torch.rand(2, 3, 32, 64))
    assert out.shape == (2, 8)
    assert torch.allclose(out.norm(dim=1), torch.ones(2), atol=1e-6)


@pytest.mark.parametrize("backbone", OTHERS)
def test_families_without_feature_maps(backbone: str) -> None:
    """Transformers are made for the wanted size, and GeM on them is refused in words."""
    assert network(backbone=backbone)(torch.rand(1, 3, 32, 64)).shape == (1, 8)
    with pytest.raises(UserError, match="pooling: avg"):
        network(backbone=backbone, pooling="gem")


def test_swin_is_pooled_over_places_only() -> None:
    """Without a head, as many numbers come out as the backbone has features."""
    made = network(backbone="swin_tiny_patch4_window7_224", embedding_size=None)
    assert made.embedding_size == 768


@pytest.mark.parametrize("backbone", ["xcit_nano_12_p16_224", "inception_v3", "levit_128s"])
def test_a_size_that_does_not_fit_is_refused_in_words(backbone: str) -> None:
    """Whether a network objects while it is made or at the first picture, it is one sentence."""
    with pytest.raises(UserError, match=f"{backbone} cannot be made for 40×50 pixels"):
        network(backbone=backbone, height=40, width=50)


def test_an_unknown_name_gets_a_hint() -> None:
    """A name that timm does not know is refused, with names that it knows."""
    with pytest.raises(UserError, match=r"no network 'resnet_51'.*near: .*resnet"):
        network(backbone="resnet_51")


def test_a_classifier_gives_logits() -> None:
    """Without normalising, the outputs have lengths of their own."""
    out = network(normalise=False)(torch.rand(4, 3, 32, 64))
    assert not torch.allclose(out.norm(dim=1), torch.ones(4), atol=1e-3)


def test_neck_and_head() -> None:
    """The neck is a batch normalisation; without a head the backbone's features come out."""
    assert isinstance(network(neck=True).neck, torch.nn.BatchNorm1d)
    plain = network(embedding_size=None)
    assert plain.embedding_size == plain(torch.rand(1, 3, 32, 64)).shape[1] == 1024


def test_further_channels_are_not_shifted() -> None:
    """Channels beyond RGB have mean 0 and standard deviation 1."""
    made = network(channels=5)
    assert made.mean.flatten().tolist() == pytest.approx([0.485, 0.456, 0.406, 0, 0])
    assert made.std.flatten().tolist() == pytest.approx([0.229, 0.224, 0.225, 1, 1])


def test_the_body_is_the_backbone() -> None:
    """What stays frozen is the backbone alone."""
    made = network(neck=True)
    inside = sum(p.numel() for p in made.body())
    head = sum(p.numel() for part in (made.neck, made.head) for p in part.parameters())
    assert inside + head == sum(p.numel() for p in made.parameters())

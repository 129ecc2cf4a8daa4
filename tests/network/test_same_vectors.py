"""The vectors are those that others get from the same files.

MiewID is built here once more, from timm and the description of its authors (GeM pooling, batch
normalisation; wbia_miew_id/models/model.py of github.com/WildMeOrg/wbia-plugin-miew-id), because
their own code is never run. The other networks timm builds itself. Downloads as in `test_weights`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from fieldmark.api.selftest import Subject, embeddings, pictures
from fieldmark_deep.storage import load
from fieldmark_registry.references import HubReference
from fieldmark_registry.weights import Shelf
from network.place import Place, cards

pytestmark = pytest.mark.network

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's
UNUSED = {"final.weight", "final.bias"}
EXPONENTS = ("backbone.global_pool.p", "pooling.p")


def rebuilt(weights: Path) -> Callable[[Tensor], Tensor]:
    """Return MiewID: prepared pictures (n, 3, h, w) → vectors (n, d), not of length 1."""
    config = json.loads(weights.with_name("config.json").read_text(encoding="utf-8"))
    tensors = load_file(weights)
    (exponent,) = (tensors.pop(name) for name in EXPONENTS if name in tensors)
    backbone: Any = timm.create_model(config["model_name"], num_classes=0, global_pool="").eval()
    neck = nn.BatchNorm1d(backbone.num_features).eval()
    for part, head in ((backbone, "backbone."), (neck, "bn.")):
        names = [name for name in tensors if name.startswith(head)]
        part.load_state_dict({name.removeprefix(head): tensors.pop(name) for name in names})
    assert tensors.keys() <= UNUSED

    def embed(x: Tensor) -> Tensor:
        maps = backbone.forward_features(x).clamp(min=1e-6)
        pooled = functional.avg_pool2d(maps.pow(exponent), maps.shape[-2:]).pow(1 / exponent)
        made: Tensor = neck(pooled.flatten(1))
        return made

    return embed


def noise(place: Place, name: str) -> Tensor:
    """Return two random pictures between 0 and 1, at the size of a card's network."""
    size = cards().get(name).input
    seeded = torch.Generator().manual_seed(1)
    return torch.rand(2, size.channels, size.height, size.width, generator=seeded)


def prepared(pictures: Tensor) -> Tensor:
    """Return pictures with ImageNet's mean and deviation taken out."""
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    return (pictures - mean) / std


@pytest.mark.parametrize("name", ["miewid-msv3", "miewid-msv2"])
def test_miewid_is_rebuilt_exactly(place: Place, name: str) -> None:
    """Pictures of the network's own size give the same numbers, to 1e-5."""
    path = place.pulled(name)
    ours, _ = load(path)
    x = noise(place, name)
    with torch.inference_mode():
        expected = functional.normalize(rebuilt(path)(prepared(x)))
        torch.testing.assert_close(ours(x), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["miewid-msv3", "miewid-msv2"])
def test_miewid_sees_photos_as_its_own_service_prepares_them(place: Place, name: str) -> None:
    """Larger pictures, which OpenCV shrinks there, give the same vectors but for grey levels.

    Photos shrunk in another way gave cosines of 0.9986; see `fieldmark_deep.pixels`.
    """
    path, card = place.pulled(name), cards().get(name)
    made = np.array(embeddings(Subject(card.component, {}, path), device="cpu"))
    size = (card.input.width, card.input.height)
    small = np.stack([cv2.resize(each, size) for each in pictures(3)]).astype(np.float32)
    with torch.inference_mode():
        x = prepared(torch.from_numpy(small).permute(0, 3, 1, 2) / 255)
        expected = functional.normalize(rebuilt(path)(x)).numpy()
    assert (made * expected).sum(axis=1).min() > 0.9999


@pytest.mark.parametrize("name", ["megadescriptor-b-224", "resnet50-a1-in1k"])
def test_timm_itself_gives_the_same(place: Place, name: str) -> None:
    """`timm.create_model("hf-hub:…")` at the pinned commit has our vectors, to 1e-5."""
    ours, _ = load(place.pulled(name))
    reference = Shelf.standard().exact(name)
    assert isinstance(reference, HubReference)
    model = f"hf-hub:{reference.repo}@{reference.revision}"
    theirs = timm.create_model(model, pretrained=True, num_classes=0).eval()
    x = noise(place, name)
    with torch.inference_mode():
        expected = functional.normalize(theirs(prepared(x)))
        torch.testing.assert_close(ours(x), expected, atol=1e-5, rtol=0)

"""The network that `config.json` describes is the one on the card; a few kB are downloaded."""

import json
from typing import Any

import pytest
import timm
import torch

from fieldmark_deep.layouts import read_layout
from fieldmark_registry.cards import Card
from network.place import Place, cards

pytestmark = pytest.mark.network

CARDS = cards()
NAMES = [name for name in CARDS.names() if CARDS.get(name).embedder]
_ROUNDED = 1e-3
"""Published counts of parameters have four digits."""


def shape_of(place: Place, card: Card) -> dict[str, Any]:
    """Return what the configuration on the hub says of the network."""
    assert card.config is not None
    commit = place.look(card.place, card.revision).commit
    path = place.hub.fetch(card.place, commit, card.config.file)
    config = json.loads(path.read_text(encoding="utf-8"))
    return dict(read_layout(config, card.file)["network"])


def backbone_of(shape: dict[str, Any]) -> Any:
    """Return timm's network of that shape without its numbers, which would need memory."""
    known = timm.get_pretrained_cfg(shape["backbone"])
    fixed = known is not None and known.fixed_input_size
    size: dict[str, Any] = {"img_size": (shape["height"], shape["width"])} if fixed else {}
    with torch.device("meta"):
        return timm.create_model(shape["backbone"], num_classes=0, **size, **shape["arguments"])


@pytest.mark.parametrize("name", NAMES)
def test_pictures_have_the_size_on_the_card(place: Place, name: str) -> None:
    """Height, width and channels of the input agree."""
    card = CARDS.get(name)
    shape = shape_of(place, card)
    said = (card.input.height, card.input.width, card.input.channels)
    assert (shape["height"], shape["width"], shape["channels"]) == said


@pytest.mark.parametrize("name", NAMES)
def test_vectors_have_the_length_on_the_card(place: Place, name: str) -> None:
    """So many numbers leave timm's network of that name, and so many parameters it has."""
    card = CARDS.get(name)
    shape = shape_of(place, card)
    network = backbone_of(shape).eval()
    blank = torch.zeros(1, card.input.channels, shape["height"], shape["width"], device="meta")
    with torch.inference_mode():
        assert network(blank).shape == (1, card.dimensions)
    assert card.parameters is not None
    count = sum(each.numel() for each in network.parameters())
    assert count == pytest.approx(card.parameters, rel=_ROUNDED)

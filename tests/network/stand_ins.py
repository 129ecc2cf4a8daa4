"""Small repositories in place of the true ones, and cards that name them.

They prove that the network tests run, on a computer without a network: every repository of a
shipped card exists on a local hub, in its own layout, with a network of under a million random
numbers. A detector's file, and what lies at an address, are random bytes.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch

from fieldmark_registry.cards import Card, Cards, write_card
from fieldmark_registry.digests import md5_of, sha256_of
from fieldmark_registry.licences import NONE_STATED
from fieldmark_registry.places import shipped_cards
from support.hub import LocalHub
from support.models import CONFIG, IMAGENET, PICKLE, miewid_shaped, tiny_timm

SWIN = "swin_tiny_patch4_window7_224"
PINNED, UNPINNED = "resnet50-a1-in1k", "mobilenetv3-small-100-lamb-in1k"
"""Cards that are, and are not, pinned here, whatever those shipped are."""


def publish_all(hub: LocalHub, folder: Path) -> Path:
    """Publish a small network for every shipped card; return the folder of the cards for them."""
    shipped = Cards([shipped_cards()])
    for seed, name in enumerate(shipped.names()):
        card = shipped.get(name)
        weights = network_for(card, folder / name, seed)
        files: dict[str, bytes | Path] = {p.name: p for p in weights.parent.iterdir()}
        licence = None if card.licence == NONE_STATED else card.licence.lower()
        commit = hub.publish(card.repo or f"web/{name}", files, licence=licence)
        made = fitted(card, weights, commit) if card.embedder else at_hand(card, weights, commit)
        if card.url:
            made = moved(made, f"{hub.endpoint}/web/{name}/resolve/main/{card.file}", weights)
        write_card(made, folder / "cards")
    return folder / "cards"


def network_for(card: Card, folder: Path, seed: int) -> Path:
    """Write a small network in the layout of a card's; return the weights file."""
    if card.embedder is None:
        folder.mkdir(parents=True)
        (folder / card.file).write_bytes(np.random.default_rng(seed).bytes(200_000))
        return folder / card.file
    if card.name.startswith("miewid"):
        return miewid_shaped(folder, seed, full=False)
    if card.name.startswith("megadescriptor"):
        return small_swin(folder, seed, card.input.height)
    return tiny_timm(folder, seed, size=card.input.height)


def small_swin(folder: Path, seed: int, size: int) -> Path:
    """Write a pickle in MegaDescriptor's layout: that of an early Swin, within a checkpoint.

    A stage's `downsample` has the number of the stage before, a classifier and buffers lie among
    the weights, and an optimizer beside them.
    """
    arguments: dict[str, Any] = {"embed_dim": 16, "depths": [1, 1, 1, 1], "num_heads": [1, 2, 2, 2]}
    window: dict[str, Any] = {"window_size": size // 32}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Any = timm.create_model(SWIN, num_classes=0, img_size=size, **arguments, **window)
    tensors = {early(k): v for k, v in network.state_dict().items()}
    tensors |= {"head.weight": torch.rand(21, 128), "head.bias": torch.rand(21)}
    config = {
        "architecture": SWIN,
        "num_classes": 21,
        "num_features": 128,
        "model_args": {**arguments, **window},
        "pretrained_cfg": {
            **IMAGENET,
            "input_size": [3, size, size],
            "fixed_input_size": True,
            "interpolation": "bicubic",
            "crop_pct": 0.9,
            "num_classes": 21,
            "first_conv": "patch_embed.proj",
            "classifier": "head.fc",
        },
    }
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    torch.save({"model": tensors, "optimizer": {"step": 3}}, folder / PICKLE)
    return folder / PICKLE


def early(name: str) -> str:
    """Return the name of a tensor as timm had it before its version 0.9."""
    stage, _, rest = name.removeprefix("layers.").partition(".")
    if not name.startswith("layers.") or not rest.startswith("downsample"):
        return name
    return f"layers.{int(stage) - 1}.{rest}"


def fitted(card: Card, weights: Path, commit: str) -> Card:
    """Return an embedder's card that says of the small network what it says of the true one."""
    config = json.loads((weights.parent / CONFIG).read_text(encoding="utf-8"))
    name = config.get("model_name") or config["architecture"]
    size: dict[str, Any] = {"img_size": card.input.height} if name == SWIN else {}
    network: Any = timm.create_model(name, num_classes=0, **size, **config.get("model_args", {}))
    changes = {
        "dimensions": network.num_features,
        "parameters": sum(each.numel() for each in network.parameters()),
    }
    return at_hand(card, weights, commit).model_copy(update=changes)


def at_hand(card: Card, weights: Path, commit: str) -> Card:
    """Return a card that names a file of the local hub, where it names one exactly."""
    pinned = name_is_pinned(card)
    changes = {
        "revision": commit if pinned else None,
        "sha256": sha256_of(weights) if pinned else None,
        "size": weights.stat().st_size if pinned and card.size else None,
    }
    return card.model_copy(update=changes)


def moved(card: Card, url: str, weights: Path) -> Card:
    """Return a card whose file lies at another address."""
    changes = {"url": url, "revision": None, "md5": md5_of(weights) if card.md5 else None}
    return card.model_copy(update=changes)


def name_is_pinned(card: Card) -> bool:
    """Return whether a card is pinned here."""
    return card.name == PINNED or (card.pinned and card.name != UNPINNED)

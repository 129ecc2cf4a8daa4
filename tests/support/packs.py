"""Packs for tests of installing: an honest one, and ways to make it dishonest."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import ZipFile

import numpy as np
from safetensors.numpy import save

from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.pack import pack
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.references import HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub
from support.shelves import WEIGHTS, card_in, shelf_of

TENSORS = save({"head.weight": np.arange(30_000, dtype=np.float32)})
DIGEST = hashlib.sha256(TENSORS).hexdigest()
OTHERS = save({"head.weight": np.arange(50_000, dtype=np.float32)})
SECOND = hashlib.sha256(OTHERS).hexdigest()
MEMBER = f"weights/{DIGEST}/{WEIGHTS}"
Packed: TypeAlias = tuple[Path, tuple[str, str]]
"""A pack, and the references to the two weights in it; `net-1` is the card of the first."""


def make_pack(folder: Path) -> Packed:
    """Write a pack of two models, one with a card, and a profile."""
    profile = folder / "okapi.yaml"
    profile.write_text("name: okapi\n")
    with LocalHub(folder / "site") as site:
        files = {WEIGHTS: TENSORS, "config.json": b'{"a": 1}'}
        commit = site.publish("org/net", files, licence="cc-by-nc-4.0")
        second = site.publish("org/two", {WEIGHTS: OTHERS}, licence="mit")
        shelf = shelf_of(site, folder)
        card_in(shelf.home / "models", revision=commit, sha256=DIGEST)
        other = str(HubReference("org/two", second, WEIGHTS, SECOND))
        for each in ("net-1", other):
            pull(shelf, plan(shelf, each))
        pack(shelf, ["net-1", other], [profile], folder / "pack.zip")
        return folder / "pack.zip", (str(shelf.exact("net-1")), other)


def lone_shelf(folder: Path) -> Shelf:
    """Return a computer without a network that has nothing yet."""
    hub = Hub(endpoint="http://127.0.0.1:1", cache=folder / "hub", token=False, offline=True)
    home = folder / "home"
    return Shelf(hub, home, Cards((home / "models", folder / "shipped")))


def nothing(shelf: Shelf, folder: Path) -> bool:
    """Say whether nothing at all was written."""
    folders = (shelf.home, folder / "species")
    return not any(path.is_file() for folder in folders for path in folder.rglob("*"))


def rebuilt(file: Path, out: Path, edit: Callable[[dict[str, bytes]], None], how: int = 0) -> Path:
    """Write a pack again after its members were edited; nothing of its manifest is mended."""
    with ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    edit(held)
    with ZipFile(out, "w", how) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out


def changed(file: Path, out: Path, edit: Callable[[dict[str, Any]], None], **weights: Any) -> Path:
    """Write a pack again with another manifest; its other members stay."""

    def manifest(held: dict[str, bytes]) -> None:
        plain = json.loads(held["manifest.json"])
        edit(plain)
        for each in plain["weights"]:
            each.update(weights)
        held["manifest.json"] = json.dumps(plain).encode()

    return rebuilt(file, out, manifest)


def swapped(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    """Return an edit that changes a member and mends what the manifest says of it."""

    def edit(held: dict[str, bytes]) -> None:
        plain = json.loads(held["manifest.json"])
        digest = hashlib.sha256(content).hexdigest()
        others = [each for each in plain["members"] if each["name"] != name]
        new = {"name": name, "size": len(content), "sha256": digest}
        plain["members"] = sorted([*others, new], key=lambda each: str(each["name"]))
        held["manifest.json"], held[name] = json.dumps(plain).encode(), content

    return edit

"""A computer's weights for one test: its cache, its own folder and cards, and what a hub has."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fieldmark_registry.cards import Card, Cards, write_card
from fieldmark_registry.hub import Hub
from fieldmark_registry.references import HubReference
from fieldmark_registry.weights import Shelf
from support.hub import LocalHub

WEIGHTS = "model.safetensors"


def hub_of(site: LocalHub, folder: Path, **changes: Any) -> Hub:
    """Return the real client of a local hub, with a cache in a folder and no token."""
    settings = {"endpoint": site.endpoint, "cache": folder / "hub", "token": False}
    return Hub(**{**settings, "offline": False, "pauses": (0.0, 0.0), **changes})


def shelf_of(site: LocalHub, folder: Path, **changes: Any) -> Shelf:
    """Return the weights of a computer that has nothing yet; its own folder is `home`."""
    home = folder / "home"
    cards = Cards((home / "models", folder / "shipped"))
    return Shelf(hub_of(site, folder, **changes), home, cards)


def published(
    site: LocalHub, repo: str = "org/net", more: Mapping[str, bytes] | None = None
) -> HubReference:
    """Publish random weights with a configuration; return the reference to them."""
    content = os.urandom(300_000)
    commit = site.publish(
        repo, {WEIGHTS: content, "config.json": b"{}", **(more or {})}, licence="mit"
    )
    return HubReference(repo, commit, WEIGHTS, hashlib.sha256(content).hexdigest())


def card_in(folder: Path, **changes: Any) -> Card:
    """Write a card into a folder, as one is shipped; by default it is not pinned."""
    values = {
        "name": "net-1",
        "title": "Net 1",
        "summary": "A network for tests.",
        "repo": "org/net",
        "file": WEIGHTS,
        "licence": "CC-BY-NC-4.0",
        "licence_source": "its README",
        "embedder": "timm",
        "input": {"height": 64, "width": 64},
        "dimensions": 8,
        "species": ["Panthera tigris"],
        "species_complete": True,
        "species_source": "its README",
        "good_for": "tests",
        "not_for": "anything else",
        "source": "https://example.org/net",
        "checked": "2026-01-02",
    }
    card = Card.model_validate({**values, **changes})
    write_card(card, folder)
    return card

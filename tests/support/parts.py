"""Two pipelines over a small gallery, with features that are made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.components import Role
from fieldmark.pipeline.fused import Part
from fieldmark.plugins import Plugins
from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Features, Keypoints, Side, Vector

ANIMALS, PHOTOS = 5, 3


@dataclass(frozen=True)
class Row:
    """What the rules need to know of an annotation."""

    id: int
    photo_id: int
    encounter_id: int | None
    individual_id: int | None
    side: Side = Side.LEFT


ROWS = [Row(n, n, n, (n - 1) // PHOTOS + 1) for n in range(1, ANIMALS * PHOTOS + 1)]
RULES = CatalogueRules(ROWS, SideRule())


def part(name: str, matcher: str, features: Mapping[int, Features], folder: Path) -> Part:
    """Return a pipeline over the annotations that have features."""
    cache, keys = FeatureCache(folder), {number: f"{number:02d}{name}" for number in features}
    for number, key in keys.items():
        cache.write(key, features[number])
    index = Plugins.installed().build(Role.MATCHER, matcher).index()
    index.add(list(features), list(features.values()))
    return Part(name, index, keys, folder)


def vectors() -> dict[int, Features]:
    """Return vectors of which those of one animal point the same way, nearly."""
    rng = np.random.default_rng(0)
    own = rng.normal(size=(ANIMALS + 1, 8))
    return {
        row.id: Vector((own[row.individual_id or 0] + rng.normal(0, 0.1, 8)).astype(np.float32))
        for row in ROWS
    }


def keypoints() -> dict[int, Features]:
    """Return points whose descriptors are those of the animal, nearly."""
    rng = np.random.default_rng(1)
    own = rng.integers(0, 200, (ANIMALS + 1, 12, 16))
    xy = rng.uniform(5, 95, (12, 2)).astype(np.float32)
    ones = np.ones(12, np.float32)
    return {
        row.id: Keypoints(
            xy, ones, ones, ones,
            (own[row.individual_id or 0] + rng.integers(0, 4, (12, 16))).astype(np.uint8),
            (100, 100),
        )
        for row in ROWS
    }  # fmt: skip

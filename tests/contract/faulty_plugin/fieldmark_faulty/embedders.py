"""Embedders that break one rule each."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from fieldmark_toy.embedders import Corners, MeanColour

from fieldmark.types import Chip, Floats, Keypoints, Vector


class _Grid(MeanColour):
    def __init__(self) -> None:
        super().__init__(4)


class _Doubles(_Grid):
    def values(self, chip: Chip) -> Any:
        return super().values(chip).astype(np.float64)


class _NotNumbers(_Grid):
    def values(self, chip: Chip) -> Floats:
        return super().values(chip) * np.float32(np.nan)


class _Lengths(_Grid):
    def values(self, chip: Chip) -> Floats:
        return super().values(chip)[: chip.size[0] // 10]


class _Bare(_Grid):
    def embed(self, chips: Sequence[Chip]) -> Any:
        return np.stack([self.values(chip) for chip in chips])


class _Stacks(_Grid):
    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        return [Vector(row) for row in np.stack([self.values(chip) for chip in chips])]


class _Noisy(_Grid):
    def __init__(self) -> None:
        super().__init__()
        self.calls = itertools.count()

    def values(self, chip: Chip) -> Floats:
        return super().values(chip) + np.float32(next(self.calls))


class _Centres(_Grid):
    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        rows = [self.values(chip) for chip in chips]
        middle = sum(rows) / max(len(rows), 1)
        return [Vector((row - middle).astype(np.float32)) for row in rows]


class _Inverts(_Grid):
    def values(self, chip: Chip) -> Floats:
        done = super().values(chip)
        np.subtract(255, chip.pixels, out=chip.pixels)
        return done


class _Normalises(_Grid):
    def values(self, chip: Chip) -> Floats:
        values = super().values(chip)
        spread = float(values.max() - values.min())
        return (values / spread if spread else values * np.nan).astype(np.float32)


class _InMemoryOrder(_Grid):
    def values(self, chip: Chip) -> Floats:
        pixels = chip.pixels.ravel(order="K").reshape(chip.pixels.shape)
        return super().values(replace(chip, pixels=pixels))


class _NeedsBlue(_Grid):
    def values(self, chip: Chip) -> Floats:
        chip.pixels[:, :, {"blue": 2}[chip.channels[2]]].mean()
        return super().values(chip)


FAULTS = [
    ("doubles", "embed_makes_features", _Doubles),
    ("not-numbers", "embed_makes_features", _NotNumbers),
    ("lengths", "embed_makes_features", _Lengths),
    ("bare", "embed_makes_features", _Bare),
    ("stacks", "embed_of_nothing_is_nothing", _Stacks),
    ("noisy", "embed_is_deterministic", _Noisy),
    ("centres", "embed_ignores_the_batch", _Centres),
    ("inverts", "embed_leaves_chips_alone", _Inverts),
    ("normalises", "embed_survives_odd_chips", _Normalises),
    ("in-memory-order", "embed_takes_scattered_pixels", _InMemoryOrder),
    ("needs-blue", "embed_takes_or_refuses_other_channels", _NeedsBlue),
]


class _Corners(Corners):
    def __init__(self) -> None:
        super().__init__(4)


class _Fractions(_Corners):
    def points(self, chip: Chip) -> Keypoints:
        found = super().points(chip)
        return replace(found, xy=found.xy * 10)


class _Rowwise(_Corners):
    def points(self, chip: Chip) -> Keypoints:
        found = super().points(chip)
        return replace(found, size=(chip.size[1], chip.size[0]))


class _Placeless(_Corners):
    def points(self, chip: Chip) -> Keypoints:
        found = super().points(chip)
        return Keypoints(
            found.xy, found.scale, found.angle, found.weight, found.descriptors, found.size
        )


class _Heavy(_Corners):
    def points(self, chip: Chip) -> Keypoints:
        found = super().points(chip)
        return replace(found, weight=found.weight * 255)


class OfKeypoints:
    """Faulty embedders of keypoints."""

    FAULTS: ClassVar = [
        ("fractions", "embed_makes_features", _Fractions),
        ("rowwise", "embed_makes_features", _Rowwise),
        ("placeless", "embed_makes_features", _Placeless),
        ("heavy", "embed_makes_features", _Heavy),
        ("vectors-instead", "embed_makes_features", _Grid),
    ]

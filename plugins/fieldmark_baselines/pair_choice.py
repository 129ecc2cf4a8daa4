"""Which pairs of photos a classifier of pairs learns from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fieldmark.training import Sample


@dataclass(frozen=True)
class Pairs:
    """Pairs of photos, as many of the same animal as of two.

    Attributes:
        one, other: (n,) places among the samples.
        same: (n,) whether both show one animal.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    same: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.same)


def split(samples: Sequence[Sample], share: float, seed: int) -> NDArray[np.bool_]:
    """Return which samples show held-out individuals, a share of all individuals: (n,)."""
    everyone = sorted({sample.individual for sample in samples})
    count = max(round(share * len(everyone)), 1)
    drawn = np.random.default_rng(seed).permutation(len(everyone))[:count]
    held = {everyone[i] for i in drawn.tolist()}
    return np.array([sample.individual in held for sample in samples], np.bool_)


def choose(samples: Sequence[Sample], among: Sequence[int], most: int, seed: int) -> Pairs:
    """Return pairs among some samples, equally many of both kinds, at most `most` of each.

    Left out are pairs of one encounter, which look alike for other reasons than the animal, and of
    opposite sides, which carry different patterns.

    Args:
        samples: all of them.
        among: places of those that may be paired.
        most: of each kind.
        seed: the same seed gives the same pairs.
    """
    rng = np.random.default_rng(seed)
    same = [pair for pair in _of_one(samples, among) if _comparable(samples, *pair)]
    if len(same) > most:
        same = [same[i] for i in np.sort(rng.permutation(len(same))[:most]).tolist()]
    different = _of_two(samples, among, len(same), rng)
    count = min(len(same), len(different))
    pairs = np.array([*same[:count], *different[:count]], np.int64).reshape(-1, 2)
    return Pairs(pairs[:, 0], pairs[:, 1], np.arange(2 * count) < count)


def _of_one(samples: Sequence[Sample], among: Sequence[int]) -> list[tuple[int, int]]:
    photos: dict[str, list[int]] = {}
    for place in among:
        photos.setdefault(samples[place].individual, []).append(place)
    return [pair for places in photos.values() for pair in combinations(places, 2)]


def _of_two(
    samples: Sequence[Sample], among: Sequence[int], count: int, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Return pairs of different animals, drawn at random, each once."""
    found: Mapping[tuple[int, int], None] = {}
    places = np.array(among, np.int64)
    # Nearly every draw is a pair of two animals, unless there are very few.
    for _ in range(20):
        if len(found) >= count or len(places) < 2:
            break
        drawn = np.sort(rng.choice(places, (2 * count + 16, 2)), axis=1)
        found = dict.fromkeys([*found, *_different(samples, drawn)])
    return list(found)[:count]


def _different(samples: Sequence[Sample], drawn: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, other in drawn.tolist()
        if samples[one].individual != samples[other].individual and _comparable(samples, one, other)
    ]


def _comparable(samples: Sequence[Sample], one: int, other: int) -> bool:
    a, b = samples[one], samples[other]
    if a.encounter is not None and a.encounter == b.encounter:
        return False
    return a.side.opposite is None or a.side.opposite is not b.side

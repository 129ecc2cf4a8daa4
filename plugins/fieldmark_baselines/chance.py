"""Numbers that know nothing of the animal: what guessing reaches."""

import hashlib
from collections.abc import Sequence

import numpy as np

from fieldmark.types import Chip, Vector


class Random:
    """A direction drawn at random for each picture, the same for the same pixels.

    Args:
        size: numbers for each chip.
        seed: another seed gives other directions.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed

    def embed(self, chips: Sequence[Chip]) -> list[Vector]:
        """Return one vector (size,) of length 1 per chip, evenly spread over the directions.

        Normally distributed coordinates, scaled to length 1, are spread evenly over the sphere
        (Muller, Communications of the ACM 2(4), 1959).
        """
        return [self._direction(chip) for chip in chips]

    def _direction(self, chip: Chip) -> Vector:
        shape = f"{chip.pixels.shape} {chip.channels} {self._seed}"
        digest = hashlib.sha256(shape.encode() + chip.pixels.tobytes()).digest()
        drawn = np.random.default_rng(np.frombuffer(digest, np.uint32)).normal(size=self._size)
        return Vector((drawn / np.linalg.norm(drawn)).astype(np.float32))

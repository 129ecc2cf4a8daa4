"""What the checks work on: the component under test, and pictures made for it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import numpy as np

from fieldmark.components import Component, Context, Role
from fieldmark.types import RGB, Box, Chip, Floats, Mask, Pixels, Side


class ContractError(AssertionError):
    """A component breaks the contract; the message says how."""


def require(condition: object, message: str) -> None:
    """Raise a ContractError with the message unless the condition holds."""
    if not condition:
        raise ContractError(message)


@dataclass(frozen=True)
class Subject:
    """A component under test.

    Attributes:
        weights: what the example is built with; None: an example must build without.
    """

    role: Role
    record: Component[Any, Any]
    weights: Path | None = None

    @property
    def id(self) -> str:
        """Role and name, as in `embedder:sift`."""
        return f"{self.role}:{self.record.name}"

    @cached_property
    def made(self) -> Any:  # noqa: ANN401 -- one of the four roles
        """The component, built once with its example options."""
        return self.make()

    def make(self) -> Any:  # noqa: ANN401 -- one of the four roles
        """Build the component anew with its example options, without a network."""
        options = self.record.options.model_validate(dict(self.record.example))
        with offline():
            return self.record.build(options, Context(weights=self._found))

    def _found(self) -> Path:
        if self.weights is None:
            raise ContractError(
                "the example options ask for weights; an example must build without them, or its"
                f" author gives them: contract(..., weights={{{self.id!r}: PATH}})"
            )
        return self.weights

    def fresh(self) -> "Subject":
        """Return the same component, to be built a second time."""
        return Subject(self.role, self.record, self.weights)


@contextmanager
def offline() -> Iterator[None]:
    """Refuse every connection and every look-up of a name while the block runs."""

    def refuse(*_arguments: object, **_keywords: object) -> NoReturn:
        raise ContractError("the example uses the network; it must work offline")

    connect = patch.object(socket.socket, "connect", refuse)
    connect_ex = patch.object(socket.socket, "connect_ex", refuse)
    with connect, connect_ex, patch.object(socket, "getaddrinfo", refuse):
        yield


def picture(seed: int, height: int = 120, width: int = 180, channels: int = 3) -> Pixels:
    """Return a new picture with structure at several sizes: (height, width, channels) uint8."""
    return _picture(seed, height, width, channels).copy()


@lru_cache(64)
def _picture(seed: int, height: int, width: int, channels: int) -> Pixels:
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, channels))
    for cell in (48, 24, 12, 6):
        rows, columns = -(-height // cell), -(-width // cell)
        coarse = rng.random((rows, columns, channels))
        fine = coarse.repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width]
        total += fine
    pixels: Pixels = np.round(255 * total / total.max()).astype(np.uint8)
    return pixels


def chip(seed: int, height: int = 120, width: int = 180, channels: tuple[str, ...] = RGB) -> Chip:
    """Return a chip with structure; where the animal and the region lie depends on the seed."""
    boxes = (Box(), Box(0.1, 0.2, 0.7, 0.6), Box(0.0, 0.3, 0.5, 0.7))
    regions = (Box(), Box(0.25, 0.25, 0.5, 0.5), Box(0.5, 0.0, 0.5, 1.0))
    pixels = picture(seed, height, width, len(channels))
    animal = boxes[seed % 3]
    mask = None if seed % 2 else mask_of(animal, height, width)
    return Chip(pixels, channels, animal, regions[seed % 3], mask, Side.LEFT)


def mask_of(animal: Box, height: int, width: int) -> Mask:
    """Return a mask that is 1 inside the animal's box: (height, width) float32."""
    mask = np.zeros((height, width), np.float32)
    left, top, right, bottom = animal.pixels(width, height)
    mask[top:bottom, left:right] = 1
    return mask


def chips() -> list[Chip]:
    """Return new chips of several sizes, some with a mask and some without."""
    sizes = [(120, 180), (160, 160), (97, 131), (200, 90)]
    return [chip(seed, height, width) for seed, (height, width) in enumerate(sizes)]


def blank() -> list[Chip]:
    """Return chips of one colour: black, white, grey."""
    return [Chip(np.full((64, 96, 3), value, np.uint8)) for value in (0, 255, 128)]


def one_pixel() -> Chip:
    """Return a chip of one pixel."""
    return Chip(np.full((1, 1, 3), 90, np.uint8))


def scattered(chip: Chip) -> Chip:
    """Return the same chip with pixels that do not lie side by side in memory."""
    pixels = np.asfortranarray(np.repeat(chip.pixels, 2, axis=1))[:, ::2]
    require(not pixels.flags.c_contiguous, "the check itself is wrong: the pixels are contiguous")
    return Chip(pixels, chip.channels, chip.animal, chip.region, chip.mask, chip.side)


def other_channels() -> list[Chip]:
    """Return a grey chip, and one with a fourth channel."""
    return [chip(0, channels=("grey",)), chip(1, channels=(*RGB, "edges"))]


def same_pixels(one: Chip, other: Chip) -> bool:
    """Return whether two chips hold the same pixels, mask and facts."""
    masks = one.mask is other.mask or (
        one.mask is not None and other.mask is not None and np.array_equal(one.mask, other.mask)
    )
    facts = all(
        getattr(one, name) == getattr(other, name)
        for name in ("channels", "animal", "region", "side")
    )
    return masks and facts and np.array_equal(one.pixels, other.pixels)


def close(one: Floats | Pixels, other: Floats | Pixels) -> bool:
    """Return whether two arrays agree but for rounding."""
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=1e-4)

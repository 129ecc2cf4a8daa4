"""Prepared chips of a training: made once, kept on disk, read in batches."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fieldmark.errors import FieldmarkError, ProjectError, UserError
from fieldmark.training import LoadChip, Sample
from fieldmark.types import SetAside
from fieldmark_deep.pixels import to_array
from fieldmark_deep.settings import Network

WAITING, DONE = 0, 1
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Shelf:
    """Where prepared chips lie: one memory-mapped array, and which rows are filled."""

    pixels: NDArray[np.uint8]
    filled: NDArray[np.uint8]

    @classmethod
    def open(cls, folder: Path, rows: int, network: Network, key: str) -> "Shelf":
        """Open the shelf of exactly these samples, or make an empty one; others are deleted."""
        name = f"chips-{key}"
        for other in folder.glob("chips-*"):
            if not other.name.startswith(name):
                other.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        pixels, filled = folder / f"{name}.pixels", folder / f"{name}.filled"
        shape = (rows, network.channels, network.height, network.width)
        if not _fits(pixels, shape):  # rows that are said to be filled would be black
            filled.unlink(missing_ok=True)
        return cls(_mapped(pixels, shape), _mapped(filled, (rows,)))


def _fits(path: Path, shape: tuple[int, ...]) -> bool:
    return path.exists() and path.stat().st_size == int(np.prod(shape))


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if not _fits(path, shape):
        _reserve(path, int(np.prod(shape)))
    return np.memmap(path, np.uint8, "r+", shape=shape)


def _reserve(path: Path, size: int) -> None:
    """Take the space now: writing into a mapped file on a full disk would kill the process."""
    path.unlink(missing_ok=True)
    try:
        with path.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ProjectError(
            f"there is no room for {size / 1e9:.1f} GB of prepared chips in {path.parent}: {error};"
            " free some space, or prepare them anew in every epoch with --set train.prepared_gb=0"
        ) from error


class Chips:
    """The chips of samples at the size of a network's input.

    Attributes:
        samples: all samples; a chip is asked for by its place among them.
        failed: samples that have no chip, with the reason; known after `prepare`.
    """

    def __init__(
        self, samples: Sequence[Sample], load: LoadChip, network: Network, workers: int
    ) -> None:
        self.samples = samples
        self.failed: dict[int, str] = {}
        self._load = load
        self._network = network
        self._workers = workers
        self._shelf: Shelf | None = None

    @property
    def gigabytes(self) -> float:
        """What all of them take."""
        n = self._network
        return len(self.samples) * n.channels * n.height * n.width / 1e9

    def prepare(self, folder: Path, key: str, progress: Callable[[int, int, str], None]) -> None:
        """Make every chip once; what a killed preparation made is used again.

        Raises:
            ProjectError: if the disk is full.
        """
        if not self.samples:
            return
        n = self._network
        parts = [key, n.channels, n.height, n.width, n.resize, *map(str, self.samples)]
        digest = hashlib.sha256(json.dumps(parts).encode())
        shelf = Shelf.open(folder, len(self.samples), self._network, digest.hexdigest()[:16])
        missing = np.flatnonzero(shelf.filled == WAITING).tolist()
        done = len(self.samples) - len(missing)
        for number, made in zip(missing, self._many(missing), strict=True):
            if isinstance(made, str):
                self.failed[number] = made
            else:
                shelf.pixels[number] = made
                shelf.filled[number] = DONE
            done += 1
            progress(done, len(self.samples), "chips")
        self._shelf = shelf

    def batch(self, numbers: Sequence[int]) -> Tensor:
        """Return chips as one tensor (n, c, h, w) uint8.

        Raises:
            UserError: if a chip cannot be made; it names the photo.
        """
        if self._shelf is not None:
            return torch.from_numpy(self._shelf.pixels[list(numbers)])
        made = list(self._many(numbers))
        for number, pixels in zip(numbers, made, strict=True):
            if isinstance(pixels, str):
                photo = self.samples[number].photo
                raise UserError(f"{photo} cannot be learnt from: {pixels}; take it out of the data")
        return torch.from_numpy(np.stack([m for m in made if not isinstance(m, str)]))

    def batches(self, lists: Iterable[Sequence[int]]) -> Iterator[Tensor]:
        """Yield the chips of each list; the next is fetched while one is in use."""
        with ThreadPoolExecutor(1) as pool:
            yield from ahead(pool, self.batch, lists, 2)

    def _many(self, numbers: Sequence[int]) -> Iterator[NDArray[np.uint8] | str]:
        with ThreadPoolExecutor(self._workers) as pool:
            yield from ahead(pool, self._one, numbers, 4 * self._workers)

    def _one(self, number: int) -> NDArray[np.uint8] | str:
        try:
            chip = self._load(self.samples[number])
            if isinstance(chip, SetAside):
                return f"set aside: {chip.reason}"
            return np.asarray(to_array(chip, self._network), np.uint8)
        except FieldmarkError as problem:
            return str(problem)


def ahead(
    pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T], count: int
) -> Iterator[R]:
    """Yield `work` of every item in order, with at most `count` of them under way."""
    queue = iter(items)
    flying: list[Future[R]] = [pool.submit(work, item) for item in islice(queue, count)]
    while flying:
        yield flying.pop(0).result()
        flying += [pool.submit(work, item) for item in islice(queue, 1)]

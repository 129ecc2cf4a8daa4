"""Prepared chips of a training."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import ProjectError, UserError
from fieldmark.training import LoadChip, Sample
from fieldmark.types import Chip, SetAside
from fieldmark_deep.settings import Network
from fieldmark_deep.training.chips import Chips, Shelf, ahead
from support.learning import NETWORK, load, write_photos

SHAPE = Network.model_validate(NETWORK)
TESTS = Path(__file__).parents[2]


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Return twelve photos of two striped animals."""
    return write_photos(tmp_path / "photos", individuals=2, photos=6)


class Opened:
    """Opens photos, and remembers which."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, sample: Sample) -> Chip:
        """Open one."""
        self.names.append(sample.photo.name)
        return load(sample)


def prepared(
    folder: Path, samples: list[Sample], opened: LoadChip, shape: Network = SHAPE, key: str = "k"
) -> tuple[Chips, list[tuple[int, int]]]:
    """Return prepared chips and the progress that was told."""
    told: list[tuple[int, int]] = []
    chips = Chips(samples, opened, shape, workers=2)
    chips.prepare(folder, key, lambda done, total, _what: told.append((done, total)))
    return chips, told


def test_prepared_chips_are_the_chips(tmp_path: Path, samples: list[Sample]) -> None:
    """From the disk come the same bytes as from the photos, in the order that is asked for."""
    chips, told = prepared(tmp_path / "cache", samples, load)
    fresh = Chips(samples, load, SHAPE, 1)
    assert np.array_equal(chips.batch([5, 0, 5]), fresh.batch([5, 0, 5]))
    assert chips.batch([0]).shape == (1, 3, 32, 48)
    assert told == [(n + 1, 12) for n in range(12)]
    assert fresh.gigabytes == pytest.approx(12 * 3 * 32 * 48 / 1e9)


def test_each_photo_is_opened_once(tmp_path: Path, samples: list[Sample]) -> None:
    """A second preparation of the same samples opens nothing."""
    first, second = Opened(), Opened()
    prepared(tmp_path / "cache", samples, first)
    chips, told = prepared(tmp_path / "cache", samples, second)
    assert sorted(first.names) == sorted(s.photo.name for s in samples)
    assert second.names == []
    assert told == []
    assert np.array_equal(chips.batch([3]), Chips(samples, load, SHAPE, 1).batch([3]))


def test_other_chips_are_made_anew(tmp_path: Path, samples: list[Sample]) -> None:
    """Another size of equal area, other preprocessing or other samples never meet old bytes."""
    turned = SHAPE.model_copy(update={"height": 48, "width": 32})
    cache = tmp_path / "cache"
    prepared(cache, samples, load)
    for shape, key, chosen in (
        (turned, "k", samples),
        (SHAPE, "l", samples),
        (SHAPE, "l", samples[1:]),
    ):
        opened = Opened()
        chips, _ = prepared(cache, chosen, opened, shape, key)
        assert len(opened.names) == len(chosen)
        assert np.array_equal(chips.batch([2]), Chips(chosen, load, shape, 1).batch([2]))
        assert len(list(cache.iterdir())) == 2  # the former are deleted


def test_a_lost_picture_file_is_not_taken_for_black_chips(
    tmp_path: Path, samples: list[Sample]
) -> None:
    """Where the pixels are gone, what was noted as made is made again."""
    prepared(tmp_path / "cache", samples, load)
    next((tmp_path / "cache").glob("*.pixels")).unlink()
    opened = Opened()
    prepared(tmp_path / "cache", samples, opened)
    assert len(opened.names) == 12


def test_a_killed_preparation_is_continued(tmp_path: Path, samples: list[Sample]) -> None:
    """After a kill only what was not made yet is opened, and the bytes are the same."""
    code = f"""
import time
from pathlib import Path
from support.learning import NETWORK, load, write_photos
from fieldmark_deep.settings import Network
from fieldmark_deep.training.chips import Chips
samples = write_photos(Path({str(tmp_path / "photos")!r}), individuals=2, photos=6)
def slow(sample):
    if sample == samples[7]:
        time.sleep(600)
    return load(sample)
chips = Chips(samples, slow, Network.model_validate(NETWORK), 1)
chips.prepare(Path({str(tmp_path / "cache")!r}), "k", lambda *told: print(*told, flush=True))
"""
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().split()[0] for _ in range(7)][-1] == b"7"
        process.kill()
    opened = Opened()
    chips, told = prepared(tmp_path / "cache", samples, opened)
    assert sorted(opened.names) == sorted(s.photo.name for s in samples[7:])
    assert told[0] == (8, 12)
    every = list(range(12))
    assert np.array_equal(chips.batch(every), Chips(samples, load, SHAPE, 1).batch(every))


def test_failures_are_listed(tmp_path: Path, samples: list[Sample]) -> None:
    """A photo that cannot be opened, and one set aside, are named with the reason; others stay."""
    samples[1].photo.write_bytes(b"no picture")

    def picky(sample: Sample) -> Chip | SetAside:
        return SetAside("too dark") if sample == samples[2] else load(sample)

    chips, told = prepared(tmp_path / "cache", samples, picky)
    assert sorted(chips.failed) == [1, 2]
    assert "not a photo that can be read" in chips.failed[1]
    assert chips.failed[2] == "set aside: too dark"
    assert told[-1] == (12, 12)


def test_without_preparation_a_failure_stops(samples: list[Sample]) -> None:
    """Where chips are made on the fly, one that cannot be made is named."""
    chips = Chips(samples, lambda _sample: SetAside("too dark"), SHAPE, 1)
    with pytest.raises(UserError, match=r"0-0\.png cannot be learnt from: set aside: too dark"):
        chips.batch([0])


def test_batches_come_in_order(tmp_path: Path, samples: list[Sample]) -> None:
    """Batches are those of the lists, one after the other."""
    chips = Chips(samples, load, SHAPE, 2)
    lists = [[0, 1], [2], [11, 0]]
    for made, members in zip(chips.batches(lists), lists, strict=True):
        assert np.array_equal(made, chips.batch(members))


def test_no_samples_need_no_disk(tmp_path: Path) -> None:
    """Nothing to prepare is no error here; who trains on nothing is told elsewhere."""
    prepared(tmp_path / "cache", [], load)
    assert not (tmp_path / "cache").exists()


def test_a_full_disk_is_told_before_the_work(small_disk: Path) -> None:
    """Space is taken first: without enough of it nothing is opened, and nothing is left behind."""
    big = Network(height=1024, width=1024)
    with pytest.raises(ProjectError, match=r"no room for 0\.1 GB.*train\.prepared_gb=0"):
        Shelf.open(small_disk / "cache", 40, big, "k")
    assert list((small_disk / "cache").iterdir()) == []


def test_a_quota_is_told_before_the_work(
    tmp_path: Path, no_file_above: Callable[[int], AbstractContextManager[None]]
) -> None:
    """A limit of the system on the size of files is told in the same words."""
    with no_file_above(10_000), pytest.raises(ProjectError, match="no room for"):
        Shelf.open(tmp_path, 40, SHAPE, "k")


def test_ahead_keeps_the_order_and_is_bounded() -> None:
    """Whatever takes longest, results come in order, and no more are begun than allowed."""
    begun: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20):
            begun.append(number)
            yield number

    def work(number: int) -> int:
        time.sleep(0.004 if number % 3 == 0 else 0)
        return number * number

    got = []
    with ThreadPoolExecutor(4) as pool:
        for result in ahead(pool, work, items(), 3):
            got.append(result)
            assert len(begun) - len(got) <= 3
    assert got == [n * n for n in range(20)]


def test_ahead_passes_errors_on() -> None:
    """What goes wrong in a worker goes wrong for the caller, at its place."""
    with ThreadPoolExecutor(2) as pool:
        results = ahead(pool, lambda n: 1 // n, [1, 0, 1], 2)
        assert next(results) == 1
        with pytest.raises(ZeroDivisionError):
            next(results)

"""The detector and its worker: true processes, with a stand-in for the library in them."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fieldmark.components import Context
from fieldmark.errors import FieldmarkError, PluginError
from fieldmark.jobs import by_halves
from fieldmark.types import Box, Detection, Pixels
from fieldmark_megadetector.detector import MegaDetector
from fieldmark_megadetector.options import MegaDetectorOptions
from fieldmark_megadetector.process import RemoteTraceback, WorkerError

DIE, RAISE, SHOUT = 1, 2, 3


def photo(green: int = 200, red: int = 0, height: int = 40, width: int = 60) -> Pixels:
    """Return a photo that tells the stand-in what to do."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[0, 0] = (red, green, 0)
    return pixels


def scores(found: Sequence[Sequence[Detection]]) -> list[list[int]]:
    """Return the scores of each photo, times 255."""
    return [[round(255 * each.score) for each in photo] for photo in found]


def pid(detector: MegaDetector) -> int:
    """Return the number of the running worker."""
    assert detector._worker is not None
    return detector._worker.pid


def test_every_photo_gets_its_own_boxes(detector: MegaDetector) -> None:
    """Photos of several sizes and batches keep their order; one without an animal is empty."""
    photos = [photo(100 + i, height=20 + 7 * i, width=90 - 5 * i) for i in range(9)]
    photos[4] = photo(10)
    expected = [[100 + i] for i in range(9)]
    expected[4] = []
    found = detector.detect(photos)
    assert scores(found) == expected
    assert found[0][0].box == Box(0.25, 0.25, 0.5, 0.5)
    assert detector.detect([]) == []


def test_the_worker_is_kept_warm(detector: MegaDetector) -> None:
    """One process serves many calls, and a closed one is started again."""
    detector.detect([photo()])
    first = pid(detector)
    detector.detect([photo()])
    assert pid(detector) == first
    detector.close()
    assert scores(detector.detect([photo(90)])) == [[90]]
    assert pid(detector) != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_a_killed_worker_loses_no_photo(detector: MegaDetector) -> None:
    """After a kill between two batches all photos of the next have their boxes."""
    detector.detect([photo()])
    os.kill(pid(detector), signal.SIGKILL)
    assert scores(detector.detect([photo(100), photo(101)])) == [[100], [101]]


def test_a_photo_that_ends_the_worker_is_named(detector: MegaDetector) -> None:
    """A photo that ends it twice is refused with the reason, at once when it comes again."""
    with pytest.raises(FieldmarkError, match=r"60×40 pixels ends MegaDetector's .*signal 9"):
        detector.detect([photo(100), photo(red=DIE), photo(102)])
    assert scores(detector.detect([photo(100)])) == [[100]]
    running = pid(detector)
    with pytest.raises(FieldmarkError, match="as it did before"):
        detector.detect([photo(red=DIE)])
    assert scores(detector.detect([photo(102)])) == [[102]]
    assert pid(detector) == running


def test_a_photo_that_fails_is_one_sentence(detector: MegaDetector) -> None:
    """What the library raises is told in one line; its traceback is kept for --debug."""
    with pytest.raises(WorkerError, match=r"ValueError: this photo is odd$") as raised:
        detector.detect([photo(red=RAISE)])
    assert isinstance(raised.value.__cause__, RemoteTraceback)
    assert "in _one" in str(raised.value.__cause__)
    assert scores(detector.detect([photo(103)])) == [[103]]


def test_the_worker_has_no_network(detector: MegaDetector) -> None:
    """What tries to reach the network fails with a sentence."""
    with pytest.raises(WorkerError, match=r"has no network: something tried to reach .*example"):
        detector.detect([photo(red=SHOUT)])


def test_weights_of_something_else_are_refused(stand_in_python: str, tmp_path: Path) -> None:
    """Weights that tell other things apart than MegaDetector are no MegaDetector."""
    options = MegaDetectorOptions(version="MDV6-yolov9-c", python=stand_in_python)
    made = MegaDetector(options, Context(weights=lambda: tmp_path / "coco.pt"))
    with pytest.raises(WorkerError, match="tell 80 kinds of things apart, MegaDetector 3"):
        made.detect([photo()])


def test_missing_library_says_what_to_do(tmp_path: Path) -> None:
    """Where PyTorch-Wildlife is not installed the sentence names the Python and the recipe."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    site = Path(np.__file__).parents[1]
    only = tmp_path / "only"
    only.mkdir()
    for name in site.glob("numpy*"):
        (only / name.name).symlink_to(name)
    bare.write_text(f'#!/bin/sh\nPYTHONPATH="{only}" exec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    options = MegaDetectorOptions(python=str(bare), untrained=True)
    with pytest.raises(WorkerError, match=r"not installed for .*docs/megadetector.md"):
        MegaDetector(options, Context()).detect([photo()])


def test_what_cannot_start_is_said_once(tmp_path: Path) -> None:
    """A worker that cannot start fails the whole batch at once, and not photo by photo."""
    options = MegaDetectorOptions(python=str(tmp_path / "python"), untrained=True)
    with pytest.raises(PluginError):
        by_halves([photo(), photo()], MegaDetector(options, Context()).detect)


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is told, with what names another."""
    options = MegaDetectorOptions(python=str(tmp_path / "none"), untrained=True)
    with pytest.raises(WorkerError, match=r"cannot be started: No such file.*FIELDMARK_MEGA"):
        MegaDetector(options, Context()).detect([photo()])


def test_a_program_that_speaks_otherwise(tmp_path: Path) -> None:
    """A program that is no worker is told from one, with its last words."""
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho hello\necho 'no worker here' >&2\n")
    other.chmod(0o755)
    options = MegaDetectorOptions(python=str(other), untrained=True)
    with pytest.raises(WorkerError, match=r"does not start: .*ended .*no worker here"):
        MegaDetector(options, Context()).detect([photo()])


def test_a_worker_nobody_closes_ends(stand_in_python: str, weights: Path) -> None:
    """A detector that is forgotten leaves no process behind."""
    options = MegaDetectorOptions(version="MDV6-yolov9-c", python=stand_in_python)
    made = MegaDetector(options, Context(weights=lambda: weights))
    made.detect([photo()])
    number = pid(made)
    del made
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_it_says_that_it_starts(stand_in_python: str, weights: Path) -> None:
    """The first photo takes long, so there is a sentence; later ones are quiet."""
    said: list[str] = []
    options = MegaDetectorOptions(version="MDV6-yolov9-c", python=stand_in_python)
    made = MegaDetector(options, Context(weights=lambda: weights, progress=said.append))
    made.detect([photo()])
    made.detect([photo()])
    made.close()
    assert [each.partition(" in ")[0] for each in said] == [
        "starting MDV6-yolov9-c (licence of its weights: AGPL-3.0)"
    ]
    assert made.longest == 1280

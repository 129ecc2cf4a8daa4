"""Photos → what a detector sees in them; the next are decoded, the last recorded while it works.

A photo that cannot be opened, or that the detector cannot work, is given back with the reason, and
stops no other.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from fieldmark.components import Detector, Role
from fieldmark.images import open_photo
from fieldmark.jobs import Failed, by_halves, failed
from fieldmark.pipeline.ahead import ahead
from fieldmark.pipeline.recipe import ResolveWeights, Step
from fieldmark.pipeline.stages import context, options
from fieldmark.plugins import Plugins
from fieldmark.types import Detection, Pixels

BATCH = 16
"""Photos given to the detector at once, and kept in one transaction."""
AHEAD = 2 * BATCH
"""Photos decoded, or being decoded, while it works."""

Seen: TypeAlias = tuple[Detection, ...] | Failed
"""What a photo shows, perhaps nothing; or why nobody knows."""
Opened: TypeAlias = Pixels | Failed


@dataclass(frozen=True)
class Frame:
    """One photo to be looked at; `path` None: no copy of it can be found now."""

    photo: int
    path: Path | None


@dataclass
class Stopwatch:
    """Seconds of each stage; decoding, summed over threads, and recording overlap with detecting.

    Attributes:
        decode: opening photos.
        detect: the detector's own.
        first: of these, the first batch's: a detector that starts a process does so then.
        record: writing into the catalogue.
    """

    decode: float = 0.0
    detect: float = 0.0
    first: float = 0.0
    record: float = 0.0

    def detected(self, seconds: float) -> None:
        """Count one batch."""
        self.first = self.first or seconds
        self.detect += seconds

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Count what happens within as recording."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.record += time.perf_counter() - begun


def build_detector(
    step: Step,
    plugins: Plugins,
    weights: ResolveWeights,
    cache: Path,
    say: Callable[[str], None],
) -> Detector:
    """Build a profile's detector; it may `close()` when it is no longer needed.

    Raises:
        PluginError: if it, or a library it needs, is missing.
        UserError: if its weights are missing or damaged.
    """
    made = replace(context(step, weights, cache), progress=say)
    return plugins.build(Role.DETECTOR, step.name, options(step), made)


def look(
    frames: Iterable[Frame], detector: Detector, threads: int, times: Stopwatch
) -> Iterator[list[tuple[Frame, Seen]]]:
    """Yield batches of photos with what the detector sees in each, in their order.

    Photos are decoded no larger than the detector's attribute `longest`, if it has one. The
    detector works in one thread of its own, two batches ahead at most.
    """
    opener = _Opener(getattr(detector, "longest", None))
    work = partial(_see, detector, times)
    with (
        ahead(frames, opener, _bytes, threads, AHEAD) as opened,
        ahead(_batches(opened), work, len, threads=1, most=2) as seen,
    ):
        for _, batch in seen:
            yield batch
    times.decode += opener.seconds


def _see(
    detector: Detector, times: Stopwatch, batch: Sequence[tuple[Frame, Opened]]
) -> list[tuple[Frame, Seen]]:
    pixels = [each for _, each in batch if not isinstance(each, Failed)]
    begun = time.perf_counter()
    seen = iter(by_halves(pixels, detector.detect))
    times.detected(time.perf_counter() - begun)
    return [
        (frame, each if isinstance(each, Failed) else _kept(next(seen))) for frame, each in batch
    ]


def _kept(seen: Sequence[Detection] | Failed) -> Seen:
    return seen if isinstance(seen, Failed) else tuple(seen)


class _Opener:
    """Decodes photos, in threads, and counts the seconds."""

    def __init__(self, longest: int | None) -> None:
        self._longest = longest
        self._laps: list[float] = []  # appending is safe in threads, adding is not

    @property
    def seconds(self) -> float:
        return sum(self._laps)

    def __call__(self, frame: Frame) -> Opened:
        begun = time.perf_counter()
        try:
            if frame.path is None:
                return Failed("the photo is not where it was; import its folder again")
            return open_photo(frame.path, self._longest)
        except Exception as problem:  # noqa: BLE001 - one bad photo must not stop the others
            return failed(problem)
        finally:
            self._laps.append(time.perf_counter() - begun)


def _bytes(opened: Opened) -> int:
    return 0 if isinstance(opened, Failed) else opened.nbytes


def _batches(opened: Iterator[tuple[Frame, Opened]]) -> Iterator[list[tuple[Frame, Opened]]]:
    batch: list[tuple[Frame, Opened]] = []
    for one in opened:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""What `yolox` finds in camera-trap photos, and how long it takes, on one thread.

::

    PYTHONPATH=tests python -m benchmarks.light_detector DATA/CameraTrapSamples WEIGHTS \
        --shown docs/benchmarks/light-detector.csv

WEIGHTS is the ONNX file of a YOLOX network. The photos are looked at once, at a threshold of 1 %;
a frame has a box at a higher threshold if its best box has that score.
"""

import argparse
import csv
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2

from benchmarks.reports import processor, say
from fieldmark.components import Context
from fieldmark.images import open_photo
from fieldmark.types import Detection
from fieldmark_yolox import YOLOX
from fieldmark_yolox.detector import Yolox
from fieldmark_yolox.settings import YoloxOptions

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
LEAST = 0.01
ROUNDS = 3
"""Times that each photo is looked at; the fastest counts."""


@dataclass(frozen=True)
class Frame:
    """One photo, and what was found.

    Attributes:
        species: as the data set says it; `empty` for nothing, and often no word at all.
        shown: what a person sees: `animal`, `nothing`, `vehicle`, `unclear`.
        decoding: seconds of the processor, which other work on it disturbs little.
        detecting: the same.
    """

    species: str
    shown: str
    found: Sequence[Detection]
    decoding: float
    detecting: float

    def best(self, label: str) -> Detection | None:
        """Return the best box of a label."""
        return next((each for each in self.found if each.label == label), None)

    def has(self, label: str, threshold: float) -> bool:
        """Return whether there is a box of a label at a threshold."""
        best = self.best(label)
        return best is not None and best.score >= threshold


def looked_at(folder: Path, shown: Path, detector: Yolox) -> Iterator[Frame]:
    """Yield every frame of the data set's `metadata.csv`."""
    with shown.open(encoding="utf-8", newline="") as file:
        seen = {row["image_path"]: row["shown"] for row in csv.DictReader(file)}
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        name = row["image_path"]
        decoding, detecting = [], []
        for _ in range(ROUNDS):
            start = time.process_time()
            photo = open_photo(folder / name, detector.longest)
            middle = time.process_time()
            (found,) = detector.detect([photo])
            decoding.append(middle - start)
            detecting.append(time.process_time() - middle)
        yield Frame(row["species"], seen[name], found, min(decoding), min(detecting))


def table(frames: Sequence[Frame]) -> Iterator[str]:
    """Yield what is found at each threshold, of all frames of a kind."""
    named = [frame for frame in frames if frame.species not in ("", "empty")]
    empty = [frame for frame in frames if frame.species == "empty"]
    shows = {kind: [f for f in frames if f.shown == kind] for kind in ("animal", "nothing")}
    yield (
        "| threshold | species named: animal found | `empty`: none found"
        " | animal shown: found | nothing shown: none found | no vehicle: taken for one |"
    )
    yield "|---|---|---|---|---|---|"
    others = [frame for frame in frames if frame.shown != "vehicle"]
    for least in THRESHOLDS:
        cells = [
            _share([frame.has("animal", least) for frame in named]),
            _share([not frame.has("animal", least) for frame in empty]),
            _share([frame.has("animal", least) for frame in shows["animal"]]),
            _share([not frame.has("animal", least) for frame in shows["nothing"]]),
            _share([frame.has("vehicle", least) for frame in others]),
        ]
        yield f"| {least:.2f} | {' | '.join(cells)} |"


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)} of {len(hits)}"


def speed(frames: Sequence[Frame]) -> str:
    """Say how long a photo takes."""
    decoding, detecting = (
        1000 * median(getattr(frame, part) for frame in frames)
        for part in ("decoding", "detecting")
    )
    return (
        f"Medians, in processor time: {decoding:.1f} ms to decode a photo, {detecting:.1f} ms to"
        " detect."
    )


def areas(frames: Sequence[Frame], least: float) -> str:
    """Say how much of a frame the best box covers."""
    best = [f.best("animal") for f in frames if f.shown == "animal" and f.has("animal", least)]
    shares = [each.box.w * each.box.h for each in best if each is not None]
    return (
        f"At {least:.2f} the best box covers {median(shares):.1%} of its frame (median of"
        f" {len(shares)} frames)."
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the data set CameraTrapSamples")
    parser.add_argument("weights", type=Path, help="the ONNX file of a YOLOX network")
    parser.add_argument("--shown", type=Path, required=True, help="what a person sees, as CSV")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    load = os.getloadavg()[0]
    options = YoloxOptions(confidence=LEAST)
    detector = YOLOX.build(options, Context(weights=lambda: given.weights))
    if not isinstance(detector, Yolox):
        raise TypeError("the record yolox builds something else")
    frames = list(looked_at(given.folder, given.shown, detector))
    lines = [
        f"{processor()}, one thread, load before the run {load:.1f}; OpenCV {cv2.__version__};"
        f" {len(frames)} frames, the network sees {detector.longest // 2} pixels.",
        "",
        *table(frames),
        "",
        f"{speed(frames)} {areas(frames, YoloxOptions().confidence)}",
    ]
    for line in lines:
        say(line)


if __name__ == "__main__":
    main()

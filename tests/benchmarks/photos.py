"""Labelled photos for benchmarks: what a data set's `metadata.csv` says of each."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.types import Side

_THUMBNAIL = (24, 16)
_FRAME_ALIKE = 0.7
"""Correlation of two thumbnails above which two crops are taken for neighbouring frames."""
_CLIP_ALIKE = 0.8
"""Shared part of two colour histograms above which two crops are taken for one clip."""


@dataclass(frozen=True)
class Photo:
    """One labelled photo.

    Attributes:
        name: its path within the data set; the key of split files.
        encounter: photos with the same one are never compared.
        part: `train` or `val` where the data set has a development split.
    """

    name: str
    path: Path
    identity: str
    side: Side
    encounter: str
    part: str


def read(folder: Path, grouping: str = "clip") -> list[Photo]:
    """Return the photos of a data set folder.

    Encounters are the `sighting` where there is one, else station and time where there are, else
    look-alikes of one individual (see `look_alikes`).

    Args:
        folder: with a `metadata.csv` as in the wildlife-datasets collection.
        grouping: `frame` or `clip`, for data without sightings and times.
    """
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("kind", "crop") == "crop"]
    photos = [_photo(folder, row) for row in rows]
    if all(photo.encounter for photo in photos):
        return photos
    return look_alikes(photos, grouping)


def _photo(folder: Path, row: dict[str, str]) -> Photo:
    visit = "sighting", "station", "datetime"
    return Photo(
        name=row["image_path"],
        path=folder / row["image_path"],
        identity=row["identity"],
        side=Side(row.get("orientation") or "unknown"),
        encounter=" ".join(row[name] for name in visit if row.get(name)),
        part=row.get("dev_split", ""),
    )


def look_alikes(photos: Sequence[Photo], grouping: str) -> list[Photo]:
    """Return the photos with an encounter each: what looks like the same moment, or place.

    For crops of video without a clip number or a time. Two crops of one individual belong together
    if their grey thumbnails correlate by more than 0.7 (neighbouring frames) or, for `clip`, if
    their colour histograms share more than 80 % (same place and light); and so on from crop to
    crop (single linkage).
    """
    result: list[Photo] = []
    for identity in sorted({photo.identity for photo in photos}):
        mine = [photo for photo in photos if photo.identity == identity]
        for photo, group in zip(mine, _groups(_alike(mine, grouping)), strict=True):
            result.append(replace(photo, encounter=f"{identity}/{group}"))
    return result


def _alike(photos: Iterable[Photo], grouping: str) -> NDArray[np.bool_]:
    looks = [_look(photo.path) for photo in photos]
    frames = np.array([frame for frame, _ in looks])
    alike = frames @ frames.T > _FRAME_ALIKE
    if grouping == "clip":
        colours = np.array([colour for _, colour in looks])
        alike |= np.minimum(colours[:, None], colours).sum(axis=2) > _CLIP_ALIKE
    return np.asarray(alike, np.bool_)


def _look(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a grey thumbnail of mean 0 and length 1, and a colour histogram of sum 1 (Lab)."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    frame = cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA).ravel().astype(np.float64)
    frame -= frame.mean()
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    counts, _ = np.histogramdd(lab, bins=8, range=[(0, 256)] * 3)
    return frame / max(float(np.linalg.norm(frame)), 1e-9), counts.ravel() / len(lab)


def _groups(alike: NDArray[np.bool_]) -> Iterator[int]:
    """Yield for each photo the first one that it is linked to, directly or through others."""
    reach = alike.copy()
    while not np.array_equal(reach, wider := (reach.astype(np.int64) @ reach) > 0):
        reach = wider
    yield from (int(row.argmax()) for row in reach)

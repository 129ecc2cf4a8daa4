"""Which photos of an individual look like one moment, for data without encounters and times."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fieldmark.evaluate.animals import Animal, Animals
from fieldmark.evaluate.encounters import with_encounters
from fieldmark.images import open_photo
from fieldmark.jobs import Progress, silent
from fieldmark.types import Pixels

THUMBNAIL = (24, 16)
FRAME_ALIKE = 0.7
"""Correlation of two grey thumbnails above which two crops count as neighbouring frames."""
CLIP_ALIKE = 0.8
"""Shared part of two colour histograms above which two crops count as one place and light."""
BINS = 8
LONGEST = 512
"""Pixels at which a photo is opened."""
PIXELS = 10_000
"""About so many pixels are counted for the colours; more change nothing that is seen."""
_LOWEST = np.array([0.0, -128.0, -128.0])
_HIGHEST = np.array([100.0, 128.0, 128.0])


def group_look_alikes(
    animals: Animals,
    grouping: Literal["frame", "clip"] = "clip",
    workers: int = 2,
    progress: Progress = silent,
) -> Animals:
    """Return the animals with encounters by their looks, where none are known.

    Two photos of one individual belong together if their grey thumbnails correlate by more than
    0.7 (neighbouring frames of a video) or, for `clip`, if their colour histograms share more than
    80 % (one place and light); and so on from photo to photo (single linkage).

    It guesses, and in both directions: two visits in one light may be joined, and one visit may
    fall apart where the light changes. It uses the names, so that it serves evaluation alone, and
    never joins two individuals that were photographed together. The two limits were set by eye on
    the tiger crops of ATRW for this project's first benchmarks, and were not measured against
    known encounters. Where all photos of an individual look alike, they become one encounter, and
    none of them can be answered.

    Args:
        animals: those whose encounter is known keep it.
        grouping: `frame` or `clip`.
        workers: threads that open photos.
        progress: told how far it is.
    """
    open_ended = [row for row in animals.rows if row.encounter is None]
    if not open_ended:
        return animals
    looks: list[_Look] = []
    with ThreadPoolExecutor(workers) as pool:
        for look in pool.map(_look, open_ended):
            looks.append(look)
            progress(len(looks), len(open_ended), "photos compared by their looks")
    told = dict(_told(open_ended, looks, grouping))
    note = (
        f"the encounters of {len(told)} photos are guessed from their looks (grouping by"
        f" {grouping}): {len(set(told.values()))} groups of an individual's photos that look like"
        " one moment"
    )
    return with_encounters(animals, told, note)


_Look = tuple[NDArray[np.float64], NDArray[np.float64]]


def _told(
    rows: Sequence[Animal], looks: Sequence[_Look], grouping: str
) -> Iterator[tuple[int, str]]:
    people: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        people.setdefault(row.individual_id, []).append(place)
    for places in people.values():
        alike = _alike([looks[place] for place in places], grouping == "clip")
        names = [f"{rows[place].data}/{rows[place].shown}" for place in places]
        for place, group in zip(places, _groups(alike), strict=True):
            first = min(names[member] for member in group)
            yield rows[place].id, f"{rows[place].species}/{rows[place].label}/like {first}"


def _alike(looks: Sequence[_Look], by_colour: bool) -> NDArray[np.bool_]:
    frames = np.array([frame for frame, _ in looks])
    alike = frames @ frames.T > FRAME_ALIKE
    if by_colour:
        colours = np.array([colour for _, colour in looks])
        for place, colour in enumerate(colours):  # row by row: a third axis would need gigabytes
            alike[place] |= np.minimum(colour, colours).sum(axis=1) > CLIP_ALIKE
    return np.asarray(alike | alike.T, np.bool_)


def _groups(alike: NDArray[np.bool_]) -> Iterable[list[int]]:
    """Return for each photo all that it is linked to, directly or through others."""
    groups: list[list[int]] = [[] for _ in alike]
    for start in range(len(alike)):
        if groups[start]:
            continue
        reached = np.zeros(len(alike), np.bool_)
        reached[start] = True
        while (wider := reached | alike[reached].any(axis=0)).sum() > reached.sum():
            reached = wider
        members = np.flatnonzero(reached).tolist()
        for member in members:
            groups[member] = members
    return groups


def _look(row: Animal) -> _Look:
    """Return a grey thumbnail of mean 0 and length 1, and a colour histogram of sum 1 (Lab)."""
    photo = open_photo(row.path, LONGEST)
    left, top, right, bottom = row.box.pixels(photo.shape[1], photo.shape[0])
    pixels = photo[top:bottom, left:right]
    small = Image.fromarray(pixels).convert("L").resize(THUMBNAIL, Image.Resampling.BOX)
    frame = np.asarray(small, np.float64).ravel()
    frame -= frame.mean()
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / PIXELS) ** 0.5))
    return frame / max(float(np.linalg.norm(frame)), 1e-9), _colours(pixels[::step, ::step])


def _colours(pixels: Pixels) -> NDArray[np.float64]:
    """Return the shares of the colours (512,) in a grid over L*a*b*; they sum to 1."""
    lab = _lab(pixels).reshape(-1, 3)
    place = (lab - _LOWEST) / (_HIGHEST - _LOWEST) * BINS
    cell = np.clip(place.astype(np.int64), 0, BINS - 1) @ np.array([BINS * BINS, BINS, 1])
    return np.bincount(cell, minlength=BINS**3) / len(lab)


_TO_XYZ = np.array([
    [0.412453, 0.357580, 0.180423],
    [0.212671, 0.715160, 0.072169],
    [0.019334, 0.119193, 0.950227],
])  # fmt: skip
_WHITE = _TO_XYZ.sum(axis=1)
"""sRGB to XYZ (ITU-R BT.709 primaries, white D65), and its white."""


def _lab(pixels: Pixels) -> NDArray[np.float64]:
    """Return CIE 1976 L*a*b* of sRGB pixels (H×W×3 uint8): L 0–100, a and b about ±128."""
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    xyz = linear[pixels] @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)

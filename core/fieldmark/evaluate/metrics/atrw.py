"""The measures of the ATRW benchmark (Amur tigers, Li et al. 2020), as its script has them."""

from dataclasses import dataclass

import numpy as np

from fieldmark.evaluate.metrics.arrays import Bools, Floats64, blocks, check
from fieldmark.evaluate.metrics.hits import hits
from fieldmark.types import Floats, Ids

NEIGHBOURS = 3
"""Frames of one tiger and camera so many apart, or fewer, are not compared."""
JUNK = -1
"""Columns of nobody; they are dropped."""


@dataclass(frozen=True)
class Shots:
    """Where photos come from: (n,) each.

    Attributes:
        camera: which camera; any number.
        frame: the number of the video frame.
    """

    camera: Ids
    frame: Ids


@dataclass(frozen=True)
class Track:
    """One group of queries: shares 0–1 over all of them; NaN where there are none.

    A query without a photo to find counts as 0.
    """

    map: float
    top1: float
    top5: float
    queries: int


@dataclass(frozen=True)
class AtrwPlain:
    """The result of the track "plain re-identification".

    Attributes:
        single: queries of tigers that one camera saw.
        cross: queries of tigers that several cameras saw. Photos of the query's own camera are
            among what they may find: the script drops neighbouring frames only.
        mmap: the mean of both mAPs, by which the benchmark ranks.
    """

    single: Track
    cross: Track
    mmap: float


def atrw_plain(
    values: Floats,
    owners: Ids,
    truth: Ids,
    asked: Shots,
    shown: Shots,
    cross: Bools | None = None,
) -> AtrwPlain:
    """Return mAP, top-1 and top-5 of both groups of queries, and mmAP.

    Rules: columns are photos. Of the query's tiger and camera, frames at most 3 apart are dropped,
    the query itself with them; so are columns owned by −1. All else counts. top-k: a right photo is
    among the first k.

    Args:
        values: (q, m) float32, NaN: not compared, so dropped as well.
        owners: (m,) the tiger of each column.
        truth: (q,) the tiger of each query.
        asked: where the queries come from.
        shown: where the columns come from.
        cross: (q,) which queries belong to the second group, if the data say so; otherwise those
            whose tiger several cameras saw, queries and columns taken together.

    Raises:
        ValueError: if a shape or the type of the values is wrong.
    """
    check(values, owners, truth)
    if cross is None:
        cross = _seen_by_several(owners, truth, asked, shown)
    measures = np.zeros((3, len(truth)))
    for rows in blocks(*values.shape):
        some = Shots(asked.camera[rows], asked.frame[rows])
        measures[:, rows] = _measured(values[rows], owners, truth[rows], some, shown)
    single, several = _track(measures[:, ~cross]), _track(measures[:, cross])
    return AtrwPlain(single, several, (single.map + several.map) / 2)


def _measured(values: Floats, owners: Ids, truth: Ids, asked: Shots, shown: Shots) -> Floats64:
    """Return average precision, top-1 and top-5 of a few queries: (3, b)."""
    same = owners == truth[:, None]
    camera = asked.camera[:, None] == shown.camera
    near = np.abs(asked.frame[:, None] - shown.frame) <= NEIGHBOURS
    dropped = (same & camera & near) | (owners == JUNK)
    found = hits(np.where(dropped, np.float32(np.nan), values), same)
    first = [np.minimum(found.total(found.place <= k), 1) for k in (1, 5)]
    return np.stack([found.total(found.precision) / np.maximum(found.right, 1), *first])


def _track(measures: Floats64) -> Track:
    if not measures.shape[1]:
        return Track(np.nan, np.nan, np.nan, 0)
    means = measures.mean(axis=1)
    return Track(float(means[0]), float(means[1]), float(means[2]), measures.shape[1])


def _seen_by_several(owners: Ids, truth: Ids, asked: Shots, shown: Shots) -> Bools:
    tigers = np.concatenate([truth, owners])
    seen = np.unique(np.stack([tigers, np.concatenate([asked.camera, shown.camera])]), axis=1)
    names, cameras = np.unique(seen[0], return_counts=True)
    return np.asarray(np.isin(truth, names[cameras > 1]), np.bool_)

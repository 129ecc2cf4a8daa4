"""Sorting photos anew by whom they are like themselves; for pipelines of vectors.

Both ways need the similarities among the gallery's photos, and treat every query alone: what is
said of one does not depend on which others are asked.
"""

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats

Near = NDArray[np.bool_]
_ROWS = 64
"""Queries worked at once: their copies take some 20 MB at 10,000 gallery photos."""


def k_reciprocal(
    query_gallery: Floats,
    gallery_gallery: Floats,
    k1: int = 20,
    k2: int = 6,
    original: float = 0.3,
) -> Floats:
    """Return similarities that count how many neighbours two photos share.

    k-reciprocal encoding (Zhong et al. 2017, CVPR, "Re-ranking person re-identification with
    k-reciprocal encoding"; the defaults are theirs). There the queries count as each other's
    neighbours, too; here they do not.

    Args:
        query_gallery: (q, g) similarities of vectors of length 1; NaN: may not be compared, which
            stays.
        gallery_gallery: (g, g) the same among the gallery; what is NaN is no neighbour.
        k1: neighbours that are looked at.
        k2: neighbours whose own neighbourhoods are averaged.
        original: weight of the distance as it was, 0–1.

    Returns:
        (q, g) float32: 1 minus the new distance. Needs g² numbers of memory besides.
    """
    among = 1 - np.where(np.isnan(gallery_gallery), -np.inf, gallery_gallery)
    np.fill_diagonal(among, 0)
    near = _mutual(among, k1)
    half = _mutual(among, max(k1 // 2, 1))
    gallery = _averaged(_encoded(_grown(near, half), among), among, k2)
    # A query is mutual to a photo if it would be among the photo's first k1 besides itself.
    reach = np.sort(among, axis=1)[:, min(k1, len(among) - 1)]
    rows = [_asked(row, reach, half, gallery, (k1, k2)) for row in query_gallery]
    shared = np.stack(rows) if rows else np.empty(query_gallery.shape)
    found = (1 - original) * shared + original * query_gallery
    return np.asarray(np.where(np.isnan(query_gallery), np.nan, found), np.float32)


def query_expansion(
    query_gallery: Floats, gallery_gallery: Floats, k: int = 3, alpha: float = 3.0
) -> Floats:
    """Return similarities to the weighted mean of each query and its likest gallery photos.

    α-weighted average query expansion (Chum et al. 2007, ICCV; the weights, similarity to the power
    of α, and their size from Radenović et al. 2019, IEEE TPAMI 41:1655).

    Args:
        query_gallery: (q, g) similarities of vectors of length 1; NaN: may not be compared, which
            stays.
        gallery_gallery: (g, g) the same among the gallery, without gaps.
        k: photos that are added to the query.
        alpha: how fast the weight falls with the similarity, ≥ 0.

    Returns:
        (q, g) float32, again similarities of vectors of length 1.
    """
    blocks = [
        _expanded(query_gallery[start : start + _ROWS], gallery_gallery, k, alpha)
        for start in range(0, len(query_gallery), _ROWS)
    ]
    return np.concatenate(blocks) if blocks else query_gallery


def _expanded(similar: Floats, among: Floats, k: int, alpha: float) -> Floats:
    known = np.where(np.isnan(similar), 0, similar).astype(np.float64)
    first = np.argsort(np.isnan(similar) * 9 - known, axis=1, kind="stable")[:, :k]
    likest = np.clip(np.take_along_axis(known, first, axis=1), 0, None)
    # What may not be compared, or is not alike at all, adds nothing.
    weight = np.where(likest > 0, likest**alpha, 0)
    summed = similar + np.einsum("qk,qkg->qg", weight, among[first])
    pairs = among[first[:, :, None], first[:, None, :]]
    added = np.einsum("qk,ql,qkl->q", weight, weight, pairs)
    length = np.sqrt(1 + 2 * (weight * likest).sum(axis=1) + added)
    return np.asarray(summed / length[:, None], np.float32)


def _nearest(distance: Floats, k: int) -> Near:
    """Return which are among each row's first k: ties by order, what is infinitely far never."""
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    near = np.zeros(distance.shape, np.bool_)
    np.put_along_axis(near, order, True, axis=1)
    return near & np.isfinite(distance)


def _mutual(among: Floats, k: int) -> Near:
    """Return which photos are among each other's first k besides themselves."""
    near = _nearest(among, k + 1)
    return np.asarray(near & near.T, np.bool_)


def _grown(near: Near, half: Near) -> Near:
    """Add to each row the smaller neighbourhoods that lie in it by two thirds."""
    return np.stack([_with_circles(row, half) for row in near])


def _with_circles(row: Near, half: Near) -> Near:
    circles = half[np.flatnonzero(row)]
    inside = circles[:, row].sum(axis=1) >= 2 / 3 * circles.sum(axis=1)
    return np.asarray(row | circles[inside].any(axis=0), np.bool_)


def _encoded(near: Near, distance: Floats) -> Floats:
    """Return the weight of each neighbour; those of a photo add up to 1."""
    weight = np.where(near, np.exp(-distance), 0)
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0, total, 1), np.float32)


def _averaged(code: Floats, among: Floats, k2: int) -> Floats:
    """Return the mean code of each photo's first k2, itself included."""
    mine = _nearest(among, max(k2, 1))
    return np.stack([code[row].mean(axis=0) for row in mine])


def _asked(
    similar: Floats, reach: Floats, half: Near, gallery: Floats, ks: tuple[int, int]
) -> Floats:
    """Return how much of its neighbourhood a query shares with each gallery photo: (g,), 0–1."""
    k1, k2 = ks
    distance = 1 - np.where(np.isnan(similar), -np.inf, similar)[None]
    near = _nearest(distance, k1) & (distance <= reach)
    code = _encoded(_grown(near, half), distance)[0]
    if k2 > 1:
        first = np.flatnonzero(_nearest(distance, k2 - 1)[0])
        code = np.vstack([code[None], gallery[first]]).mean(axis=0)
    used = np.flatnonzero(code)
    least = np.minimum(code[used], gallery[:, used]).sum(axis=1)
    return np.asarray(least / np.maximum(code.sum() + gallery.sum(axis=1) - least, 1e-12))

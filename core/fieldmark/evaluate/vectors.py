"""How far apart vectors are, whatever matcher compares them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.types import Floats, Ids, Vector


def cosine_distances(
    cache: Path, keys: Mapping[int, str], queries: Ids, gallery: Ids
) -> Floats | None:
    """Return 1 − cosine of each query and gallery annotation: (q, g), NaN where one has no vector.

    None: the features are no vectors.
    """
    one, other = (_directions(FeatureCache(cache), keys, ids) for ids in (queries, gallery))
    if one is None or other is None:
        return None
    return np.asarray(1 - one @ other.T, np.float32)


def _directions(cache: FeatureCache, keys: Mapping[int, str], ids: Ids) -> Floats | None:
    """Return vectors of length 1, NaN for who has none; None if there is not one."""
    found = [cache.read(keys[n]) if n in keys else None for n in ids.tolist()]
    vectors = [each.values if isinstance(each, Vector) else None for each in found]
    length = next((len(values) for values in vectors if values is not None), None)
    if length is None:
        return None
    missing = np.full(length, np.nan, np.float32)
    rows = np.stack([missing if values is None else values for values in vectors])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, np.nan), np.float32)

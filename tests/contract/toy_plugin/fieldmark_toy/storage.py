"""Features as named arrays, for one file."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Box, Features, Keypoints, Vector

_PARTS = ("xy", "scale", "angle", "weight", "descriptors")


def to_arrays(features: Mapping[int, Features]) -> dict[str, NDArray[Any]]:
    """Return the arrays of every annotation, named `<id>/<part>`."""
    arrays: dict[str, NDArray[Any]] = {}
    for id_, each in features.items():
        if isinstance(each, Vector):
            arrays[f"{id_}/values"] = each.values
        else:
            arrays |= {f"{id_}/{part}": getattr(each, part) for part in _PARTS}
            arrays[f"{id_}/frame"] = np.array([*each.size, *_box(each.animal), *_box(each.region)])
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[int, Features]:
    """Return the features that `to_arrays` wrote.

    Raises:
        KeyError: if an array is missing.
        ValueError: if an array has another shape or type.
    """
    ids = sorted({int(name.partition("/")[0]) for name in arrays})
    return {id_: _features(id_, arrays) for id_ in ids}


def _features(id_: int, arrays: Mapping[str, NDArray[Any]]) -> Features:
    if f"{id_}/values" in arrays:
        return Vector(arrays[f"{id_}/values"])
    frame = [float(value) for value in arrays[f"{id_}/frame"]]
    return Keypoints(
        **{part: arrays[f"{id_}/{part}"] for part in _PARTS},
        size=(int(frame[0]), int(frame[1])),
        animal=Box(*frame[2:6]),
        region=Box(*frame[6:10]),
    )


def _box(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.w, box.h

"""The feature cache: content-addressed, beside the database, safe to delete at any time.

A key is the digest of everything that decides the features: the photo's bytes, the box, the mask,
the side and the fingerprint of preprocessing and embedder. So a changed model or option can never
be served stale features, and two projects with the same photo agree.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from fieldmark.errors import ProjectError
from fieldmark.files import replacing
from fieldmark.types import Box, Features, Keypoints, SetAside, Side, Vector

FORMAT = 1
"""Raise it when the layout of a file changes; older files are then simply not found."""

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def feature_key(
    photo_sha256: str, box: Box, mask_sha256: str | None, side: Side, fingerprint: str
) -> str:
    """Return 64 hex digits for the features of one annotation under one pipeline."""
    where = [repr(value) for value in (box.x, box.y, box.w, box.h)]
    identity = [FORMAT, photo_sha256, where, mask_sha256, side.value, fingerprint]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


class FeatureCache:
    """Features, or the reason why a chip was set aside, by key; one file for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "features"

    def outcome(self, key: str) -> SetAside | bool:
        """Return whether features are stored, or why the chip was set aside; reads little."""
        try:
            with self._arrays(key) as arrays:
                return SetAside(str(arrays["set_aside"])) if "set_aside" in arrays else True
        except FileNotFoundError:
            return False
        except _DAMAGED:
            return self._forget(key)

    def read(self, key: str) -> Features | SetAside | None:
        """Return what is stored; None if there is nothing, or if the file is damaged."""
        try:
            with self._arrays(key) as arrays:
                return _unpack({name: arrays[name] for name in arrays.files})
        except FileNotFoundError:
            return None
        except _DAMAGED:
            self._forget(key)
            return None

    def write(self, key: str, value: Features | SetAside) -> None:
        """Store; another process that stores the same key at the same time does no harm.

        Raises:
            ProjectError: if it cannot be written, because the disk is full for example.
        """
        try:
            with replacing(self._path(key), sync=False) as file:
                np.savez(file, allow_pickle=False, **_pack(value))
        except OSError as error:
            raise ProjectError(
                f"features cannot be kept in {self._folder}: {error.strerror};"
                " free some space and type the same command again"
            ) from error

    @contextmanager
    def _arrays(self, key: str) -> Iterator[Any]:
        # NumPy leaves a file open that it cannot read, so it is opened here.
        with self._path(key).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            yield arrays

    def _forget(self, key: str) -> bool:
        """A cache may be torn by a power cut; what cannot be read is made again."""
        self._path(key).unlink(missing_ok=True)
        return False

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npz"


def _pack(value: Features | SetAside) -> dict[str, Any]:
    if isinstance(value, SetAside):
        return {"set_aside": np.array(value.reason)}
    if isinstance(value, Vector):
        return {"vector": value.values}
    return {
        "xy": value.xy,
        "scale": value.scale,
        "angle": value.angle,
        "weight": value.weight,
        "descriptors": value.descriptors,
        "size": np.array(value.size),
        "boxes": np.array([_corners(value.animal), _corners(value.region)]),
    }


def _unpack(arrays: dict[str, Any]) -> Features | SetAside:
    if "set_aside" in arrays:
        return SetAside(str(arrays["set_aside"]))
    if "vector" in arrays:
        return Vector(arrays["vector"])
    size, boxes = arrays.pop("size"), arrays.pop("boxes")
    animal, region = (Box(*(float(v) for v in row)) for row in boxes)
    return Keypoints(**arrays, size=(int(size[0]), int(size[1])), animal=animal, region=region)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.w, box.h

"""Photos → keypoints, with every result kept on disk, on all cores."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.photos import Photo
from fieldmark.cache import FeatureCache, feature_key
from fieldmark.components import Component, Context, Embedder, Preprocessor, fingerprint
from fieldmark.files import replacing, sha256
from fieldmark.images import open_photo
from fieldmark.types import WHOLE, Chip, Keypoints, Mask, SetAside, Side
from fieldmark_sift import CROP, EQUALISE, FOREGROUND, RESIZE, SIFT

STEPS: Mapping[str, Component[Any, Preprocessor]] = {
    record.name: record for record in (CROP, FOREGROUND, RESIZE, EQUALISE)
}


@dataclass(frozen=True)
class Recipe:
    """What makes features.

    Attributes:
        steps: preprocessors, in order, with their options.
        sift: options of the embedder.
        background: take keypoints from *outside* the animal, as a control.
    """

    steps: tuple[tuple[str, Mapping[str, object]], ...]
    sift: Mapping[str, object]
    background: bool = False

    @property
    def fingerprint(self) -> str:
        """Return hex digits that change whenever the features may."""
        parts = [_fingerprint(STEPS[name], options) for name, options in self.steps]
        parts += [_fingerprint(SIFT, self.sift), str(self.background)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _fingerprint(record: Component[Any, Any], options: Mapping[str, object]) -> str:
    return fingerprint(record, record.options.model_validate(dict(options)))


def make(photos: Sequence[Photo], recipe: Recipe, cache: Path, workers: int = 2) -> list[Keypoints]:
    """Return the keypoints of every photo, in order."""
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        work = partial(_work, recipe=recipe, cache=cache)
        return list(pool.map(work, photos, chunksize=2))


def _work(photo: Photo, recipe: Recipe, cache: Path) -> Keypoints:
    store = FeatureCache(cache)
    digest = sha256(photo.path)
    key = feature_key(digest, WHOLE, None, Side.UNKNOWN, recipe.fingerprint)
    made = store.read(key)
    if made is None:
        made = _features(photo, digest, recipe, cache)
        store.write(key, made)
    if not isinstance(made, Keypoints):
        raise TypeError(f"{photo.name}: expected keypoints, got {made}")
    return made


def _features(photo: Photo, digest: str, recipe: Recipe, cache: Path) -> Keypoints:
    chip: Chip | SetAside = Chip(open_photo(photo.path))
    for name, options in recipe.steps:
        assert isinstance(chip, Chip)
        if name == "foreground" and chip.mask is None and options.get("method") != "centre":
            chip = replace(chip, mask=_mask(chip, digest, options, cache))
        chip = _built(name, json.dumps(dict(options))).apply(chip)
    assert isinstance(chip, Chip)
    if recipe.background and chip.mask is not None:
        chip = replace(chip, mask=1 - chip.mask)
    (made,) = _embedder(json.dumps(dict(recipe.sift))).embed([chip])
    assert isinstance(made, Keypoints)
    return made


def _built(name: str, options: str) -> Preprocessor:
    record = STEPS[name]
    return record.build(record.options.model_validate_json(options), Context())


def _embedder(options: str) -> Embedder:
    return SIFT.build(SIFT.options.model_validate_json(options), Context())


def _mask(chip: Chip, digest: str, options: Mapping[str, object], cache: Path) -> Mask:
    """Return what `foreground` finds; kept on disk, because GrabCut takes longest of all."""
    kept = {name: value for name, value in options.items() if name in ("method", "size")}
    key = hashlib.sha256(f"{digest} {chip.size} {sorted(kept.items())}".encode()).hexdigest()
    path = cache / "masks" / f"{key}.png"
    if not path.exists():
        done = _built("foreground", json.dumps({**kept, "tighten": False})).apply(chip)
        assert isinstance(done, Chip)
        assert done.mask is not None
        with replacing(path, sync=False) as file:
            Image.fromarray(np.rint(done.mask * 255).astype(np.uint8)).save(file, format="PNG")
    with Image.open(path) as image:
        return np.asarray(image, np.float32) / np.float32(255)

"""Photos → keypoints, with every result kept on disk, on all cores."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
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
from fieldmark_chips import BACKGROUND, CROP, EQUALISE, PAINT, RESIZE
from fieldmark_sift import SIFT

STEPS: Mapping[str, Component[Any, Preprocessor]] = {
    record.name: record for record in (CROP, BACKGROUND, PAINT, RESIZE, EQUALISE)
}


@dataclass(frozen=True)
class Recipe:
    """What makes features.

    Attributes:
        steps: preprocessors, in order, with their options.
        sift: options of the embedder.
        background: take keypoints from *outside* the animal, as a control.
        network: the ONNX file with which `background` finds the animal, if it is to.
    """

    steps: tuple[tuple[str, Mapping[str, object]], ...]
    sift: Mapping[str, object]
    background: bool = False
    network: Path | None = None

    @property
    def fingerprint(self) -> str:
        """Return hex digits that change whenever the features may."""
        parts = [_fingerprint(STEPS[name], options) for name, options in self.steps]
        parts += [_fingerprint(SIFT, self.sift), str(self.background)]
        parts += [sha256(self.network)] if self.network else []
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _fingerprint(record: Component[Any, Any], options: Mapping[str, object]) -> str:
    return fingerprint(record, record.options.model_validate(dict(options)))


def make(photos: Sequence[Photo], recipe: Recipe, cache: Path, workers: int = 2) -> list[Keypoints]:
    """Return the keypoints of every photo, in order."""
    work = partial(_work, recipe=recipe, cache=cache)
    if workers == 1:
        return [work(photo) for photo in photos]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
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
    chip = prepared(photo, digest, recipe, cache)
    if recipe.background and chip.mask is not None:
        chip = replace(chip, mask=1 - chip.mask)
    (made,) = _embedder(json.dumps(dict(recipe.sift))).embed([chip])
    assert isinstance(made, Keypoints)
    return made


def prepared(photo: Photo, digest: str, recipe: Recipe, cache: Path) -> Chip:
    """Return a photo's chip; where the animal is found is kept on disk."""
    chip: Chip | SetAside = Chip(open_photo(photo.path), side=photo.side)
    for name, options in recipe.steps:
        assert isinstance(chip, Chip)
        if name == "background" and chip.mask is None and options.get("method") != "centre":
            chip = replace(chip, mask=_mask(chip, digest, options, recipe.network, cache))
        chip = _built(name, json.dumps(_without_network(options)), None).apply(chip)
    assert isinstance(chip, Chip)
    return chip


def _without_network(options: Mapping[str, object]) -> dict[str, object]:
    """Return options of `background` that ask for no network, as the mask is there already."""
    if options.get("method") != "model":
        return dict(options)
    return {name: value for name, value in options.items() if name not in ("method", "network")}


@lru_cache(8)
def _built(name: str, options: str, network: Path | None) -> Preprocessor:
    record, context = STEPS[name], Context(weights=lambda: network) if network else Context()
    return record.build(record.options.model_validate_json(options), context)


def _embedder(options: str) -> Embedder:
    return SIFT.build(SIFT.options.model_validate_json(options), Context())


def _mask(
    chip: Chip, digest: str, options: Mapping[str, object], network: Path | None, cache: Path
) -> Mask:
    """Return what `background` finds; kept on disk, because GrabCut takes longest of all."""
    kept = {name: options[name] for name in ("method", "size", "network") if name in options}
    if kept.get("method") == "model" and network is not None:
        kept["weights"] = sha256(network)
    key = hashlib.sha256(f"{digest} {chip.size} {sorted(kept.items())}".encode()).hexdigest()
    path = cache / "masks" / f"{key}.png"
    if not path.exists():
        asked = {name: value for name, value in kept.items() if name != "weights"}
        step = _built("background", json.dumps({**asked, "tighten": False}), network)
        done = step.apply(chip)
        assert isinstance(done, Chip)
        assert done.mask is not None
        with replacing(path, sync=False) as file:
            Image.fromarray(np.rint(done.mask * 255).astype(np.uint8)).save(file, format="PNG")
    with Image.open(path) as image:
        return np.asarray(image, np.float32) / np.float32(255)

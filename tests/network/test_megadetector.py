"""The true weights of MegaDetector, downloaded, on photos whose boxes are published.

Needs a Python with PyTorch-Wildlife (FIELDMARK_MEGADETECTOR_PYTHON) and the folder of sample
photos (FIELDMARK_DATA, with `CameraTrapSamples`). The boxes are those that SpeciesNet's own tests
expect of MDv5a (github.com/google/cameratrapai, speciesnet/detector_test.py, Apache-2.0); the
samples are smaller copies of the same photos, so boxes agree but for some pixels.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from fieldmark.components import Context
from fieldmark.images import open_photo
from fieldmark.types import Box, Detection
from fieldmark_megadetector.detector import MegaDetector
from fieldmark_megadetector.options import PYTHON, MegaDetectorOptions
from fieldmark_registry.cards import Cards
from fieldmark_registry.hub import Hub
from fieldmark_registry.pull import plan, pull
from fieldmark_registry.weights import Shelf
from network.place import CACHE, cards_folder

pytestmark = pytest.mark.network

DATA = Path(os.environ.get("FIELDMARK_DATA", Path(__file__).parents[3] / "shared" / "data"))
PHOTOS = DATA / "CameraTrapSamples" / "images"
TESTED = ("MDV6-mit-yolov9-c", "MDV6-apa-rtdetr-c", "MDV6-yolov10-c", "MDV5a")

PUBLISHED = {
    "african_elephants": [
        ("animal", Box(0.3403, 0.4433, 0.08349, 0.09114)),
        ("animal", Box(0.854, 0.4785, 0.08593, 0.08268)),
        ("animal", Box(0.9418, 0.4674, 0.0581, 0.1673)),
        ("animal", Box(0.8291, 0.511, 0.1044, 0.1106)),
        ("animal", Box(0.5644, 0.4218, 0.08496, 0.1673)),
        ("animal", Box(0.7041, 0.4765, 0.1108, 0.125)),
    ],
    "american_black_bear": [("animal", Box(0.4331, 0.4283, 0.3232, 0.3222))],
    "domestic_dog": [("animal", Box(0.2377, 0.08398, 0.5161, 0.6497))],
    "ocelot": [("animal", Box(0.0478, 0.5548, 0.521, 0.2743))],
    "vehicle": [("vehicle", Box(0.0, 0.02083, 1.0, 0.6816))],
    "blank2": [],
    "blank3": [],
}
"""Every box of MDv5a above 0.2."""
LARGE = ("american_black_bear", "domestic_dog", "ocelot", "vehicle")
"""Photos in which every variant must see what there is; the elephants are small."""


def fetched(version: str, folder: Path) -> Path:
    """Return the weights of a variant as its card names them, downloaded and pinned once."""
    known = Cards([folder / "models", cards_folder()])
    shelf = Shelf(Hub(cache=folder / "hub", token=False), folder, known)
    return pull(shelf, plan(shelf, version.lower()))


@pytest.fixture(scope="module", params=TESTED)
def found(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, list[Detection]]]]:
    """Return the version and what it sees in each photo."""
    if not PHOTOS.is_dir():
        pytest.skip(f"no photos in {PHOTOS}; set FIELDMARK_DATA")
    if not os.environ.get(PYTHON) and find_spec("PytorchWildlife") is None:
        pytest.skip(f"PyTorch-Wildlife is not installed; a Python that has it: {PYTHON}=…")
    folder = Path(os.environ.get(CACHE) or tmp_path_factory.mktemp("weights")) / "megadetector"
    weights = fetched(request.param, folder)
    options = MegaDetectorOptions(version=request.param)
    detector = MegaDetector(options, Context(weights=lambda: weights))
    files = [PHOTOS / "speciesnet_test_data" / f"{name}.jpg" for name in PUBLISHED]
    seen = detector.detect([open_photo(file) for file in files])
    yield request.param, dict(zip(PUBLISHED, seen, strict=True))
    detector.close()


def shared(one: Box, other: Box) -> float:
    """Return the area of both boxes by the area of either."""
    wide = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    high = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    both = max(wide, 0.0) * max(high, 0.0)
    return both / (one.w * one.h + other.w * other.h - both)


def test_what_is_published_is_seen(found: tuple[str, dict[str, list[Detection]]]) -> None:
    """Each published box has one of the same label that overlaps it by more than half."""
    version, seen = found
    for name, boxes in PUBLISHED.items():
        if version != "MDV5a" and name not in LARGE:
            continue
        for label, box in boxes:
            same = [shared(each.box, box) for each in seen[name] if each.label == label]
            assert max(same, default=0.0) > 0.5, f"{version} does not see the {label} of {name}"


def test_nothing_is_seen_where_nothing_is(found: tuple[str, dict[str, list[Detection]]]) -> None:
    """Photos that are published as empty show no animal of which the network is sure."""
    version, seen = found
    for name in ("blank2", "blank3"):
        assert all(each.score < 0.6 for each in seen[name]), f"{version} sees something in {name}"

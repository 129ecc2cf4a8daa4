"""From photos to boxes with labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.components import Context
from fieldmark.errors import UserError
from fieldmark.types import Box, Detection, Floats, Pixels
from fieldmark_yolox import YOLOX
from fieldmark_yolox.coco import CLASSES
from fieldmark_yolox.decoding import Grid
from fieldmark_yolox.detector import Yolox, load_detector
from fieldmark_yolox.settings import YoloxOptions
from support.tinyx import red_square, tiny_yolox, written


def _load(weights: Path, **options: Any) -> Yolox:
    given_options = YoloxOptions.model_validate(options)
    return load_detector(given_options, Context(weights=lambda: weights))


class _Says:
    """A network of 64 × 64 pixels whose rows are given."""

    size, classes = (64, 64), 80

    def __init__(self, rows: Floats) -> None:
        self._rows = rows

    def rows(self, _blob: Floats) -> Floats:
        return self._rows


def _rows(*seen: tuple[int, str, float]) -> Floats:
    """Return rows in which some cells (counted from the end) see a class with a score."""
    rows = np.zeros((len(Grid.of(64, 64)), 85), np.float32)
    for cell, name, score in seen:
        rows[-cell, :5] = 0.5, 0.5, 0, 0, 1
        rows[-cell, 5 + CLASSES.index(name)] = score
    return rows


def _told(rows: Floats, **options: Any) -> list[Detection]:
    photo = np.zeros((64, 64, 3), np.uint8)
    return Yolox(_Says(rows), YoloxOptions.model_validate(options)).detect([photo])[0]


def test_red_is_one_zebra(tiny: Path) -> None:
    """A box lies where the animal is; one that also looks like a horse is one animal."""
    photos = [red_square(256, 256, 64, 128, 64), red_square(128, 256, 64, 128, 64)]
    first, second = _load(tiny).detect(photos)
    assert [(d.label, d.box) for d in first] == [("animal", Box(0.5, 0.25, 0.25, 0.25))]
    assert [(d.label, d.box) for d in second] == [("animal", Box(0.5, 0.5, 0.25, 0.5))]


def test_colours_are_not_swapped(tiny: Path) -> None:
    """Photos are red, green, blue: what is blue is a person to this network, and no zebra."""
    blue = red_square(256, 256, 64, 128, 64)[:, :, ::-1]
    assert [d.label for d in _load(tiny).detect([blue])[0]] == ["person"]


def test_grey_is_nothing(tiny: Path) -> None:
    """An empty scene has no boxes, whatever its light."""
    detector = _load(tiny)
    assert detector.detect([np.full((90, 120, 3), v, np.uint8) for v in (0, 114, 255)]) == [[]] * 3


def test_classes_of_another_network(tmp_path: Path) -> None:
    """A network of three classes is told what they are, by number."""
    weights = written(tmp_path, tiny_yolox(classes=3))
    with pytest.raises(UserError, match="tell 3 classes apart and not the 80 of COCO"):
        _load(weights)
    blue = red_square(128, 128, 32, 64, 32)[:, :, ::-1]
    (found,) = _load(weights, classes={0: "ranger"}).detect([blue])
    assert [d.label for d in found] == ["ranger"]


def test_one_animal_of_two_classes_is_one() -> None:
    """Boxes of one label that overlap are one; those of two labels are two."""
    rows = _rows((1, "zebra", 0.9))
    rows[-2] = rows[-1]
    rows[-2, 0] += 1  # the cell to the left, moved onto the same place
    rows[-2, 5:] = 0
    rows[-2, 5 + CLASSES.index("horse")] = 0.8
    assert [(d.label, round(d.score, 3)) for d in _told(rows)] == [("animal", 0.9)]
    rows[-2, 5:] = 0
    rows[-2, 5 + CLASSES.index("person")] = 0.8
    assert [d.label for d in _told(rows)] == ["animal", "person"]


def test_thresholds_are_of_labels() -> None:
    """A box counts from its label's threshold on; furniture never does."""
    rows = _rows((1, "zebra", 0.3), (2, "person", 0.3), (3, "car", 0.3), (4, "chair", 0.99))
    assert [d.label for d in _told(rows)] == ["animal", "person", "vehicle"]
    assert _told(rows, confidence=0.31) == []
    assert [d.label for d in _told(rows, confidence=0.31, thresholds={"person": 0.1})] == ["person"]


def test_the_best_class_decides() -> None:
    """A cell that sees a chair rather than a dog sees no animal."""
    rows = _rows((1, "chair", 0.9))
    rows[-1, 5 + CLASSES.index("dog")] = 0.8
    assert _told(rows) == []


def test_numbers_that_are_none_are_no_detection() -> None:
    """A network that says NaN or infinity for a cell sees nothing there."""
    for column in (0, 2, 4, 5):
        for broken in (np.nan, np.inf):
            rows = _rows((1, "zebra", 0.9), (4, "zebra", 0.8))
            rows[-1, column] = broken
            assert [round(d.score, 3) for d in _told(rows)] == [0.8]


def test_boxes_in_the_margin_are_no_detection() -> None:
    """What is seen only in the grey beside the photo is dropped; the photo is wide here."""
    rows = _rows((1, "zebra", 0.9), (4, "zebra", 0.8))  # the lower right and the upper left corner
    wide = np.zeros((16, 64, 3), np.uint8)
    (found,) = Yolox(_Says(rows), YoloxOptions()).detect([wide])
    assert [(round(d.score, 3), d.box) for d in found] == [(0.8, Box(0, 0, 0.5, 1))]


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    spread=st.sampled_from([0.1, 1.0, 5.0]),
)
def test_every_box_is_within_the_photo(seed: int, shape: tuple[int, int], spread: float) -> None:
    """Whatever the network says and the photo measures, boxes are within it and best come first."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, spread, (84, 85)).astype(np.float32)
    rows[:, 4:] = rng.random((84, 81))
    detector = Yolox(_Says(rows), YoloxOptions())
    (found,) = detector.detect([np.zeros((*shape, 3), np.uint8)])
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    for each in found:
        assert each.box.x + each.box.w <= 1 + 1e-6
        assert each.box.y + each.box.h <= 1 + 1e-6
        assert each.score >= 0.25


def test_photos_may_be_decoded_smaller(tiny: Path) -> None:
    """Twice the network's side is enough of a photo."""
    assert _load(tiny).longest == 256
    assert _load(tiny, size=96).longest == 192


def test_weights_are_needed() -> None:
    """Without weights and without `untrained`, the user is told so."""
    with pytest.raises(UserError, match="needs weights and the profile names none"):
        YOLOX.build(YoloxOptions(), Context())


def _coat(height: int, width: int) -> Pixels:
    rng = np.random.default_rng(7)
    return rng.integers(0, 255, (height, width, 3)).astype(np.uint8)


def test_real_weights_agree_with_another_runtime(real: Path) -> None:
    """YOLOX-nano gives the same numbers in OpenCV and in ONNX Runtime."""
    runtime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    from fieldmark_yolox.letterbox import letter  # noqa: PLC0415
    from fieldmark_yolox.network import OnnxNetwork  # noqa: PLC0415

    network = OnnxNetwork(real, None)
    assert (network.size, network.classes) == ((416, 416), 80)
    blob = letter(_coat(300, 500), network.size).blob
    session = runtime.InferenceSession(real, providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {session.get_inputs()[0].name: blob})
    np.testing.assert_allclose(network.rows(blob), expected[0], atol=1e-3)


def test_real_weights_find_nothing_in_noise(real: Path) -> None:
    """YOLOX-nano sees no animal in noise and in the dark, at its own size and at another."""
    for size in (None, 320):
        detector = _load(real, size=size)
        assert detector.detect([_coat(300, 500), np.zeros((480, 640, 3), np.uint8)]) == [[], []]

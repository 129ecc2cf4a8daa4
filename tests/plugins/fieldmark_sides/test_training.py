"""Training the classifier of sides."""

from dataclasses import replace
from pathlib import Path

import pytest

from fieldmark.errors import UserError
from fieldmark.training import TrainingContext, TrainingData
from fieldmark.types import Side
from fieldmark_deep.storage import read_config
from fieldmark_sides.settings import SideSettings
from fieldmark_sides.training import preview, run
from support.flanks import SETTINGS, data, train


def test_the_weights_say_what_they_know(sides: Path) -> None:
    """Classes, measurements and calibration lie in the one file of weights."""
    record = read_config(sides)["record"]
    assert record["classes"] == ["left", "right"]
    assert record["measured"]["new individuals macro"] == 1.0
    found = record["calibration"]
    assert 8 <= found["photos"] <= 40
    assert 0 < found["temperature"] < 51
    assert 0 <= found["threshold"] <= 1
    assert found["target"] == 0.2


def test_a_training_repeats_to_the_byte(tmp_path: Path) -> None:
    """Calibration and all; and one that is over stays as it was when it is resumed."""
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    one, two = train(first, 1).read_bytes(), train(second, 1).read_bytes()
    assert one == two
    settings = SideSettings.model_validate({**SETTINGS, "epochs": 1})
    record = {"component": "side", "preprocess": []}
    again = TrainingContext(first, record, device="cpu", resume=True)
    assert run(settings, data(first), again).weights.read_bytes() == one


def test_nothing_is_calibrated_on_what_was_learnt(tmp_path: Path) -> None:
    """A preview counts the batches of what is left when the calibration has its share."""
    settings = SideSettings.model_validate({**SETTINGS, "epochs": 1, "calibration": 0.5})
    told = preview(settings, data(tmp_path), TrainingContext(tmp_path, {}, device="cpu"))
    assert told.batches == 5


def test_photos_of_one_side_teach_nothing(tmp_path: Path) -> None:
    """The sides are counted in the message."""
    settings = SideSettings.model_validate({**SETTINGS, "epochs": 1})
    given = data(tmp_path)
    lefts = tuple(s for s in given.train if s.side is Side.LEFT)
    context = TrainingContext(tmp_path, {}, device="cpu")
    with pytest.raises(UserError, match="the training photos show 1 sides, and at least 2"):
        run(settings, replace(given, train=lefts), context)


def test_too_few_photos_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    """What cannot be calibrated is not trained."""
    settings = SideSettings.model_validate({**SETTINGS, "calibration_least": 1000})
    given = data(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UserError, match="and 1000 are needed"):
        run(settings, TrainingData(given.train, (), given.load), TrainingContext(out, {}))
    assert not list(out.iterdir())

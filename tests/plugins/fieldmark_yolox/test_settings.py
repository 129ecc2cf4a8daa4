"""The options of `yolox`: which classes, which labels, which thresholds."""

from typing import Any

import pytest
from pydantic import ValidationError

from fieldmark.components import fingerprint
from fieldmark.errors import UserError
from fieldmark_yolox import YOLOX
from fieldmark_yolox.coco import ANIMALS, CLASSES
from fieldmark_yolox.settings import YoloxOptions, labels_of


def test_coco_is_sorted_into_three_labels() -> None:
    """Ten animals, people and six kinds of vehicles have a label; everything else is dropped."""
    labels = labels_of(YoloxOptions().classes, 80)
    named = dict(zip(CLASSES, labels, strict=True))
    assert ANIMALS[0] == "bird"
    assert ANIMALS[-1] == "giraffe"
    assert {named[name] for name in ANIMALS} == {"animal"}
    assert named["person"] == "person"
    assert sorted(name for name in CLASSES if named[name] == "vehicle") == [
        "bicycle", "bus", "car", "motorcycle", "train", "truck",
    ]  # fmt: skip
    assert (labels.count(None), len(set(CLASSES))) == (63, 80)


def test_classes_by_number() -> None:
    """Networks of other classes are told by number, with or without quotes."""
    options = YoloxOptions.model_validate({"classes": {0: "animal", "2": "tag"}})
    assert labels_of(options.classes, 3) == ("animal", None, "tag")


@pytest.mark.parametrize(
    ("classes", "count", "words"),
    [
        ({"zebra": "animal"}, 3, "write their numbers, as in the option classes: {0: animal}"),
        ({"3": "animal"}, 3, "with the numbers 0 to 2; there is no 3"),
    ],
)
def test_classes_that_the_network_has_not(classes: dict[str, str], count: int, words: str) -> None:
    """A class that the network cannot tell is refused with what it can."""
    with pytest.raises(UserError, match=words.replace("{", r"\{")):
        labels_of(classes, count)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"classes": {"zebras": "animal"}}, "did you mean 'zebra'?"),
        ({"classes": {"zebra": "Animal"}}, "should match pattern"),
        ({"classes": {}}, "at least 1"),
        ({"classes": "zebra"}, "valid dictionary"),
        ({"thresholds": {"animals": 0.5}}, "did you mean 'animal'?"),
        ({"thresholds": {"animal": 1.5}}, "less than or equal to 1"),
        ({"size": 400}, "multiple of 32"),
    ],
)
def test_mistakes_in_options(given: dict[str, Any], words: str) -> None:
    """A mistake in the options is refused, with the nearest word where one is misspelt."""
    with pytest.raises(ValidationError) as caught:
        YoloxOptions.model_validate(given)
    assert words in str(caught.value)


def test_thresholds_by_label() -> None:
    """A label has its own threshold, or that of all."""
    options = YoloxOptions(confidence=0.4, thresholds={"person": 0.1})
    assert options.threshold("person") == 0.1
    assert options.threshold("animal") == 0.4


def test_options_change_the_fingerprint() -> None:
    """What is found with other options is not mistaken for the same."""
    plain, fewer = YoloxOptions(), YoloxOptions(classes={"zebra": "animal"})
    assert fingerprint(YOLOX, plain) != fingerprint(YOLOX, fewer)
    assert fingerprint(YOLOX, plain) == fingerprint(YOLOX, YoloxOptions())

"""What a network learns to tell apart."""

from pathlib import Path
from typing import ClassVar

import pytest

from fieldmark.errors import UserError
from fieldmark.training import Label, Sample
from fieldmark.types import Side
from fieldmark_deep.settings import CrossEntropy, Settings
from fieldmark_deep.training.labels import Labels

SAMPLES = [
    Sample(Path("1.jpg"), "tiger/b", "tiger"),
    Sample(Path("2.jpg"), "nyala/a", "nyala"),
    Sample(Path("3.jpg"), "tiger/b", "tiger"),
    Sample(Path("4.jpg"), "tiger/a", "tiger"),
]


def test_individuals_are_classes() -> None:
    """Individuals are numbered in order of their names, over all species."""
    made = Labels.of(SAMPLES, Settings())
    assert made == Labels(("nyala/a", "tiger/a", "tiger/b"), (2, 0, 2, 1), (1, 1, 2))


def test_a_classifier_learns_species() -> None:
    """For a classifier the classes are the species."""
    made = Labels.of(SAMPLES, Settings(loss=CrossEntropy()))
    assert made == Labels(("nyala", "tiger"), (1, 0, 1, 1), (1, 3))


def test_a_classifier_of_sides_learns_sides() -> None:
    """What a classifier tells apart is said by the class of its settings."""

    class Sided(Settings):
        classes: ClassVar[Label] = "side"

    sides = [Side.RIGHT, Side.LEFT, Side.RIGHT]
    samples = [Sample(Path("1.jpg"), "x/1", "x", side=side) for side in sides]
    made = Labels.of(samples, Sided(loss=CrossEntropy()))
    assert made == Labels(("left", "right"), (1, 0, 1), (1, 2))
    assert Sided().label == "individual"


def test_stray_spelling_is_not_merged() -> None:
    """Names that differ in case or spaces are different classes."""
    stray = [Sample(Path(f"{n}.jpg"), name, "x") for n, name in enumerate(("x/A", "x/a", "x/a "))]
    assert len(Labels.of(stray, Settings()).names) == 3


@pytest.mark.parametrize(("samples", "count"), [(SAMPLES[:1], 1), ([], 0)])
def test_one_class_is_nothing_to_learn(samples: list[Sample], count: int) -> None:
    """Fewer than two classes are refused, with how many there are."""
    with pytest.raises(UserError, match=f"show {count} individuals, and at least 2"):
        Labels.of(samples, Settings())
    with pytest.raises(UserError, match=f"show {count} species"):
        Labels.of(samples, Settings(loss=CrossEntropy()))

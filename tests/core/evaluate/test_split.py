"""What a split forbids to compare."""

import numpy as np

from fieldmark.evaluate.animals import Animals
from fieldmark.evaluate.split import Split
from fieldmark.rules import SideRule
from fieldmark.types import Side
from support.herd import Seen, animals


def compared(data: Animals, query: int, **how: object) -> list[int]:
    """Return which annotations the query is compared with, where all ask all."""
    every = np.array([row.id for row in data.rows], np.int64)
    split = Split("test", None, every, every, **how)  # type: ignore[arg-type]
    weights = split.rules(data, SideRule()).weights(query, every)
    return [int(number) for number in every[weights > 0]]


def test_own_encounter_and_other_flank_are_not_compared() -> None:
    """A photo without an encounter is its own; with encounters kept, the own photo alone goes."""
    data = animals([
        Seen("a", "1.jpg", "v"), Seen("b", "2.jpg", "v"), Seen("a", "3.jpg"),
        Seen("a", "4.jpg", side=Side.RIGHT), Seen("c", "5.jpg", "w", side=Side.UNKNOWN),
    ])  # fmt: skip
    assert compared(data, 1) == [3, 5]
    assert compared(data, 3) == [1, 2, 5]
    assert compared(data, 1, encounters="kept") == [2, 3, 5]


def test_repeated_pictures_are_not_compared() -> None:
    """The same file never; a near-duplicate not where encounters are removed."""
    data = animals([
        Seen("a", "1.jpg", sha256="s", phash=0), Seen("a", "2.jpg", sha256="s", phash=2**63),
        Seen("a", "3.jpg", phash=0b1111), Seen("b", "4.jpg", phash=0b11111 << 20),
    ])  # fmt: skip
    assert compared(data, 1) == [4]
    assert compared(data, 1, encounters="kept") == [3, 4]


def test_who_else_is_in_a_photo_does_not_help() -> None:
    """Neighbours are not compared, but the neighbour's name forbids no candidate."""
    data = animals([Seen("a", "1.jpg"), Seen("b", "1.jpg"), Seen("b", "2.jpg"), Seen("a", "3.jpg")])
    assert compared(data, 1) == [3, 4]


def test_neighbouring_frames_of_one_camera_are_left_out() -> None:
    """As in the ATRW evaluation: same individual, same camera, at most three frames apart."""
    data = animals([
        Seen("a", "1.jpg", camera="1", frame=10), Seen("a", "2.jpg", camera="1", frame=13),
        Seen("a", "3.jpg", camera="1", frame=14), Seen("a", "4.jpg", camera="2", frame=10),
        Seen("b", "5.jpg", camera="1", frame=11), Seen("a", "6.jpg", camera="1"),
    ])  # fmt: skip
    assert compared(data, 1, encounters="kept", frames=3) == [3, 4, 5, 6]


def test_individuals_are_those_of_the_data() -> None:
    """The rules number them as the animals do."""
    data = animals([Seen("b", "1.jpg"), Seen("a", "2.jpg"), Seen("b", "3.jpg")])
    every = np.array([1, 2, 3], np.int64)
    rules = Split("test", None, every, every).rules(data, SideRule())
    assert rules.individuals(every).tolist() == [2, 1, 2]

"""Who is found, in which order, under which rules."""

from pathlib import Path

import numpy as np
import pytest

from fieldmark.errors import UserError
from fieldmark.testing.galleries import OpenRules, featureless
from fieldmark.types import Explanation, FeatureKind, Query, Vector
from fieldmark_nearest import NearestOptions
from fieldmark_nearest.index import FILE, Nearest, NearestIndex


def unit(degrees: float) -> Vector:
    """Return a vector of length 1 in a direction of the plane."""
    turn = np.radians(degrees)
    return Vector(np.array([np.cos(turn), np.sin(turn)], np.float32))


def index(photos: dict[int, float], **options: object) -> NearestIndex:
    """Return an index over directions in the plane, by annotation."""
    made = Nearest(NearestOptions.model_validate(options)).index()
    made.add(list(photos), [unit(degrees) for degrees in photos.values()])
    return made


def found(
    made: NearestIndex, rules: OpenRules, k: int = 10, degrees: float = 0
) -> list[tuple[int, float, tuple[int, ...]]]:
    """Return who is found for one direction."""
    (candidates,) = made.search([Query(99, unit(degrees))], k, rules)
    return [(c.individual, round(c.score, 5), c.annotations) for c in candidates]


NAMED = OpenRules(named={1: 7, 2: 7, 3: 8})


def test_an_individual_is_as_like_as_its_likest_photo() -> None:
    """Of 90° and 60° the smaller angle counts, and its photo comes first: (1 + 1/2) / 2."""
    made = index({1: 90, 2: 60, 3: 90})
    assert found(made, NAMED) == [(7, 0.75, (2, 1)), (8, 0.5, (3,))]


def test_the_mean_of_the_best_can_be_asked_for() -> None:
    """With top 2, 0.75 and 0.5 make 0.625; who has one photo is averaged over that one."""
    made = index({1: 90, 2: 60, 3: 90}, top=2)
    assert found(made, NAMED) == [(7, 0.625, (2, 1)), (8, 0.5, (3,))]


def test_a_weight_multiplies_the_score() -> None:
    """A photo of weight 1/2 counts half, so that another animal may come before it."""
    rules = OpenRules({2: 0.5}, NAMED.named)
    made = index({2: 60, 3: 90})
    assert found(made, rules) == [(8, 0.5, (3,)), (7, 0.375, (2,))]


def test_ties_go_to_the_lower_number() -> None:
    """Equal photos come in the order of the individuals, however they were added."""
    made = index({5: 10, 4: 10, 6: 10})
    named = OpenRules(named={4: 30, 5: 20, 6: 10})
    assert [each[0] for each in found(made, named)] == [10, 20, 30]
    assert [each[0] for each in found(made, named, k=2)] == [10, 20]


def test_zeros_find_nobody_by_direction() -> None:
    """A vector of zeros has no direction: as a query it is silent, in the gallery unseen."""
    made = index({1: 0})
    made.add([2], [Vector(np.zeros(2, np.float32))])
    assert made.search([Query(9, Vector(np.zeros(2, np.float32)))], 5, OpenRules()) == [[]]
    assert [each[2] for each in found(made, OpenRules())] == [(1,)]


def test_the_distance_can_rank() -> None:
    """Under the Euclidean metric the length of a vector counts."""
    made = index({1: 0}, metric="euclidean")
    made.add([2], [Vector(np.array([3, 0], np.float32))])
    rules = OpenRules(named={1: 1, 2: 2})
    assert found(made, rules) == [(1, 1.0, (1,)), (2, 0.33333, (2,))]


def test_another_length_is_refused_in_words() -> None:
    """Vectors of two embedders never meet; what was there stays as it was."""
    made = index({1: 0})
    longer = Vector(np.ones(3, np.float32))
    with pytest.raises(UserError, match=r"got 3 numbers beside 2; make the features of query"):
        made.add([2], [longer])
    with pytest.raises(UserError, match="one length"):
        made.search([Query(9, longer)], 5, OpenRules())
    with pytest.raises(UserError, match="one length"):
        made.add([4, 5], [unit(0), longer])
    assert made.ids.tolist() == [1]


def test_an_emptied_index_takes_another_length() -> None:
    """The length is that of what is in the index, not of what was."""
    made = index({1: 0})
    made.remove([1])
    made.add([2], [Vector(np.ones(3, np.float32))])
    assert made.ids.tolist() == [2]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_no_number_is_refused(value: float) -> None:
    """NaN would be like everything and nothing."""
    with pytest.raises(UserError, match="NaN or infinity"):
        index({}).add([1], [Vector(np.array([value], np.float32))])


def test_keypoints_are_refused() -> None:
    """The sentence says what is taken."""
    with pytest.raises(UserError, match="use an embedder that emits vectors"):
        index({}).add([1], [featureless(FeatureKind.KEYPOINTS)])


def test_an_explanation_has_no_points() -> None:
    """A vector says nothing of places."""
    (shown,) = index({1: 0}).explain(Query(9, unit(0)), [1], OpenRules())
    assert isinstance(shown, Explanation)
    assert len(shown) == 0


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """The archive's checksums cover every vector."""
    index({1: 0, 2: 30}).save(tmp_path)
    content = bytearray((tmp_path / FILE).read_bytes())
    place = content.find(np.float32(unit(30).values[0]).tobytes())
    content[place] ^= 1
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UserError, match="delete it and search again"):
        Nearest(NearestOptions()).load(tmp_path)


def test_brute_force_agrees() -> None:
    """On random vectors the ranking is that of all pairs, one by one."""
    drawn = np.random.default_rng(3).normal(size=(60, 16)).astype(np.float32)
    made = Nearest(NearestOptions(metric="euclidean")).index()
    made.add(range(59), [Vector(row) for row in drawn[:59]])
    rules = OpenRules(named={i: i % 10 for i in range(59)})
    (candidates,) = made.search([Query(99, Vector(drawn[59]))], 10, rules)
    distance = np.linalg.norm(drawn[:59].astype(np.float64) - drawn[59], axis=1)
    least = {who: min(distance[i] for i in range(59) if i % 10 == who) for who in range(10)}
    assert [c.individual for c in candidates] == sorted(least, key=lambda who: least[who])

"""What may be compared with what."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.rules import CatalogueRules, SideRule
from fieldmark.types import Side


@dataclass(frozen=True)
class Row:
    """One annotation."""

    id: int
    photo_id: int = 0
    encounter_id: int | None = None
    individual_id: int | None = None
    side: Side = Side.LEFT


def weights(rows: list[Row], sides: SideRule | None = None, query: int = 1) -> list[float]:
    """Return the weights of all other rows for the query."""
    others = np.array([row.id for row in rows if row.id != query], np.int64)
    rules = CatalogueRules(rows, sides or SideRule())
    return [float(weight) for weight in rules.weights(query, others)]


def test_own_encounter_is_never_compared() -> None:
    """Photos of the query's own encounter have weight 0, others 1."""
    rows = [Row(1, 1, 7), Row(2, 2, 7), Row(3, 3, 8)]
    assert weights(rows) == [0.0, 1.0]


def test_two_animals_of_one_photo_are_never_compared() -> None:
    """Annotations of one photo cannot be the same individual."""
    assert weights([Row(1, 1, 7), Row(2, 1, 8), Row(3, 3, 9)]) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("rule", "weight"),
    [
        (SideRule("incomparable"), 0.0),
        (SideRule("comparable"), 1.0),
        (SideRule("soft", 0.25), 0.25),
    ],
)
def test_the_opposite_side_has_the_weight_of_the_profile(rule: SideRule, weight: float) -> None:
    """The side rule decides what the other flank is worth."""
    rows = [Row(1, 1, 1), Row(2, 2, 2, side=Side.RIGHT), Row(3, 3, 3, side=Side.LEFT)]
    assert weights(rows, rule) == [weight, 1.0]


def test_an_unknown_side_is_compared_with_everything() -> None:
    """A missing label must not make an annotation unmatchable."""
    rows = [Row(1, 1, 1, side=Side.UNKNOWN)]
    rows += [Row(n, n, n, side=side) for n, side in enumerate(Side, start=2)]
    assert weights(rows) == [1.0] * len(Side)


def test_decisions_keep_pairs_apart() -> None:
    """What was decided to be different is not offered again."""
    rows = [Row(1, 1, 1), Row(2, 2, 2), Row(3, 3, 3)]
    rules = CatalogueRules(rows, SideRule(), {1: frozenset({3})})
    assert rules.weights(1, np.array([2, 3])).tolist() == [1.0, 0.0]
    assert rules.weights(2, np.array([1, 3])).tolist() == [1.0, 1.0]


def test_what_a_mate_is_decided_to_be_is_not_offered() -> None:
    """Who stands beside a confirmed animal is never offered any photo of it, nor the reverse."""
    rows = [Row(1, 1, 7), Row(2, 1, 7, 30), Row(3, 2, 8, 30), Row(4, 3, 9, 31), Row(5, 4, 10)]
    assert weights(rows, query=1) == [0.0, 0.0, 1.0, 1.0]
    assert weights(rows, query=3) == [0.0, 1.0, 1.0, 1.0]
    assert weights(rows, query=2) == [0.0, 1.0, 1.0, 1.0]


def test_a_contradiction_keeps_its_candidates() -> None:
    """Two animals of one photo with one name are still compared with its other photos."""
    rows = [Row(1, 1, 7, 30), Row(2, 1, 7, 30), Row(3, 2, 8, 30)]
    assert weights(rows, query=1) == [0.0, 1.0]
    assert weights(rows, query=3) == [1.0, 1.0]


def test_near_duplicates_are_no_evidence() -> None:
    """Photos that repeat one picture are not compared, those that repeat another are."""
    rows = [Row(n, n, n) for n in (1, 2, 3, 4)]
    rules = CatalogueRules(rows, SideRule(), None, {2: 1, 3: 1})
    others = np.array([1, 2, 3, 4])
    assert rules.weights(1, others).tolist() == [0.0, 0.0, 0.0, 1.0]
    assert rules.weights(2, others).tolist() == [0.0, 0.0, 0.0, 1.0]
    assert rules.weights(4, others).tolist() == [1.0, 1.0, 1.0, 0.0]


def test_two_hundred_animals_in_a_photo() -> None:
    """In a crowd of which half are confirmed, the others are offered none of these."""
    crowd = [Row(n, 1, 1, n if n <= 100 else None) for n in range(1, 201)]
    elsewhere = [Row(1000 + n, 1000 + n, 1000 + n, n) for n in range(1, 121)]
    others = np.array([row.id for row in elsewhere])
    rules = CatalogueRules([*crowd, *elsewhere], SideRule())
    assert rules.weights(150, others).tolist() == [0.0] * 100 + [1.0] * 20
    expected = [0.0] * 100 + [1.0] * 20
    expected[6] = 1.0
    assert rules.weights(7, others).tolist() == expected


def test_unnamed_annotations_of_an_encounter_count_as_one_animal() -> None:
    """Within one visit photos are assumed to show one animal, until a photo shows two."""
    rows = [Row(4, 1, 7), Row(5, 2, 7), Row(6, 3, 8), Row(7, 3, 8), Row(8, 4, 9, 30)]
    numbers = CatalogueRules(rows, SideRule()).individuals(np.array([4, 5, 6, 7, 8]))
    assert numbers.tolist() == [-4, -4, -6, -7, 30]


def test_an_annotation_without_an_encounter_stands_alone() -> None:
    """Without an encounter a photo is a visit of its own."""
    rows = [Row(1, 1), Row(2, 2), Row(3, 3)]
    assert CatalogueRules(rows, SideRule()).individuals(np.array([1, 2, 3])).tolist() == [
        -1,
        -2,
        -3,
    ]
    assert weights(rows) == [1.0, 1.0]


def test_an_annotation_that_the_rules_do_not_know_is_refused() -> None:
    """A gallery that is out of step with the catalogue is an error, not a guess."""
    rules = CatalogueRules([Row(1), Row(5)], SideRule())
    with pytest.raises(KeyError, match="3"):
        rules.weights(1, np.array([3, 5]))


@given(
    st.lists(
        st.builds(
            Row,
            id=st.integers(1, 50),
            photo_id=st.integers(1, 20),
            encounter_id=st.none() | st.integers(1, 6),
            individual_id=st.none() | st.integers(1, 5),
            side=st.sampled_from(list(Side)),
        ),
        min_size=2,
        unique_by=lambda row: row.id,
    )
)
def test_weights_are_symmetric(rows: list[Row]) -> None:
    """Whether two may be compared does not depend on which is the query."""
    rules = CatalogueRules(rows, SideRule("soft", 0.5))
    one, two = rows[0].id, rows[1].id
    forth = rules.weights(one, np.array([two]))
    assert forth == rules.weights(two, np.array([one]))
    assert 0.0 <= float(forth[0]) <= 1.0

"""Which photos are decided together, and what is learnt about strangers from known animals."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from fieldmark.api.judging import best_rule, judge, together
from fieldmark.api.proposing import in_visits, visits_of
from fieldmark.catalog import AnnotationRow
from fieldmark.decide.scores import Scores
from fieldmark.decide.strangers import asked_twice


@dataclass(frozen=True)
class Row:
    """The part of an annotation that counts here."""

    id: int
    photo_id: int
    encounter_id: int | None


def rows(*told: tuple[int, int, int | None]) -> dict[int, AnnotationRow]:
    """Return annotations by number."""
    return {each[0]: cast("AnnotationRow", Row(*each)) for each in told}


def test_photos_of_one_encounter_are_one_visit() -> None:
    """Who belongs to no encounter is a visit of his own."""
    known = rows((1, 1, 7), (2, 2, 7), (3, 3, None))
    assert visits_of(known, [1, 2, 3]) == {1: 7, 2: 7, 3: -3}


def test_an_encounter_with_two_animals_in_a_photo_is_not_put_together() -> None:
    """Nobody can say which of its photos show the same animal; other encounters stay whole."""
    known = rows((1, 1, 7), (2, 1, 7), (3, 2, 7), (4, 3, 8), (5, 4, 8))
    assert visits_of(known, [1, 3, 4, 5]) == {1: -1, 3: -3, 4: 8, 5: 8}


def test_no_batch_tears_a_visit() -> None:
    """A batch is as large as asked for, or larger; nobody is left out or asked twice."""
    visits = {1: 7, 2: 8, 3: 7, 4: 9, 5: 8, 6: 7}
    assert list(in_visits([1, 2, 3, 4, 5, 6], visits, 2)) == [[1, 3, 6], [2, 5], [4]]


def table(individuals: int, photos: int, apart: float) -> tuple[Scores, np.ndarray, np.ndarray]:
    """Return probabilities of made-up queries, whose they are, and their visits in pairs."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(1, individuals + 1), photos)
    same = truth[:, None] == np.arange(1, individuals + 1)
    odds = rng.normal(np.where(same, apart, -apart), 1)
    values = (1 / (1 + np.exp(-odds))).astype(np.float32)
    scores = Scores(np.arange(len(truth)), np.arange(1, individuals + 1), values)
    return scores, truth, np.arange(len(truth)) // 2


def without(scores: Scores, truth: np.ndarray) -> Scores:
    """Return the same, with nobody compared with his own individual."""
    own = scores.columns == truth[:, None]
    values = np.where(own, np.float32(np.nan), scores.values)
    return Scores(scores.queries, scores.columns, values)


def test_every_query_is_asked_a_second_time_as_if_it_were_new() -> None:
    """The second time its individual is no column; both times count for the same animal."""
    known, truth, visits = table(6, 4, 3)
    asked = asked_twice(known, without(known, truth), truth, visits)
    first, second = asked.truth[: len(truth)], asked.truth[len(truth) :]
    assert first.tolist() == truth.tolist()
    assert not np.isin(second, known.columns).any()
    assert asked.groups.tolist() == [*truth.tolist(), *truth.tolist()]
    assert len(together(asked, "mean").truth) == len(truth)


def test_two_animals_of_one_encounter_are_two_visits() -> None:
    """What a named photo teaches about visits never mixes individuals."""
    known, truth, _ = table(4, 2, 3)
    asked = asked_twice(known, without(known, truth), truth, np.zeros(len(truth), np.int64))
    assert together(asked, "mean").groups.tolist() == [1, 2, 3, 4, 1, 2, 3, 4]


def test_thresholds_let_few_errors_through_and_never_a_guess() -> None:
    """The clearer the animals differ, the more is decided; never what is less likely than not."""
    shares = []
    for apart in (1.0, 4.0):
        known, truth, visits = table(30, 4, apart)
        asked = asked_twice(known, without(known, truth), truth, visits)
        limits = judge(asked, [0.05]).limits(0.05)
        shares.append(limits.same.decided)
        assert limits.same.threshold is None or limits.same.threshold >= 0.5
        assert limits.same.rate is None or limits.same.rate <= 0.1
    assert shares[0] < shares[1]


def test_more_photos_of_a_visit_decide_more() -> None:
    """Put together by the rule that suits the data, visits are decided more often than photos."""
    known, truth, visits = table(30, 4, 2)
    asked = asked_twice(known, without(known, truth), truth, visits)
    visit = together(asked, best_rule(asked))
    photos, pairs = (judge(each, [0.05]).limits(0.05).same.decided for each in (asked, visit))
    assert pairs > photos

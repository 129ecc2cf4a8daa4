"""A table of scores becomes numbers that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.decide.scores import Scores
from fieldmark.evaluate.measuring import (
    by_individual,
    by_side,
    chance,
    histogram,
    measure,
)
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import Scored, score


@pytest.fixture(scope="module")
def scored(question: Question, prepared: tuple[Prepared, Place]) -> Scored:
    """Return what the colours say."""
    made, place = prepared
    return score(made, question.split, place)


def _perfect(scored: Scored, question: Question) -> Scored:
    right = scored.scores.right(question.truth)
    values = np.where(np.isnan(scored.scores.values), np.nan, right).astype(np.float32)
    return replace(scored, scores=replace(scored.scores, values=values), photos=None)


def test_what_is_always_right_has_the_highest_numbers(question: Question, scored: Scored) -> None:
    """Top-1, MRR and every point of the CMC curve are 1, for every individual and side."""
    perfect = _perfect(scored, question)
    found = measure(question, perfect)
    assert found.metrics["top-1"].value == found.metrics["MRR"].value == 1
    assert set(found.cmc) == {1.0}
    assert {group.top1.value for group in by_individual(question, found)} == {1}
    assert {group.name for group in by_side(question, found)} == {"left"}


def test_only_queries_that_can_be_answered_count(question: Question, scored: Scored) -> None:
    """Right flanks were seen in one visit only, so nobody can be found by them."""
    found = measure(question, scored)
    answerable = question.answerable(scored.scores)
    assert found.metrics["top-1"].n == int(answerable.sum()) < len(question.truth)


def test_chance_is_a_guess_among_who_may_be_compared(question: Question, scored: Scored) -> None:
    """With twelve comparable animals one guess in twelve is right."""
    assert chance(question, scored.scores) == pytest.approx(1 / 12)


def test_every_pair_is_in_the_histogram_once(question: Question, scored: Scored) -> None:
    """Same and different pairs together are all that have a score."""
    found = histogram(question, scored.scores)
    assert found is not None
    total = sum(found.same) + sum(found.different)
    assert total == int(np.isfinite(scored.scores.values).sum())
    right = scored.scores.right(question.truth) & np.isfinite(scored.scores.values)
    assert sum(found.same) == int(right.sum())


def test_nothing_alike_gives_no_histogram(question: Question, scored: Scored) -> None:
    """A pipeline that finds nobody alike has no scores to draw."""
    nothing = np.where(np.isnan(scored.scores.values), np.nan, -np.inf).astype(np.float32)
    empty = Scores(scored.scores.queries, scored.scores.columns, nothing, scored.scores.best)
    assert histogram(question, empty) is None
    assert measure(question, replace(scored, scores=empty)).metrics["top-1"].value < 0.3

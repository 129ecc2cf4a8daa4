"""Candidates become rows of a table, and what was not compared stays apart from what is unlike."""

import numpy as np
import pytest

from fieldmark.components import Rules
from fieldmark.evaluate.asking import by_individual, by_photo
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import build_index
from fieldmark.pipeline.fused import Part


@pytest.fixture(scope="module")
def part(question: Question, prepared: tuple[Prepared, Place]) -> Part:
    """Return the pipeline over the gallery."""
    made, place = prepared
    index = build_index(made, question.split, place)
    return Part("colours", index, made.embedded.keys, place.cache)


@pytest.fixture(scope="module")
def rules(question: Question, prepared: tuple[Prepared, Place]) -> Rules:
    """Return the rules of the split."""
    return question.split.rules(question.animals, prepared[0].recipe.sides)


def test_what_may_not_be_compared_is_nan_and_all_else_is_a_score(
    question: Question, part: Part, rules: Rules
) -> None:
    """A pair is NaN exactly where the rules forbid every photo of the individual."""
    numbers = question.split.queries.tolist()[:8]
    table = by_individual(part, numbers, rules, question.enrolled)
    for row, number in enumerate(numbers):
        allowed = question.split.gallery[rules.weights(number, question.split.gallery) > 0]
        owners = set(rules.individuals(allowed[allowed != number]).tolist())
        seen = set(table.columns[~np.isnan(table.values[row])].tolist())
        assert seen == owners
        assert table.best is not None
        assert set(table.best[row].tolist()) <= {0, *allowed.tolist()}


def test_a_query_without_features_finds_nobody(
    question: Question, part: Part, rules: Rules
) -> None:
    """Where nothing is seen on a photo, its pairs are compared and nothing is alike: −inf."""
    blind = Part(part.name, part.index, {}, part.cache)
    table = by_individual(blind, [1], rules, question.enrolled)
    assert np.isneginf(table.values[0][~np.isnan(table.values[0])]).all()
    assert table.comparable.any()


def test_alone_every_photo_stands_for_itself(question: Question, part: Part, rules: Rules) -> None:
    """The best photo of an individual has the individual's own score."""
    numbers = [1, 2, 3]
    people = by_individual(part, numbers, rules, question.enrolled)
    photos = by_photo(part, numbers, rules, question.split.gallery)
    assert photos.best is None
    for column, individual in enumerate(people.columns):
        mine = photos.values[:, question.owners == individual]
        best = np.where(np.isnan(mine), -np.inf, mine).max(axis=1)
        known = ~np.isnan(people.values[:, column])
        assert np.allclose(best[known], people.values[known, column])

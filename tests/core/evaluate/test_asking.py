"""Candidates become rows of a table, and what was not compared stays apart from what is unlike."""

import numpy as np

from fieldmark.cache import FeatureCache
from fieldmark.evaluate.asking import Alone, Asked
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import build_index
from fieldmark.pipeline.search import read_query
from fieldmark.types import Query


def _queries(prepared: Prepared, place: Place, numbers: list[int]) -> list[Query]:
    cache = FeatureCache(place.cache)
    return [q for n in numbers if (q := read_query(n, prepared.embedded.keys, cache))]


def test_what_may_not_be_compared_is_nan_and_all_else_is_a_score(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """A pair is NaN exactly where the rules forbid every photo of the individual."""
    made, place = prepared
    rules = question.split.rules(question.animals, made.recipe.sides)
    asked = Asked(build_index(made, question.split, place), rules, question.enrolled)
    numbers = question.split.queries.tolist()[:8]
    table = asked.table(numbers, _queries(made, place, numbers))
    for row, number in enumerate(numbers):
        allowed = question.split.gallery[rules.weights(number, question.split.gallery) > 0]
        owners = set(rules.individuals(allowed[allowed != number]).tolist())
        seen = set(table.columns[~np.isnan(table.values[row])].tolist())
        assert seen == owners
        assert table.best is not None
        assert set(table.best[row].tolist()) <= {0, *allowed.tolist()}


def test_a_query_without_features_finds_nobody(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """Where nothing is seen on a photo, its pairs are compared and nothing is alike: −inf."""
    made, place = prepared
    rules = question.split.rules(question.animals, made.recipe.sides)
    asked = Asked(build_index(made, question.split, place), rules, question.enrolled)
    table = asked.table([1], [])
    assert np.isneginf(table.values[0][~np.isnan(table.values[0])]).all()
    assert table.comparable.any()


def test_alone_every_photo_stands_for_itself(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """The best photo of an individual has the individual's own score."""
    made, place = prepared
    rules = question.split.rules(question.animals, made.recipe.sides)
    index, numbers = build_index(made, question.split, place), [1, 2, 3]
    queries = _queries(made, place, numbers)
    people = Asked(index, rules, question.enrolled).table(numbers, queries)
    photos = Asked(index, Alone(rules), question.split.gallery, alone=True).table(numbers, queries)
    assert photos.best is None
    for column, individual in enumerate(people.columns):
        mine = photos.values[:, question.owners == individual]
        best = np.where(np.isnan(mine), -np.inf, mine).max(axis=1)
        known = ~np.isnan(people.values[:, column])
        assert np.allclose(best[known], people.values[known, column])

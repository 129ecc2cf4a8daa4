"""The controls do what they say, and know nothing of the animal."""

from dataclasses import replace

import numpy as np

from fieldmark.evaluate.controls import (
    OtherFlank,
    at_random,
    background_only,
    has_two_flanks,
    majority,
)
from fieldmark.evaluate.question import Question
from fieldmark.pipeline.recipe import Recipe
from fieldmark.plugins import Plugins
from fieldmark.rules import SideRule
from fieldmark.types import Side


def test_the_background_control_hides_the_animal_and_changes_nothing_else(colours: Recipe) -> None:
    """The same embedder and matcher, behind steps that find the animal and paint it over."""
    hidden = background_only(colours, Plugins.installed())
    assert hidden is not None
    assert [step.name for step in hidden.preprocess] == ["background", "paint"]
    assert (hidden.embed, hidden.match) == (colours.embed, colours.match)
    assert hidden.features_fingerprint != colours.features_fingerprint


def test_guessing_needs_nothing(colours: Recipe) -> None:
    """Vectors at random, compared as vectors are."""
    guess = at_random("any", colours.sides, Plugins.installed())
    assert guess is not None
    assert guess.embed.weights is None


def test_the_majority_is_whoever_has_most_photos(question: Question) -> None:
    """A query's score of an individual is the number of its photos that may be compared."""
    rules = question.split.rules(question.animals, SideRule())
    table = majority(question.split, question.animals, rules)
    number = int(question.split.queries[0])
    gallery = question.split.gallery
    allowed = gallery[(rules.weights(number, gallery) > 0) & (gallery != number)]
    owners = rules.individuals(allowed)
    for column, individual in enumerate(table.columns):
        count = int((owners == individual).sum())
        said = table.values[0, column]
        assert said == count if count else np.isnan(said)


def test_the_other_flank_alone_is_compared(question: Question) -> None:
    """What shows the query's own side, or a side nobody knows, weighs nothing."""
    animals = question.animals
    rules = OtherFlank(question.split.rules(animals, SideRule("comparable")), animals)
    query = next(row for row in animals.rows if row.side is Side.LEFT)
    weights = rules.weights(query.id, question.split.gallery)
    compared = question.split.gallery[weights > 0].tolist()
    assert compared
    assert {animals.by_id[number].side for number in compared} == {Side.RIGHT}


def test_flanks_must_both_be_seen(question: Question) -> None:
    """Where nobody was seen from both sides there is no other flank to ask for."""
    animals = question.animals
    assert has_two_flanks(animals)
    one = tuple(replace(row, side=Side.LEFT) for row in animals.rows)
    assert not has_two_flanks(replace(animals, rows=one))

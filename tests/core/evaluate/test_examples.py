"""The examples are those that a person should look at first."""

from dataclasses import replace

import numpy as np

from fieldmark.evaluate.examples import choose
from fieldmark.evaluate.measuring import RANK, measure
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import score


def test_the_surest_mistakes_come_first(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """Wrong first candidates by falling score, each of another animal, never a right one."""
    made, place = prepared
    scored = score(made, question.split, place)
    rank = measure(question, scored).per_query[RANK]
    found = list(choose(question, scored.scores, rank, 3))
    wrong = [each for each in found if each.kind == "wrong"]
    hard = [each for each in found if each.kind == "hard"]
    assert [each.score for each in wrong] == sorted((e.score for e in wrong), reverse=True)
    assert [each.rank for each in hard] == sorted((e.rank for e in hard if e.rank), reverse=True)
    by_id = question.animals.by_id
    for kind in (wrong, hard):
        people = [by_id[each.query].individual_id for each in kind]
        assert len(set(people)) == len(people)
    for each in wrong:
        assert by_id[each.query].individual_id != by_id[each.proposed].individual_id
        assert each.right is not None
        assert by_id[each.right].individual_id == by_id[each.query].individual_id


def test_new_animals_that_were_matched_are_shown(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """A query whose animal is not in the gallery is an example of its own kind."""
    made, place = prepared
    owners = question.owners
    split = replace(question.split, gallery=question.split.gallery[owners != owners[0]])
    asked = Question(question.animals, split)
    scored = score(made, split, place)
    rank = measure(asked, scored).per_query[RANK]
    new = [each for each in choose(asked, scored.scores, rank, 3) if each.kind == "missed new"]
    assert len(new) == 1
    assert new[0].rank is None
    assert np.isfinite(new[0].score)

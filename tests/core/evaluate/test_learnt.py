"""What a comparison learns is said of animals that it was not learnt from."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.evaluate.learnt import Way, bins, decided, learn, metrics
from fieldmark.evaluate.preparing import Place, Prepared
from fieldmark.evaluate.question import Question
from fieldmark.evaluate.scoring import How, Scored, score
from fieldmark.profile import Fusion

WAY = Way(folds=3)


@pytest.fixture(scope="module")
def open_question(question: Question) -> Question:
    """Return the same queries, with a quarter of the animals not in the gallery."""
    kept = question.owners % 4 != 0
    split = replace(question.split, gallery=question.split.gallery[kept])
    return Question(question.animals, split)


@pytest.fixture(scope="module")
def scored(open_question: Question, prepared: tuple[Prepared, Place]) -> Scored:
    """Return what the colours say."""
    made, place = prepared
    return score(made, open_question.split, place, How(photos=False))


def test_a_calibrated_pipeline_says_probabilities(open_question: Question, scored: Scored) -> None:
    """0–1 wherever pairs were compared, and every query's verdict adds up to 1."""
    found = learn(open_question, [scored.scores], None, WAY)
    values = found.probabilities.values
    assert np.array_equal(np.isnan(values), np.isnan(scored.scores.values))
    known = values[~np.isnan(values)]
    assert ((known > 0) & (known < 1)).all()
    total = np.nansum(found.verdicts.probability, axis=1) + found.verdicts.new
    assert np.allclose(total[found.verdicts.decidable], 1, atol=1e-5)


def test_new_animals_are_judged_apart(open_question: Question, scored: Scored) -> None:
    """With animals that nobody enrolled there is an AUROC, and accuracies of known and new."""
    found = dict(metrics(open_question, learn(open_question, [scored.scores], None, WAY)))
    assert {"ECE", "AUROC new", "BAKS", "BAUS", "BAKS-BAUS"} <= set(found)
    assert all(0 <= each.value <= 1 for each in found.values())


def test_a_fusion_holds_one_model_for_each_fold(open_question: Question, scored: Scored) -> None:
    """Two pipelines become one probability; each fold is judged by a model of its own."""
    other = replace(scored.scores, values=-np.abs(scored.scores.values))
    fusion = Fusion(fuse=("one", "two"), shortlist=(4, 8))
    found = learn(open_question, [scored.scores, other], fusion, WAY)
    assert len(found.models) == WAY.folds
    assert {model.length for model in found.models} <= {4, 8}


def test_what_is_decided_is_at_most_everything(open_question: Question, scored: Scored) -> None:
    """One decision for each kind of error, and shares within 0–1; the bins hold the pairs shown."""
    found = learn(open_question, [scored.scores], None, WAY)
    assert [each.kind for each in decided(found)] == ["false-match", "false-new"]
    assert all(0 <= each.decided.value <= 1 for each in decided(found))
    assert sum(each.n for each in bins(open_question, found)) > 0


def test_too_few_animals_are_refused_in_a_sentence(open_question: Question, scored: Scored) -> None:
    """With a handful of queries there is nothing to learn from."""
    few = replace(open_question.split, queries=open_question.split.queries[:4])
    part = replace(
        scored.scores,
        queries=few.queries,
        values=scored.scores.values[:4],
        best=None if scored.scores.best is None else scored.scores.best[:4],
    )
    with pytest.raises(ValueError, match=r"animals|individuals|pairs"):
        learn(Question(open_question.animals, few), [part], None, WAY)


def test_strangers_are_made_where_there_are_none(
    question: Question, prepared: tuple[Prepared, Place]
) -> None:
    """With everybody enrolled each query is asked again without its own individual."""
    made, place = prepared
    scores = score(made, question.split, place, How(photos=False)).scores
    found = learn(question, [scores], None, WAY)
    answerable = int(question.answerable(scores).sum())
    assert len(found.verdicts.queries) == 2 * answerable
    (target,) = found.targets
    assert target.kind == "false-match"
    assert target.decided.n == answerable

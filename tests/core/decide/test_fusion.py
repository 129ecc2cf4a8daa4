"""One probability of several pipelines."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldmark.decide.calibration import fit_calibration
from fieldmark.decide.combining import Combine, Weights
from fieldmark.decide.evidence import Gaps
from fieldmark.decide.folds import individual_folds
from fieldmark.decide.fusion import FusedModel, cross_fitted, fit_fusion
from fieldmark.decide.scores import Scores
from fieldmark.decide.shortlist import places
from fieldmark.types import Ids
from support.matchers import matcher, top1, truth_of

WAYS: tuple[Combine, ...] = ("mean", "logistic", "lightgbm")
TRUTH = truth_of(60, 3)
PARTS = (matcher(TRUTH, 5, 1), matcher(TRUTH, 4, 2))
LENGTHS = (5, 20, 60)


def listed(scores: Scores, first: Scores, length: int) -> NDArray[np.float32]:
    """Return the probabilities on the shortlists, the rest NaN."""
    found = np.full(scores.values.shape, np.nan, np.float32)
    at = places(first, length)
    np.put_along_axis(found, at, np.take_along_axis(scores.values, at, axis=1), axis=1)
    return found


def mean_of_random_pairs(parts: tuple[Scores, ...], truth: Ids, length: int) -> float:
    """Return top-1 of the usual way: calibrations of random pairs, and their mean."""
    rng = np.random.default_rng(0)
    total = np.zeros(parts[0].values.shape)
    for part in parts:
        right = part.right(truth)
        wrong = rng.choice(part.values[~right], right.sum(), replace=False)
        same = np.repeat([True, False], right.sum())
        learnt = fit_calibration(np.append(part.values[right], wrong), same)
        total += learnt.probability(part.values)
    fused = replace(parts[0], values=total.astype(np.float32))
    return top1(replace(fused, values=listed(fused, parts[0], length)), truth)


def trap() -> tuple[tuple[Scores, ...], Ids]:
    """Return a fair matcher, and one that a few individuals of every gallery deceive."""
    truth = truth_of(120, 2)
    fair, deceived = matcher(truth, 5, 11), matcher(truth, 2, 12, hard=6)
    return (fair, deceived), truth


def test_longer_shortlists_do_not_hurt() -> None:
    """The budget trap: the usual mean of calibrations falls as the list grows, this does not."""
    parts, truth = trap()
    usual = [mean_of_random_pairs(parts, truth, length) for length in (2, 120)]
    ours = [top1(cross_fitted(parts, truth, lengths=[n])[0], truth) for n in (2, 20, 120)]
    alone = top1(parts[0], truth)
    assert usual[1] < usual[0] - 0.05 < alone - 0.05
    assert min(ours[1:]) >= ours[0] - 0.01
    assert min(ours) >= alone


@pytest.mark.parametrize("combine", WAYS)
def test_two_are_better_than_one(combine: Combine) -> None:
    """Matchers that err independently are better together, by far."""
    fused, models = cross_fitted(PARTS, TRUTH, None, combine, LENGTHS)
    assert top1(fused, TRUTH) > max(top1(part, TRUTH) for part in PARTS) + 0.05
    assert len(models) == 5


@pytest.mark.parametrize("combine", WAYS)
def test_probabilities_are_right_on_others(combine: Combine) -> None:
    """Among held-out individuals as many pairs are right as was said, within five hundredths."""
    fused, _ = cross_fitted(PARTS, TRUTH, None, combine, [10])
    said = listed(fused, PARTS[0], 10)
    pairs = ~np.isnan(said)
    order = np.argsort(said[pairs])
    same = fused.right(TRUTH)[pairs][order]
    bins = zip(np.array_split(said[pairs][order], 10), np.array_split(same, 10), strict=True)
    gap = [abs(float(p.mean()) - float(s.mean())) for p, s in bins]
    # The mean of two calibrated probabilities is too timid: it says so itself.
    assert np.mean(gap) < (0.05 if combine == "mean" else 0.03)


def test_nobody_teaches_his_own_judge() -> None:
    """What is said of an individual does not change when its own truth does."""
    place = individual_folds(TRUTH, 5, 0)
    fused, models = cross_fitted(PARTS, TRUTH, lengths=[10])
    mine = np.flatnonzero(place == 2)
    told = [replace(part, values=part.values.copy()) for part in PARTS]
    people = np.unique(TRUTH[mine])
    for part in told:
        part.values[np.ix_(np.flatnonzero(place != 2), people - 1)] += 3
    again, others = cross_fitted(told, TRUTH, lengths=[10])
    assert (again.values[mine] == fused.values[mine]).all()
    assert others[2] == models[2]
    assert others[1] != models[1]


def test_what_was_not_looked_at_never_comes_first() -> None:
    """Off the shortlist stays the first pipeline's order, below the first candidate on it."""
    first, second = PARTS
    model = fit_fusion(PARTS, TRUTH, lengths=[2])
    fused = model.apply(PARTS)
    on = listed(fused, first, 2)
    off = np.where(np.isnan(on), fused.values, np.nan)
    assert (np.nanmax(off, axis=1) < np.nanmax(on, axis=1)).all()
    assert (off > 0)[np.isnan(on)].all()
    in_order = np.take_along_axis(off, np.argsort(first.values, axis=1), axis=1)
    assert (np.nan_to_num(np.diff(in_order)) >= 0).all()
    blind = replace(second, values=listed(second, first, 2))
    assert (model.apply((first, blind)).values == fused.values).all()


def test_off_the_shortlist_lie_as_many_right_ones_as_is_said() -> None:
    """The probabilities beyond the list add up to about the right pairs there."""
    first, _ = PARTS
    fused, _ = cross_fitted(PARTS, TRUTH, lengths=[5])
    beyond = np.isnan(listed(fused, first, 5))
    right = (fused.right(TRUTH) & beyond).sum()
    assert right / 1.5 < fused.values[beyond].sum() < 1.5 * right


def test_the_length_that_did_best_is_kept() -> None:
    """Each length is tried on individuals held out; the shortest of the best ones is taken."""
    model = fit_fusion(PARTS, TRUTH, lengths=(1, 5, 20, 500))
    assert [each.length for each in model.reached] == [1, 5, 20, None]
    best = max(each.top1 for each in model.reached)
    assert model.length == next(e.length for e in model.reached if e.top1 == best)
    assert model.reached[0].top1 == pytest.approx(top1(PARTS[0], TRUTH))
    assert best > model.reached[0].top1
    assert {each.asked for each in model.reached} == {len(TRUTH)}


def test_one_pipeline_alone_keeps_its_order() -> None:
    """Calibrating a single pipeline says how sure it is, and sorts nothing anew."""
    (first, _), truth = PARTS, TRUTH
    fused = fit_fusion([first], truth, lengths=[10]).apply([first])
    in_order = np.take_along_axis(fused.values, np.argsort(first.values, axis=1), axis=1)
    assert (np.diff(in_order) >= 0).all()
    assert (np.diff(in_order) > 0).mean() > 0.99
    assert fused.best is first.best


def test_a_clear_lead_is_surer_than_a_narrow_one() -> None:
    """The same score is worth more where no other candidate comes near it."""
    first = PARTS[0]
    model = fit_fusion([first], TRUTH, lengths=[10])
    rows = np.full((2, len(first.columns)), -1.0, np.float32)
    rows[:, 0], rows[1, 1] = 4.0, 3.9
    asked = Scores(np.array([1, 2]), first.columns, rows)
    alone, crowded = model.apply([asked]).values[:, 0]
    assert alone > crowded + 0.1


def test_what_may_not_be_compared_stays_so() -> None:
    """NaN stays NaN; what a later pipeline cannot judge is judged by the others."""
    first, second = (replace(part, values=part.values.copy()) for part in PARTS)
    first.values[:, 3] = np.nan
    second.values[:, 5] = np.nan
    second.values[0, 6] = -np.inf
    fused = fit_fusion((first, second), TRUTH, lengths=None).apply((first, second))
    assert (np.isnan(fused.values) == np.isnan(first.values)).all()


@pytest.mark.parametrize("combine", WAYS)
def test_it_survives_json(combine: Combine) -> None:
    """What was written says what was said before."""
    gaps = Gaps(days=np.ones(PARTS[0].values.shape, np.float32))
    model = fit_fusion(PARTS, TRUTH, gaps, combine, [10])
    read = FusedModel.from_json(json.loads(json.dumps(model.to_json())))
    assert read == model
    assert (read.apply(PARTS, gaps).values == model.apply(PARTS, gaps).values).all()


def test_gaps_are_learnt_from() -> None:
    """Where one individual is seen within days, days speak for a pair; unknown ones do not."""
    rng = np.random.default_rng(3)
    same = PARTS[0].right(TRUTH)
    days = np.where(same, rng.random(same.shape) * 30, rng.random(same.shape) * 3000)
    gaps = Gaps(days=days.astype(np.float32))
    plain, _ = cross_fitted(PARTS, TRUTH, lengths=[10])
    dated, models = cross_fitted(PARTS, TRUTH, gaps, lengths=[10])
    assert top1(dated, TRUTH) > top1(plain, TRUTH)
    learnt = models[0].combiner
    assert isinstance(learnt, Weights)
    assert dict(zip(learnt.names, learnt.weights, strict=True))["days"] < 0


def test_new_ones_are_learnt_from() -> None:
    """Where half of those who ask are in no gallery, the same score says less."""
    first = matcher(TRUTH, 5, 1, columns=30)
    known = TRUTH <= 30
    asked = Scores(first.queries[known], first.columns, first.values[known])
    with_new = fit_fusion([first], TRUTH, lengths=[10]).apply([first])
    without = fit_fusion([asked], TRUTH[known], lengths=[10]).apply([first])
    assert with_new.values.max(axis=1).mean() < without.values.max(axis=1).mean() - 0.05


def test_too_few_animals_are_refused_in_one_sentence() -> None:
    """Three animals are not enough, and the message says what to do."""
    few = truth_of(3, 3)
    with pytest.raises(ValueError, match=r"at least 10 pairs of one animal .*; name more"):
        fit_fusion([matcher(few, 5, 1)], few)
    with pytest.raises(ValueError, match="between 2 and 3 folds"):
        cross_fitted([matcher(few, 5, 1)], few)


def test_scores_of_other_queries_are_refused() -> None:
    """All pipelines must have been asked the same."""
    with pytest.raises(ValueError, match="expected scores of one shape"):
        fit_fusion([PARTS[0], matcher(truth_of(60, 2), 5, 1)], TRUTH)


def test_trees_need_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without LightGBM the message names the extra."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ValueError, match=r"pip install .*fieldmark\[deep\]"):
        fit_fusion(PARTS, TRUTH, None, "lightgbm", [10])

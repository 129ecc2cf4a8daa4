"""Who is it, and is it anybody we know?"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize  # type: ignore[import-untyped]

from fieldmark.decide.scores import Scores
from fieldmark.decide.verdict import SURE, Decider, Floats64, fit_decider
from fieldmark.errors import UserError
from fieldmark.types import Floats, Ids

DECIDER = Decider(1.2, -0.4, 0.3, left_out=False, queries=100, individuals=20)

probabilities = st.one_of(st.just(np.float32(np.nan)), st.floats(0, 1, width=32))
tables = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=probabilities)


def scored(values: Floats | Floats64) -> Scores:
    """Return a table whose individuals are 1, 2 and so on."""
    q, m = values.shape
    return Scores(np.arange(1, q + 1), np.arange(1, m + 1), values.astype(np.float32))


def drawn(seed: int, q: int, m: int, new: float) -> tuple[Scores, Ids, Floats64]:
    """Draw queries from the model itself: slope 1.5, intercept 0.5."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-3, 2.5, (q, m))
    weights = np.exp(1.5 * logits + 0.5)
    shares = np.column_stack([np.full(q, new), weights])
    shares /= shares.sum(axis=1, keepdims=True)
    truth = (shares.cumsum(axis=1) > generator.random((q, 1))).argmax(axis=1)
    truth[truth == 0] = 1000 + np.flatnonzero(truth == 0)
    return scored(1 / (1 + np.exp(-logits))), truth, logits


@settings(max_examples=50)
@given(tables)
def test_sums_to_one(values: Floats) -> None:
    """The probabilities of a query and of "new" sum to 1 wherever anything may be compared."""
    found = DECIDER.verdicts(scored(values))
    comparable = ~np.isnan(values)
    assert np.array_equal(np.isnan(found.probability), np.isnan(values))
    assert np.array_equal(found.decidable, comparable.any(axis=1))
    total = np.nansum(found.probability, axis=1) + found.new
    assert np.allclose(total[found.decidable], 1, atol=1e-5)


@settings(max_examples=50)
@given(tables, st.integers(0, 5), st.integers(0, 4), st.floats(0, 1, width=32))
def test_monotone(values: Floats, row: int, column: int, raised: float) -> None:
    """A likelier pair never makes its own verdict less likely, nor another's or "new" likelier."""
    row, column = row % values.shape[0], column % values.shape[1]
    if np.isnan(values[row, column]):
        return
    higher = values.copy()
    higher[row, column] = max(values[row, column], raised)
    before, after = DECIDER.verdicts(scored(values)), DECIDER.verdicts(scored(higher))
    assert after.probability[row, column] >= before.probability[row, column] - 1e-6
    others = np.delete(after.probability - before.probability, column, axis=1)[row]
    assert not (others > 1e-6).any()
    assert after.new[row] <= before.new[row] + 1e-9


@settings(max_examples=50)
@given(tables, st.permutations(range(5)))
def test_order_of_columns(values: Floats, order: list[int]) -> None:
    """The order of the columns changes no probability."""
    places = [place for place in order if place < values.shape[1]]
    one, other = DECIDER.verdicts(scored(values)), DECIDER.verdicts(scored(values[:, places]))
    assert np.allclose(one.probability[:, places], other.probability, equal_nan=True, atol=1e-6)
    assert np.allclose(one.new, other.new, equal_nan=True)


def test_maximum_likelihood() -> None:
    """The fit finds what a general optimiser finds, and what the data were drawn with."""
    scores, truth, logits = drawn(1, 600, 12, 1.0)
    found = fit_decider(scores, truth)
    right = scores.right(truth)

    def loss(place: Floats64) -> float:
        z = np.column_stack([np.zeros(len(logits)), place[0] * logits + place[1]])
        chosen = np.where(right.any(axis=1), (z[:, 1:] * right).sum(axis=1), 0)
        prior = ((place - [1, 0]) ** 2 / np.array([2.5, 10]) ** 2).sum() / 2
        return float((np.log(np.exp(z).sum(axis=1)) - chosen).sum() + prior)

    best = minimize(loss, [1.0, 0.0], tol=1e-10).x
    assert np.allclose([found.slope, found.intercept], best, atol=1e-3)
    assert np.allclose([found.slope, found.intercept], [1.5, 0.5], atol=0.25)
    assert not found.left_out
    assert found.new_share == pytest.approx(float((truth >= 1000).mean()))


def test_calibrated() -> None:
    """What is declared new with probability p is new in a share p of the cases."""
    fit, truth, _ = drawn(2, 1500, 12, 1.0)
    decider = fit_decider(fit, truth)
    scores, truth, _ = drawn(3, 8000, 12, 1.0)
    said = decider.verdicts(scores).new
    for low in (0.0, 0.2, 0.4):
        inside = (said >= low) & (said < low + 0.2)
        assert abs(said[inside].mean() - (truth >= 1000)[inside].mean()) < 0.05


def surveyed(seed: int, share: float) -> tuple[Scores, Ids]:
    """Draw a survey with a share of new animals; the scores do not know how many there are."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-4, 1.5, (4000, 12))
    truth = generator.integers(1, 13, 4000)
    new = generator.random(4000) < share
    logits[~new, truth[~new] - 1] = generator.normal(0, 2, (~new).sum())
    return scored(1 / (1 + np.exp(-logits))), np.where(new, 1000, truth)


def test_prior_shift() -> None:
    """A fit on few new animals tells how many of many are new, once it is told their share."""
    decider = fit_decider(*surveyed(4, 0.1))
    often, truth = surveyed(5, 0.6)
    share = float((truth == 1000).mean())
    assert abs(decider.verdicts(often, share).new.mean() - share) < 0.03
    assert decider.verdicts(often).new.mean() < share - 0.1


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_wrong_share(share: float) -> None:
    """A share that cannot be is refused in one sentence."""
    with pytest.raises(UserError, match=r"between 0 and 1, not .*, for example 0\.2"):
        DECIDER.verdicts(scored(np.zeros((1, 1))), share)


def test_left_out() -> None:
    """Where nobody is new, every individual is left out of the gallery once, and it is said."""
    scores, truth, _ = drawn(5, 400, 10, 0.0)
    decider = fit_decider(scores, truth)
    assert decider.left_out
    assert decider.new_share == 0.5
    without = np.where(scores.right(truth), np.nan, scores.values).astype(np.float32)
    known, absent = decider.verdicts(scores), decider.verdicts(scored(without))
    assert absent.new.mean() > known.new.mean() + 0.2


def test_only_incomparable_is_no_lesson() -> None:
    """A query whose own individual may not be compared with it changes nothing in the fit."""
    scores, truth, _ = drawn(6, 200, 8, 1.0)
    more = np.concatenate([scores.values, np.full((50, 8), 0.3, np.float32)])
    more[200:, 2] = np.nan
    again = fit_decider(scored(more), np.append(truth, np.full(50, 3)))
    assert again == fit_decider(scores, truth)


def test_perfect_data_stay_finite() -> None:
    """Data that are told apart perfectly give a finite slope."""
    values = np.where(np.eye(20, dtype=bool), 1 - SURE, SURE)
    decider = fit_decider(scored(values), np.arange(1, 21))
    assert 0 < decider.slope < 20
    assert (decider.verdicts(scored(values)).first == np.arange(1, 21)).all()


def test_misleading_scores_say_nothing() -> None:
    """Where likeness speaks against a candidate, the slope is 0 rather than negative."""
    values = np.where(np.eye(20, dtype=bool), 0.01, 0.6)
    assert fit_decider(scored(values), np.arange(1, 21)).slope == 0


def test_nothing_to_learn_from() -> None:
    """Validation data without any known individual are refused in one sentence."""
    with pytest.raises(UserError, match="no photo of the validation data has its individual"):
        fit_decider(scored(np.zeros((2, 2))), np.array([8, 9]))


def test_nobody_to_compare_with() -> None:
    """A query that nobody may be compared with has no verdict, rather than being new."""
    found = DECIDER.verdicts(scored(np.array([[np.nan, np.nan], [0.9, np.nan]])))
    assert found.decidable.tolist() == [False, True]
    assert found.first.tolist() == [0, 1]
    assert np.isnan(found.surest[0])
    empty = DECIDER.verdicts(scored(np.zeros((2, 0))))
    assert not empty.decidable.any()
    assert empty.first.tolist() == [0, 0]
    assert np.isnan(empty.surest).all()


def test_stored() -> None:
    """What is written as JSON comes back equal."""
    assert Decider.from_json(json.loads(json.dumps(DECIDER.to_json()))) == DECIDER

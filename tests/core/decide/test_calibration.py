"""What a score means."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.decide.calibration import MIN_SAME, Calibration, Kind, fit_calibration
from fieldmark.decide.logistic import fit, sigmoid

KINDS: tuple[Kind, ...] = ("isotonic", "logistic")
Drawn = tuple[NDArray[np.float32], NDArray[np.bool_]]


def drawn(seed: int, n: int = 4000) -> tuple[Drawn, NDArray[np.float64]]:
    """Return scores, whether they are right, and how likely that was."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=n)
    truth = sigmoid(2 * scores - 2)
    return (scores.astype(np.float32), rng.random(n) < truth), truth


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_how_likely_it_is(kind: Kind) -> None:
    """On scores whose meaning is known it comes within three hundredths of it, on average."""
    (scores, same), _ = drawn(1)
    (others, _), truth = drawn(2)
    said = fit_calibration(scores, same, kind).probability(others)
    assert np.abs(said - truth).mean() < 0.03


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 50))
def test_it_never_changes_the_order(kind: Kind, seed: int) -> None:
    """A higher score has a higher probability, beyond the scores of the fit, too."""
    (scores, same), _ = drawn(seed, 200)
    calibration = fit_calibration(scores, same, kind)
    asked = np.sort(np.append(scores, np.linspace(-50, 50, 101))).astype(np.float32)
    said = calibration.probability(np.append(np.float32(-np.inf), np.unique(asked)))
    assert (np.diff(said) > 0).all()
    assert said[0] > 0
    assert said[-1] < 1


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_no_surer_than_its_pairs_allow(kind: Kind) -> None:
    """Pairs that a score separates wholly do not make it certain."""
    scores = np.arange(100, dtype=np.float32)
    same = scores >= 80
    said = fit_calibration(scores, same, kind).probability(np.array([-1e6, 1e6]))
    assert 0.25 / 81 < said[0] < 0.02
    assert 0.9 < said[1] < 1 - 0.25 / 21


def test_nothing_alike_is_a_category_of_its_own() -> None:
    """−inf gets the share that such pairs had, not that of the lowest score."""
    scores = np.concatenate([np.full(200, -np.inf), np.linspace(0, 1, 200)]).astype(np.float32)
    same = np.concatenate([np.arange(200) < 10, np.arange(200) > 120])
    said = fit_calibration(scores, same).probability(np.array([-np.inf, np.nan, 1.0]))
    assert said[0] < 0.06
    assert np.isnan(said[1])
    few = fit_calibration(scores, np.concatenate([np.zeros(200, bool), same[200:]]))
    assert few.probability(np.array([-np.inf]))[0] < said[0]


def test_nothing_alike_is_never_likelier_than_something() -> None:
    """Even where the pairs say so, a pair with nothing alike comes last."""
    scores = np.concatenate([np.full(100, -np.inf), np.linspace(0, 1, 100)]).astype(np.float32)
    same = np.concatenate([np.arange(100) < 50, np.arange(100) > 80])
    said = fit_calibration(scores, same).probability(np.array([-np.inf, -5.0]))
    assert said[0] < said[1]


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_pairs_are_refused_in_one_sentence(kind: Kind) -> None:
    """Nine pairs of one animal teach nothing, and the message says how many it takes."""
    scores = np.arange(100, dtype=np.float32)
    with pytest.raises(ValueError, match=f"at least {MIN_SAME} pairs .* got 9 and 91; name more"):
        fit_calibration(scores, scores >= 91, kind)
    assert fit_calibration(scores, scores >= 90, kind).same == 10


def test_pairs_that_were_not_compared_teach_nothing() -> None:
    """NaN is left out of the fit and of its counts."""
    (scores, same), _ = drawn(3, 500)
    gaps = np.append(scores, np.full(50, np.nan, np.float32))
    fitted = fit_calibration(gaps, np.append(same, np.ones(50, bool)))
    assert fitted == fit_calibration(scores, same)
    assert (fitted.n, fitted.same) == (500, same.sum())


@pytest.mark.parametrize("kind", KINDS)
def test_it_survives_json(kind: Kind) -> None:
    """What was written is what is read, to the last digit."""
    (scores, same), _ = drawn(4, 300)
    calibration = fit_calibration(scores, same, kind)
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


def test_the_weights_are_those_of_scikit_learn() -> None:
    """The regression agrees with an independent one, ridge included."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second to import

    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 3))
    y = rng.random(400) < sigmoid(x @ [1.0, 0.5, -1.0] - 1)
    weights, constant = fit(x, y.astype(np.float64), np.zeros(3, bool), strength=2.0)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(x, y)
    np.testing.assert_allclose(weights, theirs.coef_[0], atol=1e-5)
    assert constant == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_what_may_only_speak_for_a_pair_is_never_held_against_it() -> None:
    """A rising feature that would get a negative weight gets none; the others are as without it."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 2))
    y = (rng.random(400) < sigmoid(x @ [1.0, -1.0])).astype(np.float64)
    weights, constant = fit(x, y, np.array([True, True]))
    alone, its = fit(x[:, :1], y, np.array([True]))
    assert weights.tolist() == [pytest.approx(alone[0]), 0.0]
    assert constant == pytest.approx(its)

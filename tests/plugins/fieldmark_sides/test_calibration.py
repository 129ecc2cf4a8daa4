"""How sure the classifier may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import Floats
from fieldmark_deep.classifier import probabilities
from fieldmark_sides.calibration import (
    Calibration,
    calibrate,
    fit_temperature,
    least_probability,
)


def drawn(temperature: float, n: int = 4000) -> tuple[Floats, NDArray[np.int64]]:
    """Return logits of a network that is too sure by a factor, and the true classes."""
    seen = np.random.default_rng(0)
    honest = seen.normal(0, 2, (n, 2)).astype(np.float32)
    true = (seen.random(n) > probabilities(honest)[:, 0]).astype(np.int64)
    return (honest * temperature).astype(np.float32), true


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found(temperature: float) -> None:
    """Logits that are too large, or too small, by a factor are divided by that factor."""
    logits, true = drawn(temperature)
    assert fit_temperature(logits, true) == pytest.approx(temperature, rel=0.1)


def test_a_network_that_is_never_wrong_has_a_finite_temperature() -> None:
    """20 photos, all right, make it 21/22 sure of each: 9 / ln 21, by hand."""
    logits = np.array([[9, 0], [0, 9]] * 10, np.float32)
    found = fit_temperature(logits, np.array([0, 1] * 10))
    assert found == pytest.approx(9 / np.log(21), rel=1e-3)


def test_the_threshold_by_hand() -> None:
    """Of 60 photos the least sure one is wrong: without it (0 + 1) / (59 + 1) is below 2 %."""
    sure = np.linspace(0.99, 0.5, 60)
    right = np.ones(60, np.bool_)
    right[-1] = False
    assert least_probability(sure, right, 0.02) == sure[58]
    assert least_probability(sure, right, 0.04) == sure[59]


def test_few_photos_prove_little() -> None:
    """Ten photos, all right, do not show that fewer than 2 % are wrong: no side is told."""
    assert least_probability(np.full(10, 0.9), np.ones(10, np.bool_), 0.02) == 1.0


def test_equal_probabilities_are_told_together() -> None:
    """Photos with one and the same probability are all told, or none of them is."""
    sure = np.full(100, 0.8)
    right = np.arange(100) < 90
    assert least_probability(sure, right, 0.05) == 1.0
    assert least_probability(sure, right, 0.2) == 0.8


@given(
    st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=80),
    st.floats(0.01, 0.4),
)
def test_the_target_is_kept(photos: list[tuple[float, bool]], target: float) -> None:
    """Among those told at the threshold, the share of wrong ones is the target at most."""
    sure = np.array([p for p, _ in photos])
    right = np.array([r for _, r in photos])
    told = sure >= least_probability(sure, right, target)
    if told.any() and not (sure[told] == 1.0).all():
        assert (~right[told]).mean() <= target


def test_a_calibration_says_what_it_stands_on() -> None:
    """Photos, visits, how many are told and how many of them are wrong; read as it was kept."""
    logits, true = drawn(2.0)
    found = calibrate(logits, true, 700, 0.1, 0.0)
    assert (found.photos, found.visits, found.target) == (4000, 700, 0.1)
    assert 0 < found.wrong <= 0.1 < found.told < 1
    assert Calibration.read(found.record()) == found


def test_the_threshold_never_undercuts_the_floor() -> None:
    """A network that hardly errs on its own kind of photos is silent below it all the same."""
    logits, true = drawn(1.0)
    assert calibrate(logits, true, 700, 0.4, 0.0).threshold < 0.6
    found = calibrate(logits, true, 700, 0.4, 0.9)
    assert found.threshold == 0.9
    cooled = (logits / found.temperature).astype(np.float32)
    shares = probabilities(cooled).max(axis=1)
    assert found.told == pytest.approx((shares >= 0.9).mean())


@pytest.mark.parametrize("record", [None, {}, {"temperature": 1.0}, 3])
def test_weights_without_a_calibration_are_refused(record: object) -> None:
    """A training that was killed before its calibration is finished with --resume."""
    with pytest.raises(UserError, match=r"do not say how sure they may be; .* --resume"):
        Calibration.read(record)

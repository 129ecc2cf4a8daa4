"""Logistic regression in a few lines, so that using and fitting it need no library."""

import numpy as np
from numpy.typing import NDArray

Floats64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEPS = 50
"""Newton's method needs under ten; the rest is for features that nearly separate the classes."""


def sigmoid(log_odds: Floats64) -> Floats64:
    """Return probabilities, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)), np.float64)


def logit(probability: Floats64) -> Floats64:
    """Return log odds of probabilities strictly between 0 and 1."""
    return np.asarray(np.log(probability) - np.log1p(-probability), np.float64)


def fit(
    features: Floats64, same: Floats64, rising: Flags, strength: float = 1.0
) -> tuple[Floats64, float]:
    """Return the weights (k,) and the constant of a ridge logistic regression.

    A weight of `rising` that would be negative is 0, and the others are fitted again without it.

    Args:
        features: (n, k); those of one size are penalised alike, so standardise them.
        same: (n,) 0–1; what is in between counts for both classes.
        rising: (k,) features that may speak for, never against.
        strength: of the ridge: half of it times each squared weight is added to the sum of log
            losses. 1 is a normal prior of variance 1; it matters only where there is little data.
    """
    kept = np.ones(features.shape[1], np.bool_)
    while True:
        solved = _newton(features[:, kept], same, strength)
        weights = np.zeros(len(kept))
        weights[kept] = solved[:-1]
        wrong = rising & (weights < 0)
        if not wrong.any():
            return weights, float(solved[-1])
        kept &= ~wrong


def _newton(features: Floats64, same: Floats64, strength: float) -> Floats64:
    x = np.column_stack([features, np.ones(len(same))])
    # The constant is not held back, but a trace keeps the equations solvable.
    ridge = np.append(np.full(features.shape[1], strength), 1e-9)
    weights = np.zeros(x.shape[1])
    weights[-1] = float(logit(np.clip(same.mean(keepdims=True), 1e-9, 1 - 1e-9))[0])
    loss = _loss(x, same, ridge, weights)
    for _ in range(STEPS):
        p = sigmoid(x @ weights)
        slope = x.T @ (p - same) + ridge * weights
        bend = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights, loss, moved = _towards(x, same, ridge, (weights, step, loss))
        if not moved:
            break
    return weights


def _towards(
    x: Floats64, same: Floats64, ridge: Floats64, now: tuple[Floats64, Floats64, float]
) -> tuple[Floats64, float, bool]:
    """Take the step, halved until the loss falls; say whether it fell by anything to speak of."""
    weights, step, loss = now
    for _ in range(STEPS):
        tried = weights - step
        reached = _loss(x, same, ridge, tried)
        if reached <= loss:
            return tried, reached, loss - reached > 1e-10 * max(loss, 1.0)
        step = step / 2
    return weights, loss, False


def _loss(x: Floats64, same: Floats64, ridge: Floats64, weights: Floats64) -> float:
    log_odds = x @ weights
    fits = np.logaddexp(0, log_odds) - same * log_odds
    return float(fits.sum() + (ridge * weights**2).sum() / 2)

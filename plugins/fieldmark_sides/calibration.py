"""How sure a classifier may be: one temperature, and the probability below which it is silent.

Guo et al., On Calibration of Modern Neural Networks (2017): the logits are divided by one number,
which is fitted on photos that were not learnt from. It changes no order, only how sure the network
is.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldmark.errors import UserError
from fieldmark.types import Floats
from fieldmark_deep.classifier import probabilities

_COLDEST, _HOTTEST = 0.05, 50.0
"""Temperatures that are looked at."""
_GOLDEN = (5**0.5 - 1) / 2
_STEPS = 60


@dataclass(frozen=True)
class Calibration:
    """What was found on photos that were not learnt from.

    Attributes:
        temperature: by which the logits are divided.
        threshold: the least probability with which a side is told; 1: none is.
        target: the share of wrong sides, among those told, that the threshold aims at.
        photos: how many it stands on.
        visits: and of how many visits.
        told: the share of those photos whose side is told.
        wrong: the share of wrong ones among those told.
    """

    temperature: float
    threshold: float
    target: float
    photos: int
    visits: int
    told: float
    wrong: float

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def read(cls, record: object) -> "Calibration":
        """Return what `record` returned.

        Raises:
            UserError: if it is something else.
        """
        try:
            return cls(**dict(record))  # type: ignore[call-overload]  # whatever the file says
        except (TypeError, ValueError) as error:
            raise UserError(
                "these weights do not say how sure they may be; finish their training with"
                " --resume, or train anew with: fieldmark train side"
            ) from error


def calibrate(
    logits: Floats, wanted: NDArray[np.int64], visits: int, target: float, floor: float
) -> Calibration:
    """Fit the temperature, and find the threshold that reaches the target.

    Args:
        logits: (n, classes).
        wanted: (n,) the true class of each.
        visits: that the photos are of.
        target: the share of wrong ones among those told.
        floor: which the threshold never undercuts.
    """
    temperature = fit_temperature(logits, wanted)
    shares = probabilities(logits / np.float32(temperature))
    right = shares.argmax(axis=1) == wanted
    threshold = max(least_probability(shares.max(axis=1), right, target), floor)
    told = shares.max(axis=1) >= threshold
    wrong = float((~right[told]).mean()) if told.any() else 0.0
    share = float(told.mean())
    return Calibration(temperature, threshold, target, len(wanted), visits, share, wrong)


def fit_temperature(logits: Floats, wanted: NDArray[np.int64]) -> float:
    """Return the temperature with the least surprise at the true classes.

    That is a convex function of 1 / temperature, so a golden-section search finds it. The truth
    counts as (n + 1) / (n + 2) sure, as in Platt, Probabilistic Outputs for Support Vector Machines
    (1999): otherwise a network that is right on all n photos would be called certain.
    """
    low, high = np.log(1 / _HOTTEST), np.log(1 / _COLDEST)
    for _ in range(_STEPS):
        one, two = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _surprise(logits, wanted, one) <= _surprise(logits, wanted, two):
            high = two
        else:
            low = one
    return float(np.exp(-(low + high) / 2))


def _surprise(logits: Floats, wanted: NDArray[np.int64], sharpness: float) -> float:
    """Return the mean cross-entropy to the smoothed truth, with logits times e^sharpness."""
    count, classes = logits.shape
    scaled = logits.astype(np.float64) * np.exp(sharpness)
    scaled -= scaled.max(axis=1, keepdims=True)
    logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    doubt = 1 / (count + 2)
    true = logs[np.arange(count), wanted]
    others = (logs.sum(axis=1) - true) / max(classes - 1, 1)
    return float(-((1 - doubt) * true + doubt * others).mean())


def least_probability(sure: NDArray[np.float64], right: NDArray[np.bool_], target: float) -> float:
    """Return the lowest probability from which on the target is reached; 1 where none reaches it.

    Wrong ones are counted with one more than there are, over one photo more: from few photos
    nobody knows that none would be wrong.

    Args:
        sure: (n,) the probability of each photo's likeliest class.
        right: (n,) whether that class is the true one.
        target: the share of wrong ones, 0–1.
    """
    order = np.argsort(-sure, kind="stable")
    told = np.arange(1, len(order) + 1)
    expected = (np.cumsum(~right[order]) + 1) / (told + 1)
    last = np.append(sure[order][1:] < sure[order][:-1], True)  # equal ones are told together
    reached = np.flatnonzero((expected <= target) & last)
    return float(sure[order][reached[-1]]) if len(reached) else 1.0

"""From a matcher's score to the probability that two photos show one animal.

A calibration rises strictly with the score, so it never changes the order of candidates, and it
never says 0 or 1: how sure it may be is limited by how many pairs it has seen.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.logistic import Flags, Floats64, fit, logit, sigmoid

Kind: TypeAlias = Literal["isotonic", "logistic"]

MIN_SAME = 10
"""Pairs of one animal that a calibration needs: ten for each number that is fitted (Peduzzi et al.
1996, J. Clin. Epidemiol. 49:1373)."""
_SLOPE = 0.01
"""What the score adds, in log odds, where the curve is flat: it orders, and is too small to see."""


@dataclass(frozen=True)
class Calibration:
    """What a score means.

    Attributes:
        kind: how it was fitted.
        scores: (k,) ascending: the knots of the curve.
        log_odds: (k,) not falling: what the curve says there; between them it is straight.
        nothing: log odds of a pair that has nothing alike (score −inf).
        centre, spread: of the scores that it was fitted on.
        n, same: pairs it was fitted on, and how many of them show one animal.
    """

    kind: Kind
    scores: tuple[float, ...]
    log_odds: tuple[float, ...]
    nothing: float
    centre: float
    spread: float
    n: int
    same: int

    @property
    def share(self) -> float:
        """The share of pairs of one animal among those that it was fitted on: above 0, below 1."""
        return (self.same + 0.5) / (self.n + 1)

    @property
    def limits(self) -> tuple[float, float]:
        """The log odds that so many pairs allow: after 100 wrong ones and no right one, 1 in 202.

        (Half a pair is added to each side: the prior of Jeffreys.)
        """
        least, most = 0.5 / (self.n - self.same + 1), (self.same + 0.5) / (self.same + 1)
        low, high = logit(np.array([least, most])).tolist()
        return low, high

    def evidence(self, values: NDArray[np.floating[Any]]) -> Floats64:
        """Return the log odds of scores of any shape; NaN stays NaN."""
        values = np.asarray(values, np.float64)
        z = (np.where(np.isfinite(values), values, self.centre) - self.centre) / self.spread
        curve = np.interp(values, self.scores, self.log_odds) + slight(z)
        return np.where(
            np.isneginf(values), self.nothing, np.where(np.isnan(values), np.nan, curve)
        )

    def probability(self, values: NDArray[np.floating[Any]]) -> Floats64:
        """Return the probability that each pair shows one animal: 0–1, both excluded.

        Args:
            values: scores of any shape. NaN (not compared) stays NaN; −inf (nothing alike) gets
                the share that such pairs had.
        """
        return sigmoid(self.evidence(values))

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        knots = {name: tuple(data[name]) for name in ("scores", "log_odds")}
        return cls(**{**data, **knots})


def slight(order: Floats64) -> Floats64:
    """Return what keeps an order where log odds are level: rising, within ± 0.01."""
    return np.asarray(_SLOPE * order / (1 + np.abs(order)), np.float64)


def within(log_odds: Floats64, calibration: Calibration) -> Floats64:
    """Return log odds held within a calibration's limits, in their order."""
    held = np.clip(log_odds, *calibration.limits)
    return held + slight(log_odds - held)


def fit_calibration(
    values: NDArray[np.floating[Any]], same: Flags, kind: Kind = "isotonic", least: int = MIN_SAME
) -> Calibration:
    """Learn what scores mean from pairs of known animals.

    Args:
        values: (n,) scores; NaN is left out, −inf is a category of its own.
        same: (n,) whether each pair shows one animal.
        kind: `isotonic`: any rising curve (pool adjacent violators, straight between the means of
            the pools). `logistic`: a straight line in log odds (Platt 1999), for few pairs.
        least: pairs of one animal, and of two, that there must be with a score.

    Raises:
        ValueError: if there are fewer.
    """
    values, same = np.asarray(values, np.float64), np.asarray(same, np.bool_)
    seen = ~np.isnan(values)
    values, same = values[seen], same[seen]
    alike = np.isfinite(values)
    _check(same[alike], least)
    found = values[alike]
    centre, spread = (float(found.mean()), float(found.std()) or 1.0) if len(found) else (0.0, 1.0)
    bare = Calibration(kind, (), (), 0.0, centre, spread, len(same), int(same.sum()))
    z, curve = _CURVES[kind]((found - centre) / spread, same[alike], bare)
    curve = np.clip(curve, *bare.limits)
    nothing = min(_drawn(same[~alike], bare.share), float(curve[0]) - 2 * _SLOPE)
    knots = tuple((z * spread + centre).tolist()), tuple(curve.tolist())
    return replace(bare, scores=knots[0], log_odds=knots[1], nothing=nothing)


def _check(same: Flags, least: int) -> None:
    right, wrong = int(same.sum()), int((~same).sum())
    if min(right, wrong) < least:
        raise ValueError(
            f"a calibration needs at least {least} pairs of one animal and {least} of two that"
            f" are alike in some point, got {right} and {wrong}; name more photos of animals that"
            " were seen more than once"
        )


def _drawn(same: Flags, share: float) -> float:
    """Return the log odds of the share of right pairs, drawn to that of all by one pair."""
    return float(logit(np.asarray((same.sum() + share) / (len(same) + 1))))


def _isotonic(z: Floats64, same: Flags, bare: Calibration) -> tuple[Floats64, Floats64]:
    """Return the knots: the mean score of each pool, and the log odds of its share."""
    scores, place, each = np.unique(z, return_inverse=True, return_counts=True)
    if not len(z):
        return np.zeros(1), logit(np.array([bare.share]))
    first = _pools(np.bincount(place, same) / each, each.astype(np.float64))
    count, right = np.bincount(first, each), np.bincount(first[place], same)
    middle = np.bincount(first, scores * each) / count
    # One pair of the mean share is added to each pool, which can upset their order: pool again.
    weight = np.asarray(count + 1.0, np.float64)
    drawn = (right + bare.share) / weight
    second = _pools(drawn, weight)
    level = np.bincount(second, drawn * weight) / np.bincount(second, weight)
    return np.bincount(second, middle * count) / np.bincount(second, count), logit(level)


def _pools(mean: Floats64, weight: Floats64) -> NDArray[np.int64]:
    """Return the pool of each place after pooling adjacent violators: 0, 1, …."""
    from sklearn.isotonic import isotonic_regression  # noqa: PLC0415 - a second to import

    level = isotonic_regression(mean, sample_weight=weight)
    return np.cumsum(np.append(0, np.diff(level) > 0)).astype(np.int64)


def _logistic(z: Floats64, same: Flags, bare: Calibration) -> tuple[Floats64, Floats64]:
    """Return the knots: the two ends of a line."""
    if not len(z):
        return np.zeros(1), logit(np.array([bare.share]))
    right, wrong = int(same.sum()), int((~same).sum())
    # Platt's targets: a class is never wholly believed.
    target = np.where(same, (right + 1) / (right + 2), 1 / (wrong + 2))
    (slope,), constant = fit(z[:, None], target, np.array([True]))
    # Above the highest score the line goes on; below the lowest it does not, so that what has
    # nothing alike stays below all others.
    high = z.max() if slope <= 0 else max(z.max(), (bare.limits[1] - constant) / slope)
    ends = np.array([z.min(), high])
    return ends, slope * ends + constant


_CURVES = {"isotonic": _isotonic, "logistic": _logistic}

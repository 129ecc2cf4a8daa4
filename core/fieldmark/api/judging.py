"""Learning on named animals when to say "same", "new", or nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, get_args

import numpy as np

from fieldmark.decide.strangers import Asked, by_others
from fieldmark.decide.targets import Kind, Rate, Target, choose
from fieldmark.decide.verdict import Decider, fit_decider
from fieldmark.decide.visits import Rule, combine
from fieldmark.report.view import Limit, Limits

LIKELIER = 0.5
"""Nothing is proposed that is less likely than not, however well it did on the named animals."""


@dataclass(frozen=True)
class Judge:
    """What turns the probabilities of pairs into verdicts, and verdicts into proposals.

    Attributes:
        targets: what was chosen for each rate of error that can be asked for.
    """

    decider: Decider
    targets: tuple[Target, ...]

    def limits(self, target: float) -> Limits:
        """Return the thresholds for a rate of error.

        Raises:
            KeyError: if none was chosen for it.
        """
        found = {each.kind: _limit(each) for each in self.targets if each.target == target}
        return Limits(found["false-match"], found["false-new"])

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "decider": self.decider.to_json(),
            "targets": [asdict(target) for target in self.targets],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        targets = tuple(_target(each) for each in data["targets"])
        return cls(Decider.from_json(data["decider"]), targets)


def _limit(target: Target) -> Limit:
    decided, rate = target.decided.value, target.rate
    threshold = None if target.threshold is None else max(target.threshold, LIKELIER)
    if rate is None:
        return Limit(threshold, None, None, None, decided)
    return Limit(threshold, rate.value, rate.low, rate.high, decided)


def _target(data: Mapping[str, Any]) -> Target:
    rate = None if data["rate"] is None else Rate(**data["rate"])
    return Target(**{**data, "rate": rate, "decided": Rate(**data["decided"])})


def judge(asked: Asked, rates: Sequence[float], seed: int = 0) -> Judge:
    """Learn the verdict and its thresholds.

    Args:
        asked: what to learn from.
        rates: of error, for each of which thresholds are chosen.
        seed: of folds and draws.

    Raises:
        UserError: if no query has its individual in the gallery.
    """
    decider = fit_decider(asked.probable, asked.truth, seed)
    verdicts = by_others(asked, seed)
    targets = (
        choose(verdicts, asked.truth, kind, rate, asked.groups, seed)
        for kind in get_args(Kind)
        for rate in rates
    )
    return Judge(decider, tuple(targets))


def together(asked: Asked, rule: Rule) -> Asked:
    """Return each visit as one query."""
    scores = combine(asked.probable, asked.visits, rule)
    first = scores.queries
    return Asked(scores, asked.truth[first], asked.groups[first], asked.visits[first])


def best_rule(asked: Asked, seed: int = 0) -> Rule:
    """Return how photos of one visit are best put together: by what makes the truth likeliest."""
    rules: tuple[Rule, ...] = get_args(Rule)
    return max(rules, key=lambda rule: _likelihood(together(asked, rule), seed))


def _likelihood(asked: Asked, seed: int) -> float:
    verdicts = fit_decider(asked.probable, asked.truth, seed).verdicts(asked.probable)
    own = verdicts.columns == asked.truth[:, None]
    named = np.where(own, np.nan_to_num(verdicts.probability), 0).sum(axis=1)
    told = np.where(own.any(axis=1), named, np.nan_to_num(verdicts.new, nan=1.0))
    return float(np.log(np.maximum(told, np.finfo(np.float32).tiny)).mean())

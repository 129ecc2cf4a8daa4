"""Three ways to make one probability of what several pipelines say of a pair."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np

from fieldmark.decide.calibration import slight
from fieldmark.decide.evidence import Gaps
from fieldmark.decide.logistic import Flags, Floats64, fit, logit, sigmoid

Combine: TypeAlias = Literal["mean", "logistic", "lightgbm"]

TREES = {
    "objective": "binary",
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_data_in_leaf": 20,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS = 100


@dataclass(frozen=True)
class Clues:
    """What is known of q × s pairs.

    Attributes:
        evidence: (parts, q, s) calibrated log odds; NaN: the pipeline did not look.
        lead: (parts, q, s) how far the log odds are above those of the query's best other
            candidate; 0 where the pipeline did not look, or there is no other.
        base: (parts,) log odds of a pair of which nothing is known.
        gaps: other evidence, q × s.
    """

    evidence: Floats64
    lead: Floats64
    base: Floats64
    gaps: Gaps | None

    def names(self) -> tuple[str, ...]:
        """What the columns of `table` are."""
        parts = range(1, len(self.evidence) + 1)
        own = [name for n in parts for name in (f"looks {n}", f"lead {n}", f"unseen {n}")]
        return (*own, *(() if self.gaps is None else self.gaps.names))

    def table(self, where: Flags) -> Floats64:
        """Return the features of some pairs: (n, k)."""
        unseen = np.isnan(self.evidence)
        looks = np.where(unseen, self.base[:, None, None], self.evidence)
        layers: list[Floats64] = []
        for part in zip(looks, self.lead, unseen.astype(np.float64), strict=True):
            layers += part
        layers += [] if self.gaps is None else self.gaps.columns()
        return np.stack([layer[where] for layer in layers], axis=1)


def rising(names: tuple[str, ...]) -> Flags:
    """Return which features may speak for a pair, never against: what the pipelines find alike."""
    return np.array([name.startswith(("looks", "lead")) for name in names])


class Combiner(Protocol):
    """Makes log odds of clues."""

    combine: ClassVar[Combine]

    def log_odds(self, clues: Clues, where: Flags) -> Floats64:
        """Return the log odds of some pairs: (n,)."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        ...


@dataclass(frozen=True)
class Mean:
    """The mean of the calibrated probabilities of the pipelines that looked; nothing is learnt."""

    combine: ClassVar[Combine] = "mean"

    def log_odds(self, clues: Clues, where: Flags) -> Floats64:
        """Return the log odds of some pairs: (n,)."""
        said = clues.evidence[:, where]
        looked = ~np.isnan(said)
        total = np.where(looked, sigmoid(said), 0).sum(axis=0)
        return logit(np.asarray(total / looked.sum(axis=0)))

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {"combine": self.combine}


@dataclass(frozen=True)
class Weights:
    """A weighted sum of the clues.

    Attributes:
        names: of the clues.
        weights: of each; of what the pipelines find alike never below 0.
        constant: what is added.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    constant: float
    combine: ClassVar[Combine] = "logistic"

    def log_odds(self, clues: Clues, where: Flags) -> Floats64:
        """Return the log odds of some pairs: (n,)."""
        return np.asarray(clues.table(where) @ np.array(self.weights) + self.constant)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "combine": self.combine,
            "names": list(self.names),
            "weights": list(self.weights),
            "constant": self.constant,
        }


@dataclass(frozen=True)
class Trees:
    """Boosted trees over the clues, rising in what the pipelines find alike.

    Attributes:
        text: the model as LightGBM writes it.
    """

    names: tuple[str, ...]
    text: str
    combine: ClassVar[Combine] = "lightgbm"

    def log_odds(self, clues: Clues, where: Flags) -> Floats64:
        """Return the log odds of some pairs: (n,)."""
        booster = _lightgbm().Booster(model_str=self.text)
        table = clues.table(where)
        if not len(table):
            return np.empty(0)
        # Trees say the same of many pairs; what the pipelines say orders those, too little to see.
        order = slight(table[:, rising(self.names)].sum(axis=1))
        return np.asarray(booster.predict(table, raw_score=True), np.float64) + order

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {"combine": self.combine, "names": list(self.names), "text": self.text}


def fit_combiner(combine: Combine, clues: Clues, same: Flags, where: Flags) -> Combiner:
    """Learn how to combine.

    Args:
        combine: the way.
        clues: of named animals.
        same: (q, s) whether both are one individual.
        where: (q, s) the pairs to learn from.

    Raises:
        ValueError: if LightGBM is wanted and not installed.
    """
    if combine == "mean":
        return Mean()
    names, table, right = clues.names(), clues.table(where), same[where].astype(np.float64)
    if combine == "logistic":
        weights, constant = fit(table, right, rising(names))
        return Weights(names, tuple(weights.tolist()), constant)
    library = _lightgbm()
    settings = {**TREES, "monotone_constraints": rising(names).astype(int).tolist()}
    data = library.Dataset(table, right, params={"verbosity": -1})
    return Trees(names, library.train(settings, data, _ROUNDS).model_to_string())


def read_combiner(data: dict[str, Any]) -> Combiner:
    """Return what `to_json` was called on."""
    if data["combine"] == "mean":
        return Mean()
    names = tuple(data["names"])
    if data["combine"] == "lightgbm":
        return Trees(names, data["text"])
    return Weights(names, tuple(data["weights"]), data["constant"])


def _lightgbm() -> Any:  # noqa: ANN401 - it has no types
    try:
        import lightgbm  # noqa: PLC0415 - not everybody has it
    except ImportError as error:
        raise ValueError(
            "combine: lightgbm needs the library LightGBM, which is not installed; use combine:"
            ' logistic, or type: pip install "fieldmark[deep]"'
        ) from error
    return lightgbm

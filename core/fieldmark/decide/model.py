"""Several pipelines, one probability.

The first pipeline looks at everybody and makes a shortlist; the others look at that. What each says
is calibrated on the pairs of shortlists (see `fieldmark.decide.pairs`) and combined. A pair off the
shortlist keeps the probability of the first pipeline, and never comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fieldmark.decide.calibration import Calibration, within
from fieldmark.decide.combining import Clues, Combiner, read_combiner
from fieldmark.decide.evidence import Gaps
from fieldmark.decide.logistic import Floats64, logit, sigmoid
from fieldmark.decide.pairs import Looked, look
from fieldmark.decide.scores import Scores
from fieldmark.types import Floats

_ROWS = 256
_BEFORE = 0.999
"""What is off the shortlist gets at most this share of the largest probability on it."""


@dataclass(frozen=True)
class Reached:
    """What one length of the shortlist reached on individuals held out for the choice.

    Attributes:
        length: None: everybody.
        top1: share of the queries whose first candidate is right: 0–1.
        asked: those whose individual could be found.
    """

    length: int | None
    top1: float
    asked: int


@dataclass(frozen=True)
class FusedModel:
    """How to make one probability of what several pipelines say; also of one.

    Attributes:
        calibrations: of each pipeline.
        combiner: how they are combined.
        length: of the shortlist; None: every pipeline looks at everybody.
        lowered: log odds taken from the first pipeline's probability off the shortlist, ≥ 0, so
            that as many right ones lie there as did on named animals.
        reached: what each length reached; empty where there was nothing to choose.
        individuals: how many it was fitted on.
    """

    calibrations: tuple[Calibration, ...]
    combiner: Combiner
    length: int | None
    lowered: float
    reached: tuple[Reached, ...] = ()
    individuals: int = 0

    def apply(self, parts: Sequence[Scores], gaps: Gaps | None = None) -> Scores:
        """Return the probability of each pair.

        Args:
            parts: the scores of the pipelines, in the order of the fit, all of the same queries
                and columns. What they say off the shortlist is not used.
            gaps: as in the fit.

        Returns:
            probabilities strictly between 0 and 1, NaN where the first pipeline has it, and its
            best annotations.
        """
        first = parts[0]
        values = np.full(first.values.shape, np.nan, np.float32)
        nobody = np.zeros(len(first.queries), np.int64)
        for start in range(0, len(values), _ROWS):
            rows = np.arange(start, min(start + _ROWS, len(values)))
            looked = look(parts, nobody, gaps, self.length, only=rows)
            values[rows] = self._rows(looked, first.values[rows])
        return Scores(first.queries, first.columns, values, first.best)

    def listed(self, looked: Looked) -> Floats64:
        """Return the probability of each pair on the shortlists (q, s); NaN where there is none."""
        found = np.full(looked.columns.shape, np.nan)
        where = looked.listed
        said = self.combiner.log_odds(clues(self.calibrations, looked), where)
        found[where] = sigmoid(within(said, self.calibrations[0]))
        return found

    def _rows(self, looked: Looked, first: Floats) -> Floats:
        on = self.listed(looked)
        off = sigmoid(self.calibrations[0].evidence(first) - self.lowered)
        where = looked.listed
        row = np.nonzero(where)[0]
        off[row, looked.columns[where]] = np.nan
        # One pipeline alone keeps its order; with several, the others may think less of a pair on
        # the list than the first does of a pair off it. Scaled, not cut: the order off it stays.
        room = _most(on) if len(looked.values) > 1 else 1 - _most(1 - on)
        off *= np.minimum(1, _BEFORE * room / _most(off))[:, None]
        off[row, looked.columns[where]] = on[where]
        return off.astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return it as what JSON can hold."""
        return {
            "calibrations": [each.to_json() for each in self.calibrations],
            "combiner": self.combiner.to_json(),
            "length": self.length,
            "lowered": self.lowered,
            "reached": [[each.length, each.top1, each.asked] for each in self.reached],
            "individuals": self.individuals,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        return cls(
            tuple(Calibration.from_json(each) for each in data["calibrations"]),
            read_combiner(data["combiner"]),
            data["length"],
            data["lowered"],
            tuple(Reached(*each) for each in data["reached"]),
            data["individuals"],
        )


def _most(values: Floats64) -> Floats64:
    """Return the largest of each row, 1 where there is none."""
    known = np.where(np.isnan(values), 0, values).max(axis=1, initial=0)
    return np.asarray(np.where(known > 0, known, 1.0), np.float64)


def clues(calibrations: Sequence[Calibration], looked: Looked) -> Clues:
    """Return what is known of the pairs of shortlists."""
    parts = zip(calibrations, looked.values, strict=True)
    evidence = np.stack([calibration.evidence(values) for calibration, values in parts])
    base = logit(np.array([calibration.share for calibration in calibrations]))
    return Clues(evidence, np.stack([_lead(part) for part in evidence]), base, looked.gaps)


def _lead(evidence: Floats64) -> Floats64:
    """Return how far each is above the best other of its row; 0 where one of them is not known."""
    known = np.where(np.isnan(evidence), -np.inf, evidence)
    if known.shape[1] < 2:
        return np.zeros(known.shape)
    second, best = np.moveaxis(np.partition(known, -2, axis=1)[:, -2:, None], 1, 0)
    others = np.where(known == best, second, best)
    both = np.isfinite(known) & np.isfinite(others)
    return np.where(both, np.where(both, known, 0) - np.where(both, others, 0), 0)

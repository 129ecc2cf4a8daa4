"""Spatial verification: matches must agree on how one picture lies on the other.

Every match proposes a similarity from its own two keypoints (place, scale, orientation), as in
Philbin et al., "Object retrieval with large vocabularies", CVPR 2007, section 4.2; the proposal
that explains most of the matches' weight wins and may be refined to an affine map or a homography.
Lengths are in diagonals of the animal's box, so that one tolerance suits every picture.
"""

from dataclasses import dataclass
from typing import Literal, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fieldmark.types import Floats, Ids

Refinement = Literal["none", "affine", "homography"]
Chosen = NDArray[np.bool_]

_RIDGE = 1e-3
"""How strongly the affine refinement holds to the proposal, relative to the matches' weight."""


@dataclass(frozen=True)
class Places:
    """Where keypoints lie.

    Attributes:
        xy: (m, 2) in diagonals of the animal's box, from any origin.
        scale: (m,) > 0, in the same unit.
        angle: (m,) radians.
    """

    xy: Floats
    scale: Floats
    angle: Floats

    def at(self, chosen: Ids | Chosen) -> Self:
        """Return some of the places."""
        return type(self)(self.xy[chosen], self.scale[chosen], self.angle[chosen])


@dataclass(frozen=True)
class Verification:
    """What matches must agree on.

    Attributes:
        tolerance: how far a point may lie from where the map puts it, in diagonals.
        scale_ratio: how far a match's change of size may be from the map's, ≥ 1.
        turn: how far a match's turn may be from the map's, radians.
        minimum: fewer matches than this agree on nothing.
        refine: which map is fitted to the matches that agree.
        most: matches beyond this many, the lightest, are not looked at.
    """

    tolerance: float
    scale_ratio: float
    turn: float
    minimum: int
    refine: Refinement
    most: int = 400

    def agreeing(self, query: Places, other: Places, weights: Floats) -> Ids:
        """Return which of m matches agree on one map: places in 0 … m − 1, ascending.

        Args:
            query: m places in the query.
            other: the m places they are matched with.
            weights: (m,) how much each match counts.
        """
        if len(weights) < self.minimum:
            return np.empty(0, np.int64)
        heavy = np.sort(np.argsort(-weights, kind="stable")[: self.most])
        chosen = self._consensus(query.at(heavy), other.at(heavy), weights[heavy])
        return heavy[chosen] if chosen.sum() >= self.minimum else np.empty(0, np.int64)

    def _consensus(self, query: Places, other: Places, weights: Floats) -> Chosen:
        growth = np.log2(other.scale / query.scale)
        turn = other.angle - query.angle
        maps = _similarities(growth, turn)
        # errors[h, m]: where the map of match h puts the point of match m, less where it is
        moved = np.einsum("hij,mj->hmi", maps, query.xy)
        shift = other.xy - np.einsum("hij,hj->hi", maps, query.xy)
        errors = np.square(moved + shift[:, None] - other.xy).sum(axis=2)
        near = errors <= self.tolerance**2
        sized = np.abs(growth[:, None] - growth) <= np.log2(self.scale_ratio) + 1e-6
        turned = np.cos(turn[:, None] - turn) >= np.cos(self.turn) - 1e-6
        agree = near & sized & turned
        best = int(np.argmax(agree @ weights))
        refined = self._refined(query.xy, other.xy, weights * agree[best], maps[best])
        if refined is None:
            return np.asarray(agree[best])
        close = np.square(refined - other.xy).sum(axis=1) <= self.tolerance**2
        return np.asarray(close & sized[best] & turned[best])

    def _refined(
        self, query: Floats, other: Floats, weights: Floats, proposal: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        """Return where a map fitted to the weighted matches puts all points; None without one."""
        if self.refine == "affine" and np.count_nonzero(weights) >= 4:
            return _affine(query, other, weights, proposal)
        if self.refine == "homography" and np.count_nonzero(weights) >= 8:
            return _homography(query, other, weights > 0)
        return None


def _similarities(growth: Floats, turn: Floats) -> NDArray[np.float64]:
    """Return (m, 2, 2) maps that turn and grow by up to 2; more is a mismatch, not a distance."""
    factor = np.exp2(np.clip(growth, -1, 1))
    cos, sin = factor * np.cos(turn), factor * np.sin(turn)
    return np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1).astype(np.float64)


def _affine(
    query: Floats, other: Floats, weights: Floats, proposal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit an affine map by weighted least squares, drawn towards the proposal (ridge)."""
    share = (weights / weights.sum()).astype(np.float64)
    centre, target = share @ query, share @ other
    around, wanted = query - centre, other - target
    spread = (around.T * share) @ around
    ridge = _RIDGE * np.eye(2)
    linear = np.linalg.solve(spread + ridge, (around.T * share) @ wanted + ridge @ proposal.T)
    return np.asarray(around @ linear + target, np.float64)


def _homography(query: Floats, other: Floats, agree: Chosen) -> NDArray[np.float64] | None:
    found = cv2.findHomography(query[agree].astype(np.float64), other[agree].astype(np.float64))
    # OpenCV gives None where it finds no map; its type hints do not say so.
    fitted = cast("NDArray[np.float64] | None", found[0])
    if fitted is None:
        return None
    moved = cv2.perspectiveTransform(query[:, None].astype(np.float64), fitted)
    return np.asarray(moved[:, 0], np.float64)

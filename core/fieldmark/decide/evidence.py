"""What speaks for or against a pair: the looks, and the gaps between the two photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldmark.decide.logistic import Floats64
from fieldmark.decide.scores import Scores
from fieldmark.types import Floats, Ids, Side

Gap: TypeAlias = Literal["side", "time", "distance"]
UNKNOWN, EQUAL, DIFFERENT = 0.5, 0.0, 1.0
_EARTH_KM = 6371.0
Places: TypeAlias = Ids | NDArray[np.bool_] | tuple[Ids | slice, Ids | slice]
"""How numpy indexes."""


class Placed(Protocol):
    """What must be known of an annotation to say how far it is from another."""

    @property
    def side(self) -> Side:
        """The side that is seen."""
        ...

    @property
    def captured_at(self) -> datetime | None:
        """When it was taken."""
        ...

    @property
    def latitude(self) -> float | None:
        """Degrees north."""
        ...

    @property
    def longitude(self) -> float | None:
        """Degrees east."""
        ...


@dataclass(frozen=True)
class Gaps:
    """How far each query is from the candidate's likest photo: q × m, each None if not asked for.

    Attributes:
        side: 0 equal, 1 different, 0.5 one of them is unknown.
        days: between the two photos, ≥ 0; NaN: a time is not known.
        kilometres: between the two places, ≥ 0; NaN: a place is not known.
    """

    side: Floats | None = None
    days: Floats | None = None
    kilometres: Floats | None = None

    def at(self, where: Places) -> "Gaps":
        """Return the gaps at some places."""
        side, days, kilometres = (
            None if gap is None else gap[where] for gap in (self.side, self.days, self.kilometres)
        )
        return Gaps(side, days, kilometres)

    @property
    def names(self) -> tuple[str, ...]:
        """What `columns` holds."""
        names: list[str] = []
        names += ["other side", "side unknown"] if self.side is not None else []
        names += ["days", "days unknown"] if self.days is not None else []
        names += ["kilometres", "kilometres unknown"] if self.kilometres is not None else []
        return tuple(names)

    def columns(self) -> list[Floats64]:
        """Return the features: two for each gap, of its own shape, 0–2 or so in size."""
        found: list[Floats64] = []
        if self.side is not None:
            kinds = self.side == DIFFERENT, self.side == UNKNOWN
            found += [kind.astype(np.float64) for kind in kinds]
        found += [] if self.days is None else _length(self.days, 365)
        found += [] if self.kilometres is None else _length(self.kilometres, 10)
        return found


def _length(gap: Floats, unit: float) -> list[Floats64]:
    """Return the logarithm, 1 at `unit`, and whether it is unknown."""
    known = ~np.isnan(gap)
    log = np.log1p(np.where(known, gap, 0).astype(np.float64)) / np.log1p(unit)
    return [log, (~known).astype(np.float64)]


def measure(scores: Scores, rows: Mapping[int, Placed], which: Sequence[Gap]) -> Gaps | None:
    """Return the gaps between each query and the photo that speaks most for the candidate.

    Args:
        scores: of the first pipeline, with the best annotations.
        rows: by annotation number.
        which: gaps to measure; None is returned for none.

    Raises:
        ValueError: if the scores do not say which annotations speak for the candidates.
    """
    if not which:
        return None
    if scores.best is None:
        raise ValueError("expected scores that name the best annotation of each pair, got none")
    ways = {"side": _sides, "time": _days, "distance": _kilometres}
    made = {gap: ways[gap](scores.queries, scores.best, rows) for gap in which}
    return Gaps(made.get("side"), made.get("time"), made.get("distance"))


def _of(ids: NDArray[np.int64], known: Mapping[int, float]) -> Floats64:
    """Return a number for each annotation; NaN where none is known."""
    each, place = np.unique(ids, return_inverse=True)
    numbers = np.array([known.get(int(number), np.nan) for number in each], np.float64)
    return numbers[place].reshape(ids.shape)


def _sides(queries: Ids, best: Ids, rows: Mapping[int, Placed]) -> Floats:
    codes = {side: float(place) for place, side in enumerate(Side) if side is not Side.UNKNOWN}
    known = {number: codes[row.side] for number, row in rows.items() if row.side in codes}
    mine, other = _of(queries, known)[:, None], _of(best, known)
    unknown = np.isnan(mine) | np.isnan(other)
    return np.where(unknown, UNKNOWN, np.where(mine == other, EQUAL, DIFFERENT)).astype(np.float32)


def _days(queries: Ids, best: Ids, rows: Mapping[int, Placed]) -> Floats:
    known = {
        number: row.captured_at.replace(tzinfo=None) - datetime(2000, 1, 1)
        for number, row in rows.items()
        if row.captured_at is not None
    }
    days = {number: span.total_seconds() / 86_400 for number, span in known.items()}
    return np.abs(_of(queries, days)[:, None] - _of(best, days)).astype(np.float32)


def _kilometres(queries: Ids, best: Ids, rows: Mapping[int, Placed]) -> Floats:
    """Return great-circle distances (haversine)."""
    here = {n: r for n, r in rows.items() if r.latitude is not None and r.longitude is not None}
    north = {n: float(np.radians(r.latitude)) for n, r in here.items() if r.latitude is not None}
    east = {n: float(np.radians(r.longitude)) for n, r in here.items() if r.longitude is not None}
    a, b = _of(queries, north)[:, None], _of(best, north)
    turn = _of(queries, east)[:, None] - _of(best, east)
    half = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(turn / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(half)), np.float32)

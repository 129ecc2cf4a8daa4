"""The values that every report shows: a query, its candidates, and how the run was made."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from fieldmark.types import Box, Explanation, Side


@dataclass(frozen=True)
class Sighting:
    """One annotation as a report shows it.

    Attributes:
        id: its number in the catalogue.
        path: the photo; None when the file is gone.
        name: the photo's path as people know it, relative to where it was imported from.
    """

    id: int
    path: Path | None
    name: str
    box: Box
    side: Side
    individual: str | None
    station: str | None
    captured_at: datetime | None
    encounter: int | None


@dataclass(frozen=True)
class Ranked:
    """One candidate: an individual, and the sighting that speaks most for it.

    Attributes:
        probability: that the query is this individual, 0–1; None where nothing is calibrated.
    """

    rank: int
    label: str
    score: float
    best: Sighting
    annotations: tuple[int, ...]
    explanation: Explanation = field(default_factory=Explanation)
    probability: float | None = None


@dataclass(frozen=True)
class Proposal:
    """What the probabilities propose; a person decides.

    Attributes:
        kind: `same` as the first candidate, `new` (nobody in the gallery), or `ask` a person.
        label: what to call the individual; empty unless it is `same`.
        probability: of what is proposed, 0–1; for `ask` that of the likelier of the two.
    """

    kind: Literal["same", "new", "ask"]
    label: str = ""
    probability: float | None = None

    def __str__(self) -> str:
        words = {"same": f"same as {self.label}", "new": "new", "ask": "ask a person"}
        return words[self.kind]


@dataclass(frozen=True)
class Visit:
    """One encounter whose queries are decided together.

    Attributes:
        encounter: its number in the catalogue; None: a photo that belongs to none.
        queries: annotation numbers.
        candidates: the likeliest individuals and their probabilities, the likeliest first.
        new: the probability that it is nobody in the gallery.
    """

    encounter: int | None
    queries: tuple[int, ...]
    candidates: tuple[tuple[str, float], ...]
    new: float | None
    proposal: Proposal


@dataclass(frozen=True)
class Identified:
    """One query and its candidates, the best first.

    Attributes:
        note: why there are no candidates, or what speaks against the first.
        new: the probability that the query is nobody in the gallery, 0–1; None where nothing is
            calibrated, or nobody may be compared with it.
        visit: what the photos of its encounter say together.
    """

    query: Sighting
    candidates: tuple[Ranked, ...]
    note: str | None = None
    new: float | None = None
    proposal: Proposal | None = None
    visit: Visit | None = None

    @property
    def lead(self) -> float | None:
        """How many times the first candidate scores the second; None without a second."""
        if len(self.candidates) < 2 or self.candidates[1].score <= 0:
            return None
        return self.candidates[0].score / self.candidates[1].score


@dataclass(frozen=True)
class Model:
    """Trained weights that a pipeline uses, and on what terms.

    Attributes:
        component: what loads them.
        name: of the model card; the file's address where there is none.
        reference: the exact version, with its digest.
        licence: as stated by who published it; `none stated` where nobody did.
        terms: the licence and what it means for use, one sentence.
        permissive: whether it allows every use.
        unseen: why nothing is known of how it does on these animals; empty where it was trained on
            their species.
    """

    component: str
    name: str
    reference: str
    licence: str
    terms: str
    permissive: bool
    unseen: str = ""


@dataclass(frozen=True)
class Threshold:
    """The score from which a first candidate is more than the best of strangers.

    Attributes:
        value: None where there is too little to set one.
        low: of the interval of 95 % over individuals.
        high: of the same interval.
        why: how it was set, or why there is none; one sentence.
    """

    value: float | None
    low: float | None
    high: float | None
    why: str


@dataclass(frozen=True)
class Limit:
    """From which probability on something is proposed, and what that costs.

    Attributes:
        threshold: None: no threshold keeps the rate, so nothing of this kind is proposed.
        rate: the share of wrong ones among those proposed, on individuals that the threshold was
            not chosen on; `low` to `high` is its interval of 95 %; None: nothing was proposed
            there, or the individuals are too few for an interval.
        decided: the share of all queries for which it was proposed.
    """

    threshold: float | None
    rate: float | None
    low: float | None
    high: float | None
    decided: float


@dataclass(frozen=True)
class Limits:
    """The limits for `same as …` and for `new`."""

    same: Limit
    new: Limit


@dataclass(frozen=True)
class Calibrated:
    """How the probabilities of a run came about.

    Attributes:
        made: the day, as ISO text.
        data: what it was fitted on.
        n: queries that it was fitted on, of so many `individuals`.
        error: expected calibration error of the first candidates' probabilities, 0–1, on
            individuals that the fit had not seen; `low` to `high` is its interval of 95 %, None
            with too few individuals.
        new_share: the share of new individuals that the probabilities suppose.
        target: the rate of error that the proposals shall keep.
        photos, visits: the limits for single photos, and for whole encounters.
    """

    made: str
    data: str
    n: int
    individuals: int
    error: float
    low: float | None
    high: float | None
    new_share: float
    target: float
    photos: Limits
    visits: Limits


@dataclass(frozen=True)
class Facts:
    """How a run was made: what a reader needs to judge it and to repeat it."""

    species: str
    pipeline: str
    components: tuple[str, ...]
    fingerprint: str
    version: str
    side_rule: str
    gallery: int
    individuals: int
    queries: int
    skipped: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    models: tuple[Model, ...] = ()
    threshold: Threshold | None = None
    calibrated: Calibrated | None = None

    def side_of_threshold(self, candidate: Ranked) -> str:
        """Return whether a candidate scores `above` or `below` the threshold; empty without one."""
        limit = self.threshold.value if self.threshold else None
        if limit is None:
            return ""
        return "above" if candidate.score >= limit else "below"


def whereabouts(sighting: Sighting) -> str:
    """Return where and when the sighting was made, and which side it shows."""
    when = sighting.captured_at.strftime("%Y-%m-%d %H:%M") if sighting.captured_at else None
    place = f"station {sighting.station}" if sighting.station else None
    side = f"{sighting.side} side" if sighting.side != "unknown" else "side unknown"
    return " · ".join(part for part in (place, when, side) if part)


def gap_between(one: Sighting, other: Sighting) -> str:
    """Return the time between two sightings in words; empty when a time is unknown."""
    if one.captured_at is None or other.captured_at is None:
        return ""
    gap = other.captured_at - one.captured_at
    if gap == timedelta(0):
        return "at the same time"
    return f"{_length(abs(gap))} {'later' if gap > timedelta(0) else 'earlier'}"


_UNITS = (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def _length(gap: timedelta) -> str:
    seconds = int(gap.total_seconds())
    for unit, size in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "less than a second"

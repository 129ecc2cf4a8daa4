"""What the catalogue hands out: plain frozen values, which outlive the session they came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fieldmark.types import Box, Side


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """One animal in one photo.

    Attributes:
        path: where the photo lies, absolute; None when no copy of it can be found now.
        captured_at: the camera's time plus the deployment's clock offset, without a zone;
            midnight where only the day is known.
        mask: the mask's file, relative to the project folder.
        label: the detector's word, `animal` where nobody said otherwise.
        source: who drew the box: `photo` (nobody: the whole photo), `table`, or the detector.
        width: of the upright photo, in pixels.
        height: of the upright photo, in pixels.
        score: the detector's, 0–1; None where no detector drew the box.
        side_by: who said the side: `person:NAME`, `import:FILE` or `model:DIGITS`.
        side_probability: of the side that a model said, 0–1, calibrated.
        time_flag: why the camera's time is not believed; empty where nothing is against it.
        duplicate_of: the photo that this one's photo nearly repeats.
    """

    id: int
    photo_id: int
    sha256: str
    path: Path | None
    box: Box
    side: Side
    species: str
    captured_at: datetime | None
    station: str | None
    encounter_id: int | None
    individual_id: int | None
    individual_name: str | None
    mask: str | None
    label: str
    source: str
    run_id: int | None
    width: int
    height: int
    score: float | None = None
    side_by: str | None = None
    side_probability: float | None = None
    time_flag: str = ""
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photo; what is also in `AnnotationRow` means the same.

    Attributes:
        detector: the last one that looked at it; None: none has.
        captured_zone: the offset from UTC that the source itself stated, as `+02:00`.
        phash: 16 hex digits that near-duplicates nearly share; None: not computed yet.
    """

    id: int
    sha256: str
    path: Path | None
    width: int
    height: int
    captured_at: datetime | None
    station: str | None
    detector: str | None
    notes: str
    captured_zone: str | None = None
    time_flag: str = ""
    phash: str | None = None
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class IndividualRow:
    """One animal, with the number of its annotations and encounters; unnamed ones have no name."""

    id: int
    name: str | None
    annotations: int
    encounters: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the catalogue holds; `annotations` leaves out people, vehicles and replaced ones."""

    photos: int
    annotations: int
    named: int
    individuals: int
    encounters: int
    decisions: int
    rejected: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One entry of the log; `superseded_by` is the entry that withdrew it."""

    id: int
    kind: str
    annotation_id: int
    other_id: int | None
    name: str | None
    by: str
    at: str
    pipeline: str | None
    run_id: int | None
    score: float | None
    reason: str
    supersedes: int | None
    superseded_by: int | None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One command; times are ISO text in UTC, `finished` None while it runs or after a kill."""

    id: int
    command: str
    options: Mapping[str, object]
    pipeline: str | None
    started: str
    finished: str | None
    state: str
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A file that could not be used as a photo."""

    path: Path
    reason: str
    run_id: int | None
    at: str


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """An annotation that a pipeline does not identify."""

    annotation_id: int
    pipeline: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """One proposal for a query.

    Attributes:
        individual_id: the individual in the catalogue; None for an annotation not yet named.
        score: higher = more alike, comparable within the query.
        probability: calibrated, 0–1, where there is a calibration.
        annotations: those that speak for it, the strongest first.
    """

    individual_id: int | None
    score: float
    probability: float | None
    annotations: tuple[int, ...]

"""What an import did, for the person who started it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

Progress: TypeAlias = Callable[[int, int | None, str], None]
"""Called with how many are done, how many there are (None: unknown), and what was done last."""


KEPT = 10_000
"""Rejected files and rows that are listed; a million of them must not fill the memory."""

KINDS = 1000
"""Kinds of notes that are counted one by one; a note may quote the source."""


def no_progress(_done: int, _total: int | None, _what: str) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did.

    Attributes:
        run_id: the run in the catalogue.
        photos_added: new to the catalogue.
        photos_known: seen again, by content.
        photos_moved: known photos found at a new place, the old place being empty.
        copies: further places where a known photo lies.
        annotations_added: new animals in photos, people and vehicles included.
        individuals_added: new named individuals.
        names_given: animals that were given a name, a new one or a known one.
        encounters: how many there are in the project now.
        not_photos: files that nobody would take for a photo.
        rejected: what could not be used, and why; `metadata.csv line 12` for a row.
        notes: what the import noticed or decided, in sentences.
        columns: which column of a table was used for what.
        stations: how the photos got their stations.
        format: what the source was taken for, one of `FORMATS`.
        rejected_more: how many there are beyond the first `KEPT` of `rejected`.
    """

    run_id: int
    photos_added: int
    photos_known: int
    photos_moved: int
    copies: int
    annotations_added: int
    individuals_added: int
    names_given: int
    encounters: int
    not_photos: int
    rejected: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    columns: Mapping[str, str]
    stations: str
    format: str = ""
    rejected_more: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON can hold it, with at most 100 rejected files."""
        values = asdict(self)
        values["rejected"] = [list(pair) for pair in self.rejected[:100]]
        values["rejected_total"] = len(self.rejected) + self.rejected_more
        return values


TOO_WEAK = "box below the threshold was left out; to take it in, lower --threshold"
"""The remark about what a detector was not sure enough of."""


@dataclass
class Tally:
    """The summary while it grows."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    stations: Counter[str] = field(default_factory=Counter)
    not_photos: Counter[str] = field(default_factory=Counter)
    columns: Mapping[str, str] = field(default_factory=dict)
    format: str = ""
    rejected_more: int = 0

    def reject(self, what: str, reason: str) -> None:
        """Remember something that could not be used; beyond `KEPT` it is only counted."""
        if len(self.rejected) < KEPT:
            self.rejected.append((what, reason))
        else:
            self.rejected_more += 1

    def remark(self, sentence: str) -> None:
        """Count one more photo (or row) of which the sentence is true."""
        full = len(self.remarks) >= KINDS and sentence not in self.remarks
        self.remarks["another note, of a kind that is not listed" if full else sentence] += 1

    def summary(self, run_id: int, encounters: int) -> ImportSummary:
        """Freeze it."""
        names = (
            "photos_added", "photos_known", "photos_moved", "copies",
            "annotations_added", "individuals_added", "names_given",
        )  # fmt: skip
        return ImportSummary(
            run_id=run_id,
            **{name: self.counts[name] for name in names},
            encounters=encounters,
            not_photos=self.not_photos.total(),
            rejected=tuple(self.rejected),
            notes=tuple(self._notes()),
            columns=dict(self.columns),
            stations=_listed(self.stations) or "no photo got a new station",
            format=self.format,
            rejected_more=self.rejected_more,
        )

    def _notes(self) -> list[str]:
        notes = [f"{count} × {sentence}" for sentence, count in sorted(self.remarks.items())]
        if self.not_photos:
            notes.append(f"files that are not photos: {_listed(self.not_photos)}")
        return notes


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counter.most_common())

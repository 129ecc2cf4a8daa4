"""Checking a project's photos: what is there, what is wrong with it, and what to type."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fieldmark.api.ground import gap_of
from fieldmark.api.photos_hashes import find_duplicates, look_at_photos
from fieldmark.api.photos_thumbnails import Thumbnails
from fieldmark.catalog import Project, finish_run, group_encounters, rejected_files, start_run
from fieldmark.catalog.photocheck import (
    PhotoCounts,
    PhotoState,
    photo_counts,
    photo_states,
    stations_without_zone,
)
from fieldmark.catalog.timecheck import MEANINGS
from fieldmark.errors import ProjectError
from fieldmark.files import write_text
from fieldmark.jobs import Progress, default_workers, silent

FILE = "photos-check.csv"
COLUMNS = ("finding", "photo", "file", "station", "time", "what")

MISSING = "missing"
UNREADABLE = "unreadable"
DUPLICATE = "duplicate"
NO_STATION = "no-station"
NO_ZONE = "no-timezone"

KINDS: Mapping[str, str] = {
    MISSING: "the file is gone: put it back, or import the folder where it is now",
    UNREADABLE: "the file cannot be used as a photo",
    DUPLICATE: "the photo nearly repeats an earlier one: neither is evidence for the other",
    **{flag: f"{what}: it joins no encounter" for flag, what in MEANINGS.items()},
    NO_STATION: "no station is known: the photo joins no encounter",
    NO_ZONE: "nobody has said in which time zone the station's clock runs",
}
"""What may be found, in the order in which it is listed, and what it means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: with a photo, a file, or (`photo` None, no file) a station."""

    kind: str
    what: str
    photo: int | None = None
    file: str = ""
    station: str = ""
    time: str = ""


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        counts: how many photos there are, and what is on them.
        encounters: how many there are.
        findings: in the order of `KINDS`, then of photos.
        file: the table of them.
    """

    counts: PhotoCounts
    encounters: int
    findings: tuple[Finding, ...]
    file: Path

    @property
    def numbers(self) -> dict[str, int]:
        """How many findings there are of each kind that was found."""
        return dict(Counter(finding.kind for finding in self.findings))


@dataclass(frozen=True)
class Request:
    """How to check: by how many processes, and where the table goes (None: into the project)."""

    workers: int = field(default_factory=default_workers)
    out: Path | None = None


def check_photos(project: Project, request: Request, progress: Progress = silent) -> Checked:
    """Look at every photo once, find what is wrong, and write it down as a table.

    A killed check continues when it is asked for again.

    Raises:
        ProfileError: if the project's profile has mistakes.
        ProjectError: if the table or the cache cannot be written.
    """
    gap = gap_of(project)
    with project.writing() as session:
        run = start_run(session, "photos check", {}).id
    with Thumbnails(project.cache) as thumbnails:
        unreadable = look_at_photos(project, thumbnails, request.workers, progress)
        find_duplicates(project, thumbnails, progress)
    with project.writing() as session:
        encounters = group_encounters(session, gap)
    with project.reading() as session:
        counts = photo_counts(session)
    found = _findings(project, unreadable)
    file = request.out or project.folder / FILE
    _write(file, found)
    checked = Checked(counts, encounters, tuple(found), file)
    with project.writing() as session:
        finish_run(session, run, {"photos": counts.photos, "findings": checked.numbers})
    return checked


def _findings(project: Project, unreadable: Mapping[int, str]) -> list[Finding]:
    order = list(KINDS)
    with project.reading() as session:
        states = list(photo_states(session))
        named = {state.id: state.name for state in states}
        found = [finding for state in states for finding in _about(state, unreadable, named)]
        found += [
            Finding(UNREADABLE, row.reason, file=str(row.path)) for row in rejected_files(session)
        ]
        found += _zones(stations_without_zone(session))
    return sorted(found, key=lambda finding: order.index(finding.kind))


def _about(
    state: PhotoState, unreadable: Mapping[int, str], named: Mapping[int, str]
) -> Iterator[Finding]:
    for kind, what in _faults(state, unreadable, named):
        yield Finding(
            kind,
            what,
            state.id,
            state.name if state.path is None else str(state.path),
            state.station or "",
            state.time or "",
        )


def _faults(
    state: PhotoState, unreadable: Mapping[int, str], named: Mapping[int, str]
) -> Iterator[tuple[str, str]]:
    if state.path is None:
        yield MISSING, "no file with this content is where it was; import its folder again"
    if state.id in unreadable:
        yield UNREADABLE, unreadable[state.id]
    if (first := state.duplicate_of) is not None:
        yield DUPLICATE, f"it nearly repeats photo {first} ({named.get(first, '')})"
    if state.time_flag:
        yield state.time_flag, MEANINGS.get(state.time_flag, state.time_flag)
    if state.station is None:
        yield NO_STATION, "put the photos of each station into a folder, and import that again"


def _zones(stations: Collection[str]) -> Iterator[Finding]:
    for station in stations:
        yield Finding(
            NO_ZONE,
            f'type: fieldmark photos clock "{station}" --timezone Africa/Johannesburg'
            " (with the place where the camera's clock was set)",
            station=station,
        )


def _write(path: Path, findings: Iterable[Finding]) -> None:
    """Write UTF-8 CSV with a byte-order mark, which Excel needs to read names rightly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((f.kind, f.photo, f.file, f.station, f.time, f.what) for f in findings)
    try:
        write_text(path, "\ufeff" + text.getvalue())
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror}); close it in other programs, free some"
            " space, or choose another file with --out"
        ) from error

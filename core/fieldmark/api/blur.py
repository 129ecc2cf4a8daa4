"""Copies of photos in which no person can be recognised, for people outside the project.

The originals are only read. A copy is made again when what it hides has changed since, so that
one from before the detector ran, or with another margin, never passes for a safe one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from fieldmark.api.cover import comment_of, covered, is_complete, write_copy
from fieldmark.catalog import Project, counts
from fieldmark.errors import PhotoError, UserError
from fieldmark.exports.sharing import Names, Terms, imported_folders
from fieldmark.exports.shots import PAGE, Mark, Shot, shots
from fieldmark.files import sha256
from fieldmark.images import open_photo
from fieldmark.jobs import Progress, silent
from fieldmark.types import Box

WORKERS = 2
"""Threads: decoding and encoding leave Python's lock."""
BATCH = 8
"""Photos in work at once."""
_SIGN = "fieldmark blur-people "
_VEHICLES = frozenset({
    "vehicle", "car", "truck", "bus", "bicycle", "motorcycle", "train", "boat",
})  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What to copy, and what to hide in the copies.

    Attributes:
        everything: every photo that a detector has looked at, not only those with people.
        undetected: also photos that no detector has looked at; nothing is hidden in them.
        vehicles: hide vehicles, too.
        threshold: 0–1; boxes of a lower score are not believed. One without a score always is.
        margin: part of its width and height by which each box is grown on every side.
        top: part of the height to hide at the top: many cameras print the place there.
        bottom: the same at the bottom.
        keep_names: copies have the paths of the originals.
    """

    everything: bool = False
    undetected: bool = False
    vehicles: bool = False
    threshold: float = 0.0
    margin: float = 0.15
    top: float = 0.0
    bottom: float = 0.0
    keep_names: bool = False


class _Outcome(StrEnum):
    """What became of a photo that was to be copied."""

    WRITTEN = "written"
    THERE = "there"


@dataclass(frozen=True)
class Blurred:
    """What was done.

    Attributes:
        folder: with the copies.
        written: copies made now.
        there: copies that were there, hiding the same.
        hidden: people, and vehicles if asked for, hidden in the copies.
        undetected: photos left out because no detector has looked at them.
        failed: photos that could not be copied, and why.
    """

    folder: Path
    written: int
    there: int
    hidden: int
    undetected: int
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Work:
    """One copy to be made; `hidden` counts the people in it."""

    source: Path | None
    digest: str
    target: Path
    boxes: tuple[Box, ...]
    hidden: int

    @property
    def comment(self) -> str:
        """What marks the copy: a digest of the photo and of what is covered."""
        said = repr((1, self.digest, self.boxes)).encode()
        return _SIGN + hashlib.sha256(said).hexdigest()[:16]


@dataclass
class _Job:
    """The work while it goes on."""

    folder: Path
    request: Request
    names: Names
    seen: int = 0
    undetected: int = 0
    hidden: int = 0
    outcomes: Counter[_Outcome] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def works(self, page: list[Shot]) -> Iterator[_Work]:
        """Yield the copies to be made of a page of photos."""
        for shot in page:
            self.seen += 1
            boxes = [mark.box for mark in shot.marks if self._hides(mark)]
            if shot.detector is None and not boxes and not self.request.undetected:
                self.undetected += 1
            elif boxes or self.request.everything or shot.detector is None:
                yield self._work(shot, boxes)

    def _hides(self, mark: Mark) -> bool:
        """Say whether a box is covered; what is neither animal nor vehicle may be a person."""
        if mark.animal or (mark.label in _VEHICLES and not self.request.vehicles):
            return False
        return mark.score is None or mark.score >= self.request.threshold

    def _work(self, shot: Shot, boxes: list[Box]) -> _Work:
        asked = self.request
        grown = [box.grown(asked.margin) for box in boxes]
        strips = [Box(0.0, 0.0, 1.0, asked.top)] if asked.top else []
        strips += [Box(0.0, 1.0 - asked.bottom, 1.0, asked.bottom)] if asked.bottom else []
        target = self.folder / _as_jpeg(self.names.file(shot.sha256, shot.station, shot.path))
        return _Work(shot.path, shot.sha256, target, (*grown, *strips), len(boxes))

    def note(self, work: _Work, result: "_Outcome | str") -> None:
        """Count what became of a copy; a text says why there is none."""
        if isinstance(result, _Outcome):
            self.outcomes[result] += 1
            self.hidden += work.hidden
        else:
            self.failed.append((str(work.source or work.target.name), result))


def _as_jpeg(name: str) -> Path:
    """Return a copy's path below its folder; `a.png` and `a.jpg` remain two."""
    path = Path(name)
    below = path.relative_to(path.anchor)  # a full path would lead out of the folder
    jpeg = below.suffix.lower() in {".jpg", ".jpeg"}
    return below if jpeg else below.with_name(f"{below.name}.jpg")


def blur_people(
    project: Project, folder: Path, request: Request, progress: Progress = silent
) -> Blurred:
    """Write copies without recognisable people into a folder; the same call continues after a kill.

    Args:
        project: the catalogue.
        folder: of its own; copies in it that hide something else are replaced.
        request: which photos, and what to hide.
        progress: called after every few photos.

    Raises:
        UserError: if a value is out of its range, or the folder is one of originals or cannot
            be written.
    """
    _refuse_senseless(request)
    with project.reading() as session:
        total = counts(session).photos
        names = Names(session, Terms(private=request.keep_names))
        _refuse_among_originals(session, folder.resolve())
    job = _Job(folder.resolve(), request, names)
    with ThreadPoolExecutor(WORKERS) as pool:
        for page in _pages(project):
            works = job.works(page)
            while batch := list(islice(works, BATCH)):
                for work, result in zip(batch, pool.map(_copy, batch), strict=True):
                    job.note(work, result)
                progress(job.seen, total, "photos")
            progress(job.seen, total, "photos")
    return Blurred(
        folder=folder,
        written=job.outcomes[_Outcome.WRITTEN],
        there=job.outcomes[_Outcome.THERE],
        hidden=job.hidden,
        undetected=job.undetected,
        failed=tuple(job.failed),
    )


def _pages(project: Project) -> Iterator[list[Shot]]:
    """Yield the photos; no transaction stays open while copies are made."""
    last = 0
    while True:
        with project.reading() as session:
            page = list(islice(shots(session, last), PAGE))
        if not page:
            return
        yield page
        last = page[-1].id


def _copy(work: _Work) -> _Outcome | str:
    """Make a copy; return why there is none if the photo cannot be used."""
    try:
        return _copied(work)
    except PhotoError as problem:
        return str(problem)


def _copied(work: _Work) -> _Outcome:
    there = comment_of(work.target)
    if there == work.comment and is_complete(work.target):
        return _Outcome.THERE
    if work.target.exists() and not (there or "").startswith(_SIGN):
        raise PhotoError(
            f"{work.target} is there and is no copy of ours; choose another folder with --out"
        )
    pixels = open_photo(_verified(work))
    try:
        write_copy(covered(pixels, work.boxes), work.target, work.comment)
    except OSError as error:
        raise UserError(
            f"{work.target} cannot be written ({error.strerror}); free some space or choose"
            " another folder with --out, and type the same again: finished copies are kept"
        ) from error
    return _Outcome.WRITTEN


def _verified(work: _Work) -> Path:
    """Return the original; another picture in its place could show people where no box is."""
    try:
        if work.source is not None and sha256(work.source) == work.digest:
            return work.source
    except OSError:
        pass
    raise PhotoError("the photo is no longer where it was; type fieldmark import to find it again")


def _refuse_among_originals(session: Session, folder: Path) -> None:
    for original in imported_folders(session):
        if folder.is_relative_to(original):
            raise UserError(
                f"{folder} lies in {original}, from where photos are imported, so the next import"
                " would take the copies for photos; choose a folder elsewhere with --out"
            )


def _refuse_senseless(request: Request) -> None:
    for name, most in (("threshold", 1.0), ("margin", 2.0), ("top", 0.5), ("bottom", 0.5)):
        value = getattr(request, name)
        if not 0 <= value <= most:
            raise UserError(f"expected --{name} from 0 to {most:g}, got {value}")

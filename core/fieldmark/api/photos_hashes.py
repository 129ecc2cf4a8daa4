"""Looking at every photo once, and finding those that nearly repeat another."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from fieldmark.api.photos_near import near_duplicates
from fieldmark.api.photos_thumbnails import Thumbnails, Unit, look, look_at, ready
from fieldmark.catalog import Project
from fieldmark.catalog.duplicates import (
    Hashed,
    hashed_photos,
    record_duplicates,
    record_hashes,
)
from fieldmark.catalog.photocheck import photo_states
from fieldmark.catalog.places import Roots, photo_paths
from fieldmark.errors import PhotoError
from fieldmark.jobs import Failed, Progress, Spread
from fieldmark.learn.hashes import SIZE

BATCH = 64
"""Photos between two writes: what a kill can cost."""

LOOKING = "photos looked at"
COMPARING = "photos compared"


def look_at_photos(
    project: Project, thumbnails: Thumbnails, workers: int, progress: Progress
) -> dict[int, str]:
    """Store hash and thumbnail of each photo that has none; return why some cannot be read."""
    with project.reading() as session:
        units = [
            Unit(state.id, state.sha256, state.path)
            for state in photo_states(session)
            if not state.hashed and state.path is not None
        ]
    failed: dict[int, str] = {}
    done = 0
    outcomes = iter(Spread(look_at, ready, max(1, min(workers, len(units))))(units))
    while batch := list(islice(outcomes, BATCH)):
        good = {unit: found for unit, found in batch if not isinstance(found, Failed)}
        failed |= {unit.photo: found.reason for unit, found in batch if isinstance(found, Failed)}
        # First what the hash stands for: a kill between the two makes both again.
        thumbnails.write({unit.sha256: grey for unit, (_, grey) in good.items()})
        with project.writing() as session:
            record_hashes(session, {unit.photo: bits for unit, (bits, _) in good.items()})
        done += len(batch)
        progress(done, len(units), LOOKING)
    return failed


def find_duplicates(project: Project, thumbnails: Thumbnails, progress: Progress) -> int:
    """Store which photos nearly repeat an earlier one; return how many do."""
    with project.reading() as session:
        photos = hashed_photos(session)

    def load(places: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
        return dict(_looks(project, thumbnails, photos, places))

    def compared(done: int) -> None:
        progress(done, len(photos), COMPARING)

    places = near_duplicates([one.hash for one in photos], load, compared)
    found = {photos[one].photo: photos[first].photo for one, first in places.items()}
    with project.writing() as session:
        record_duplicates(session, found, photos)
    return len(found)


def _looks(
    project: Project, thumbnails: Thumbnails, photos: Sequence[Hashed], places: Sequence[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the thumbnails at some places, making those that the cache has lost."""
    stored = thumbnails.read([photos[place].sha256 for place in places])
    lost = [photos[place] for place in places if photos[place].sha256 not in stored]
    stored |= _made_again(project, thumbnails, lost)
    for place in places:
        if (grey := stored.get(photos[place].sha256)) is not None:
            yield place, np.frombuffer(grey, np.uint8).reshape(SIZE, SIZE)


def _made_again(
    project: Project, thumbnails: Thumbnails, lost: Sequence[Hashed]
) -> dict[str, bytes]:
    if not lost:
        return {}
    digests = {one.photo: one.sha256 for one in lost}
    with project.reading() as session:
        paths = photo_paths(session, Roots(session), digests)
    made = {}
    for photo, path in paths.items():
        try:
            made[digests[photo]] = look(path)[1]
        except PhotoError:  # damaged since it was hashed: nothing is said about it
            continue
    thumbnails.write(made)
    return made

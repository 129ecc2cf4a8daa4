"""Writing photos and the places where they lie."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.imports.files import Examined, Rejected
from fieldmark.catalog.imports.items import Item
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.places import Roots, size_of


class PhotoWriter:
    """Writes photos within one transaction."""

    def __init__(self, session: Session, tally: Tally, run_id: int, seen: set[int]) -> None:
        self._session = session
        self._roots = Roots(session)
        self._tally = tally
        self._run = run_id
        self._seen = seen
        self._any_rejected = session.scalar(select(t.RejectedFile.id).limit(1)) is not None

    def write(self, item: Item, found: Examined | Rejected | int) -> t.Photo | None:
        """Record a photo and its place; None if it cannot be used.

        Args:
            item: what the source says.
            found: what is in the file, or the number of the photo that lies there unchanged.
        """
        if isinstance(found, int):
            photo = self._session.get_one(t.Photo, found)
            self._count("photos_known", photo.id)
            return photo
        if isinstance(found, Rejected):
            self._reject(item, found.reason)
            return None
        root, below = self._roots.place(item.path, item.folder)
        photo, new = self._photo(found)
        self._locate(photo, new, root, below, found)
        if self._any_rejected:
            r = t.RejectedFile
            self._session.execute(delete(r).where(r.root_id == root, r.path == below))
        return photo

    def _count(self, what: str, photo: int) -> None:
        """Count a photo once, however many rows of a table speak of it."""
        if photo not in self._seen:
            self._seen.add(photo)
            self._tally.counts[what] += 1

    def _reject(self, item: Item, reason: str) -> None:
        self._tally.reject(item.shown, reason)
        if self._roots.find(item.path) is None and item.folder not in item.path.parents:
            return  # a wrong path in a table must not become a root
        root, below = self._roots.place(item.path, item.folder)
        self._forget_place(root, below)
        r = t.RejectedFile
        row = self._session.scalar(select(r).where(r.root_id == root, r.path == below))
        if row is None:
            row = r(root_id=root, path=below)
            self._session.add(row)
        row.reason, row.run_id, row.at = reason, self._run, t.utc_now()
        self._session.flush()

    def _photo(self, found: Examined) -> tuple[t.Photo, bool]:
        known = self._session.scalar(select(t.Photo).where(t.Photo.sha256 == found.sha256))
        if known is not None:
            self._count("photos_known", known.id)
            return known, False
        info, exif = found.info, found.exif
        photo = t.Photo(
            sha256=found.sha256, size=found.size, width=info.width, height=info.height,
            orientation=info.orientation, notes="; ".join(info.notes),
            captured_at=exif.captured_at, captured_zone=exif.zone,
            latitude=exif.latitude, longitude=exif.longitude,
            make=exif.make, model=exif.model, serial=exif.serial,
        )  # fmt: skip
        self._session.add(photo)
        self._session.flush()
        self._count("photos_added", photo.id)
        for note in info.notes:
            self._tally.remark(note)
        return photo, True

    def _locate(self, photo: t.Photo, new: bool, root: int, below: str, found: Examined) -> None:
        """Remember where the photo lies, and notice whether it moved or was copied."""
        here = self._present(root, below)
        if here is not None and here.photo_id != photo.id:
            self._forget_place(root, below)
            here = None
        place = here
        if place is None and not new:
            place = self._former(photo, root, below) or self._elsewhere(photo)
        if place is None:
            place = t.Location(photo_id=photo.id)
            self._session.add(place)
        place.root_id, place.path, place.missing = root, below, False
        place.size, place.mtime_ns = found.size, found.mtime_ns
        self._session.flush()

    def _present(self, root: int, below: str) -> t.Location | None:
        p = t.Location
        here = (p.root_id == root, p.path == below, p.missing.is_(False))
        return self._session.scalar(select(p).where(*here))

    def _forget_place(self, root: int, below: str) -> None:
        """The file is no longer what it was: the photo that lay there is missing there."""
        old = self._present(root, below)
        if old is not None:
            old.missing = True
            self._session.flush()

    def _former(self, photo: t.Photo, root: int, below: str) -> t.Location | None:
        """Return the place where this photo had been replaced, and has come back to."""
        p = t.Location
        same = (p.root_id == root, p.path == below, p.photo_id == photo.id)
        return self._session.scalar(select(p).where(*same))

    def _elsewhere(self, photo: t.Photo) -> t.Location | None:
        """Return the place that the photo has left; None if it is still wherever it was."""
        places = self._places(photo)
        gone = [one for one in places if size_of(self._path(one)) != photo.size]
        if gone:
            self._tally.counts["photos_moved"] += 1
            return gone[0]
        if places:
            self._tally.counts["copies"] += 1
        return None

    def _places(self, photo: t.Photo) -> Sequence[t.Location]:
        p = t.Location
        query = select(p).where(p.photo_id == photo.id, p.missing.is_(False)).order_by(p.id)
        return self._session.scalars(query).all()

    def _path(self, place: t.Location) -> Path:
        return self._roots.path(place.root_id, place.path)


def unchanged(session: Session, items: Sequence[Item]) -> dict[int, int]:
    """Return for the items (by position) whose file is as it was the number of its photo."""
    roots, p = Roots(session), t.Location
    found: dict[int, int] = {}
    for position, item in enumerate(items):
        place = roots.find(item.path)
        if place is None:
            continue
        query = select(p.photo_id, p.size, p.mtime_ns).where(
            p.root_id == place[0], p.path == place[1], p.missing.is_(False)
        )
        known = session.execute(query).one_or_none()
        if known is not None and _as_it_was(item, known.size, known.mtime_ns):
            found[position] = known.photo_id
    return found


def _as_it_was(item: Item, size: int, mtime_ns: int) -> bool:
    try:
        now = item.path.stat()
    except (OSError, ValueError):
        return False
    return (now.st_size, now.st_mtime_ns) == (size, mtime_ns)

"""Where photos lie: folders (roots) and paths below them, and how they are found again."""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldmark.catalog.tables import Location, Photo, Root


class Roots:
    """The project's roots, in both directions: file → (root, path below it) and back."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._project: Path = session.info["folder"]
        self._folders = {
            root.id: _folder(self._project, root) for root in session.scalars(select(Root))
        }
        self._ids = {folder: number for number, folder in self._folders.items()}

    def path(self, root_id: int, below: str) -> Path:
        """Return the absolute path; the file need not exist."""
        return self._folders[root_id] / below

    def find(self, file: Path) -> tuple[int, str] | None:
        """Return the deepest root that contains the absolute path, and the path below it."""
        for folder in file.parents:
            if folder in self._ids:
                return self._ids[folder], file.relative_to(folder).as_posix()
        return None

    def place(self, file: Path, folder: Path) -> tuple[int, str]:
        """Return `find(file)`, making `folder` (or the file's own) a root if there is none."""
        found = self.find(file)
        if found is None:
            self._add(folder if folder in file.parents else file.parent)
            found = self.find(file)
        assert found is not None  # noqa: S101 - the root was just made
        return found

    def _add(self, folder: Path) -> None:
        root = Root(path=portable(self._project, folder), last_seen=str(folder))
        self._session.add(root)
        self._session.flush()
        self._folders[root.id] = folder
        self._ids[folder] = root.id


def _folder(project: Path, root: Root) -> Path:
    """Return where a root is now: by its stored path, else where it was last seen."""
    stored = Path(os.path.normpath(project / root.path))
    last = Path(root.last_seen)
    return last if not stored.is_dir() and last.is_dir() else stored


def portable(project: Path, path: Path) -> str:
    """Return an absolute path as one that survives a move of project and photos together.

    There is one only beside or inside the project: `../../../data` would be as fixed as an
    absolute path, and harder to understand.
    """
    if project.parent.parent != project.parent and path.is_relative_to(project.parent):
        return Path(os.path.relpath(path, project)).as_posix()
    return str(path)


def photo_paths(session: Session, roots: Roots, ids: Collection[int]) -> dict[int, Path]:
    """Return for each photo that can be found the first place where it lies.

    A file of another size is another photo, so it is not returned.
    """
    rows = session.execute(
        select(Location.photo_id, Location.root_id, Location.path, Photo.size)
        .join(Photo, Photo.id == Location.photo_id)
        .where(Location.photo_id.in_(ids), Location.missing.is_(False))
        .order_by(Location.id)
    )
    found: dict[int, Path] = {}
    for photo, root, below, size in rows:
        path = roots.path(root, below)
        if photo not in found and size_of(path) == size:
            found[photo] = path
    return found


def size_of(path: Path) -> int | None:
    """Return the size of a file in bytes; None if it cannot be reached."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


def in_pages(ids: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    """Return the numbers in ascending order, in pages that fit into one SQL statement."""
    ordered = sorted(set(ids))
    return (ordered[start : start + size] for start in range(0, len(ordered), size))

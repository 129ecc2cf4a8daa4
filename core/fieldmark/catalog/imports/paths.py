"""Finding the photos that a file names: paths of other systems, other case, other accents."""

import os
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.summary import Tally
from fieldmark.catalog.imports.values import UnusableError

_LISTINGS = 32
"""Folders whose content is remembered; a file names the photos of one folder together."""

_DRIVE = re.compile(r"[A-Za-z]:/")
_WEB = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class PhotoFinder:
    r"""Finds named photos under a root; what it took a liberty for is counted in the tally.

    A path is tried as it is written. If no file is there, upper and lower case and the way of
    writing accents are ignored, provided that exactly one file matches. Of an absolute path that
    does not exist here, such as `C:\photos\cam1\IMG_1.JPG`, the longest tail that exists under
    the root is taken; two folders of the source never become one folder here.
    """

    def __init__(self, root: Path, tally: Tally) -> None:
        self._root = root
        self._tally = tally
        self._listings = OrderedDict[Path, dict[str, list[str]]]()
        self._claims: dict[Path, str] = {}

    def find(self, written: str) -> Path:
        """Return an absolute path; it need not exist, and is then the one that was written.

        Raises:
            UnusableError: if it is no path, or could be two files.
        """
        named = written.strip().replace("\\", "/")
        if not named or printable(named) != named or "\0" in named:
            raise UnusableError("the entry's `file` is not a path")
        if _WEB.match(named) or named.startswith("/") or _DRIVE.match(named):
            return self._absolute(named)
        return self._below(named) or _plain(self._root / named)

    def guess(self, candidates: Iterable[str], owner: str) -> Path | None:
        """Return the first of some paths under the root that exists; None if none does.

        Raises:
            UnusableError: if photos of another owner, such as a deployment, were found in the same
                folder: then equal names do not mean equal photos.
        """
        for named in candidates:
            found = self._below(named.replace("\\", "/")) if printable(named) == named else None
            if found is not None and found != self._root:
                self._claim(found.parent, owner)
                return found
        return None

    def station(self, photo: Path) -> str:
        """Return the first folder below the root that holds the photo; empty for none."""
        if not photo.is_relative_to(self._root):
            return ""
        return (*photo.relative_to(self._root).parts[:-1], "")[0]

    def _absolute(self, named: str) -> Path:
        here = None if _WEB.match(named) else Path(os.path.normpath(named))
        if here is not None and here.is_absolute() and os.path.lexists(here):
            return here
        parts = [part for part in PurePosixPath(named).parts if part not in {"/", "//", ".."}]
        for start in range(1, len(parts)):
            found = self._below("/".join(parts[start:]))
            if found is not None:
                self._claim(found.parent, "/".join(parts[:-1]))
                self._tally.remark("the path is of another computer; its end was found here")
                return found
        if _WEB.match(named):
            raise UnusableError(f"{named[:200]} is on the web; download the photos first")
        return here if here is not None and here.is_absolute() else _plain(self._root / named)

    def _claim(self, folder: Path, source: str) -> None:
        first = self._claims.setdefault(folder, source.casefold())
        if first != source.casefold():
            raise UnusableError(
                f"photos of {source} and of another folder would both lie in {folder}; give the"
                " folder that holds both with `--root`"
            )

    def _below(self, named: str) -> Path | None:
        """Return the file of that path under the root; None if there is none, or several."""
        path = _plain(self._root / named)
        if os.path.lexists(path):
            return path
        if not path.is_relative_to(self._root):
            return None
        found, alike = self._root, False
        for part in path.relative_to(self._root).parts:
            exact = self._listing(found).get(_folded(part), [])
            if part not in exact and len(exact) != 1:
                return None
            alike = alike or part not in exact
            found /= part if part in exact else exact[0]
        if alike:
            self._tally.remark("a file was found with other upper and lower case, or other accents")
        return found

    def _listing(self, folder: Path) -> dict[str, list[str]]:
        """Return the names in a folder by their folded form; nothing where there is no folder."""
        if folder not in self._listings:
            names: dict[str, list[str]] = {}
            for name in _names(folder):
                names.setdefault(_folded(name), []).append(name)
            self._listings[folder] = names
            if len(self._listings) > _LISTINGS:
                self._listings.popitem(last=False)
        self._listings.move_to_end(folder)
        return self._listings[folder]


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entry.name for entry in entries)
    except OSError:
        return


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path))

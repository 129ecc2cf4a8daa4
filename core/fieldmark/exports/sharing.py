"""What leaves the house: places, people and files under their own names, or under other ones.

An export is shareable unless the user asks for a private one. In a shareable export stations are
called S01, S02, … in the order in which the project came to know them, photos by the beginning of
their sha256 below their station, and people observer-1, observer-2, … A photo that `fieldmark
blur-people` copied has the same name, so that the two fit together.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldmark.catalog import tables as t
from fieldmark.catalog.places import Roots

DIGITS = 16
"""Of the sha256 in a photo's name: 64 bits, so that even a million photos share none."""

PRECISIONS = (0.1, 0.01, 0.001)
"""Degrees that shareable coordinates may be rounded to: the categories high, medium and low of
Chapman (2020), Current Best Practices for Generalizing Sensitive Species Occurrence Data, GBIF."""

SHAREABLE = (
    "Shareable: stations and files have other names than at home, people have pseudonyms, and"
    " what the cameras wrote into the photos is left out."
)
PRIVATE = (
    "PRIVATE, NOT FOR SHARING: this holds the true paths of photos, stations, exact coordinates"
    " and people's names."
)

_IMPORT, _PERSON = "import:", "person:"


@dataclass(frozen=True)
class Terms:
    """On what terms an export leaves.

    Attributes:
        private: with true paths, stations, coordinates and people's names.
        precision: degrees that coordinates of a shareable export are rounded to.
    """

    private: bool = False
    precision: float = 0.1

    @property
    def sentence(self) -> str:
        """What the terms mean, for whoever reads the export."""
        return PRIVATE if self.private else SHAREABLE


class Names:
    """The names under which stations, photos, people and detectors leave."""

    def __init__(self, session: Session, terms: Terms) -> None:
        self.terms = terms
        self._stations = station_keys(session)
        self._people = _pseudonyms(session)
        self.base = common_folder(session)

    def station(self, name: str | None) -> str:
        """Return what to call a station; empty for none."""
        if name is None:
            return ""
        return name if self.terms.private else self._stations[name]

    def file(self, sha256: str, station: str | None, path: Path | None) -> str:
        """Return a photo's path, with `/`: below `base` where private, else a new name."""
        if not self.terms.private:
            return self.shared(sha256, station)
        if path is None:
            return f"{sha256[:DIGITS]}.jpg"
        if self.base is None or not path.is_relative_to(self.base):
            return path.as_posix()
        return path.relative_to(self.base).as_posix()

    def shared(self, sha256: str, station: str | None) -> str:
        """Return what a photo is called elsewhere, whatever the terms: `S01/0123….jpg`."""
        name, key = f"{sha256[:DIGITS]}.jpg", self._stations.get(station or "")
        return f"{key}/{name}" if key else name

    def person(self, by: str | None) -> str:
        """Return who decided: a name, a pseudonym, or `model:` with digits; empty for nobody."""
        if by is None or self.terms.private or by.startswith("model:"):
            return by or ""
        return self._people.get(by.removeprefix(_PERSON)) or self.detector(by)

    def detector(self, source: str | None) -> str:
        """Return a detector's name; what an imported file called it may hold a path or a name."""
        if source is None or self.terms.private:
            return source or ""
        return source.partition(":")[0]


def station_keys(session: Session) -> dict[str, str]:
    """Return `S01`, … for each station, in the order of their first deployment.

    A new station changes no older one's key.
    """
    d = t.Deployment
    query = select(d.station).group_by(d.station).order_by(func.min(d.id))
    return {name: f"S{number:02d}" for number, name in enumerate(session.scalars(query), 1)}


def common_folder(session: Session) -> Path | None:
    """Return the folder that holds every photo; None where there is none, as with two drives."""
    folders = imported_folders(session)
    try:
        return Path(os.path.commonpath(folders)) if folders else None
    except ValueError:  # on several drives of Windows
        return None


def imported_folders(session: Session) -> list[Path]:
    """Return the folders that photos were imported from, as they lie now."""
    roots = Roots(session)
    return [roots.path(number, "") for number in session.scalars(select(t.Root.id))]


def rounded(degrees: float, precision: float) -> float:
    """Return degrees rounded to a precision: generalised, never shifted at random."""
    return round(round(degrees / precision) * precision, 3)


def _pseudonyms(session: Session) -> dict[str, str]:
    """Return `observer-1`, … for people and `import-1`, … for files, in the order of the log."""
    d, a = t.Decision, t.Annotation
    drawn = select(a.source)  # a detector can say that its box is what was decided on before
    decided = select(d.by).where(d.by.not_in(drawn)).group_by(d.by).order_by(func.min(d.id))
    sided = select(a.side_by).where(a.side_by.is_not(None)).group_by(a.side_by)
    sided = sided.order_by(func.min(a.id))
    found: dict[str, str] = {}
    for by in (*session.scalars(decided), *session.scalars(sided)):
        name = (by or "").removeprefix(_PERSON)
        if name and name not in found and not name.startswith("model:"):
            found[name] = _pseudonym(name, found.values())
    return found


def _pseudonym(name: str, given: Collection[str]) -> str:
    kind = "import-" if name.startswith(_IMPORT) else "observer-"
    return f"{kind}{sum(one.startswith(kind) for one in given) + 1}"

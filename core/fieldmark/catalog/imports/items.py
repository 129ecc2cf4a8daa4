"""What a source (folder, table, detector's file) says about one photo."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from fieldmark.types import Box, Side

UNNAMED = frozenset({
    "", "unknown", "____", "nan", "none", "null", "na", "n/a", "<na>", "?", "-", "unidentified",
})  # fmt: skip
"""Names, in lower case, that mean that nobody knows the name."""


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A rectangle in pixels of the upright photo: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def in_photo(self, width: int, height: int) -> tuple[Box | None, bool]:
        """Return the part inside the photo (None: there is none), and whether it was clipped."""
        left, top = max(self.x, 0.0), max(self.y, 0.0)
        right, bottom = min(self.x + self.w, width), min(self.y + self.h, height)
        if right - left < 0.5 or bottom - top < 0.5:
            return None, False
        clipped = (right - left, bottom - top) != (self.w, self.h)
        over = max(left - self.x, top - self.y, self.x + self.w - right, self.y + self.h - bottom)
        box = Box.from_pixels(left, top, right - left, bottom - top, (width, height))
        return box, clipped and over > 1


@dataclass(frozen=True, slots=True)
class Animal:
    """What is said of one animal; empty texts where nothing is said.

    Attributes:
        box: None for the whole photo.
        name: of the individual.
        species: another than the project's.
        side: which one is seen.
        encounter: the source's own label of the visit.
        certain: whether somebody says that there is one, though no box shows it.
    """

    box: PixelBox | None = None
    name: str = ""
    species: str = ""
    side: Side = Side.UNKNOWN
    encounter: str = ""
    certain: bool = False


UNSAID = Animal()


@dataclass(frozen=True, slots=True)
class Seen:
    """A box that a detector drew, or a person (whose boxes have no score).

    `animal` is what is said of the animal in it.
    """

    box: Box | PixelBox
    label: str
    score: float | None
    animal: Animal = UNSAID


@dataclass(frozen=True, slots=True)
class Placement:
    """The deployment that a photo belongs to, as the source states it.

    Attributes:
        name: its own, the `deploymentID`.
        station: where the camera stood.
        starts: ISO text without a zone, or None.
        ends: as `starts`.
        latitude: degrees north, WGS 84.
        longitude: degrees east.
        timezone: of the camera's clock, such as `+02:00`.
    """

    name: str
    station: str
    starts: str | None = None
    ends: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None


Detections: TypeAlias = tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One photo as a source sees it.

    Attributes:
        path: absolute.
        shown: what to call it when something is wrong with it.
        folder: the folder that becomes a root if the file lies in none.
        animals: what is known of the animals.
        detections: what a detector saw, perhaps nothing; None: no detector looked.
        station: its name; empty for none.
        captured_at: ISO text; empty for what the camera wrote.
        zone: the UTC offset that the source states for that time, such as `+02:00`, or nothing.
        placement: the deployment, where the source tells more of it than the station's name.
    """

    path: Path
    shown: str
    folder: Path
    animals: tuple[Animal, ...] = field(default=())
    detections: Detections | None = None
    station: str = ""
    captured_at: str = ""
    zone: str = ""
    placement: Placement | None = None


def known_name(text: str) -> str:
    """Return a name without blanks around it; empty if it means that nobody knows."""
    name = " ".join(text.split())
    return "" if name.casefold() in UNNAMED else name

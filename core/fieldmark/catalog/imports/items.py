"""What a source (folder, table, detector's file) says about one photo."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from fieldmark.types import Box, Detection, Side

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
class PixelDetection:
    """A detection whose box is in pixels."""

    box: PixelBox
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Animal:
    """One animal: `box` None for the whole photo; empty texts where nothing is said."""

    box: PixelBox | None = None
    name: str = ""
    species: str = ""
    side: Side = Side.UNKNOWN
    encounter: str = ""


Detections: TypeAlias = tuple[Detection | PixelDetection, ...]


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
    """

    path: Path
    shown: str
    folder: Path
    animals: tuple[Animal, ...] = field(default=())
    detections: Detections | None = None
    station: str = ""
    captured_at: str = ""


def known_name(text: str) -> str:
    """Return a name without blanks around it; empty if it means that nobody knows."""
    name = " ".join(text.split())
    return "" if name.casefold() in UNNAMED else name

"""What an observation of Camtrap DP says, without its place in the package."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from fieldmark.catalog.imports.csvrows import Row, said
from fieldmark.catalog.imports.fields import parse_side
from fieldmark.catalog.imports.files import printable
from fieldmark.catalog.imports.items import known_name
from fieldmark.catalog.imports.values import UnusableError, confidence, fractions, number
from fieldmark.types import Box, Side

_TYPES = {"animal": "animal", "human": "person", "vehicle": "vehicle", "blank": "blank"}
_BOX = ("bboxx", "bboxy", "bboxwidth", "bboxheight")
_SIDE_TAGS = frozenset({"viewpoint", "side", "flank", "orientation"})


@dataclass(frozen=True)
class Observation:
    """One row, as far as it matters.

    Attributes:
        where: what to call the row.
        label: `animal`, `person`, `vehicle` or `blank`.
        species: the scientific name.
        name: of the individual; empty also where the row counts several animals.
        side: as the tags say it.
        event: the `eventID`.
        box: left, top, width, height as fractions of the photo.
        score: 0–1, of a machine; None: a person said it.
    """

    where: str
    label: str
    species: str = ""
    name: str = ""
    side: str = Side.UNKNOWN
    event: str = ""
    box: tuple[float, float, float, float] | None = None
    score: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        """Return what `as_json` gave."""
        box = value["box"]
        return cls(**{**value, "box": None if box is None else tuple(box)})

    @property
    def place(self) -> Box | None:
        """Its box."""
        return None if self.box is None else Box(*self.box)


def observation(where: str, row: Row) -> Observation | None:
    """Read a row; None if it says nothing of what the photo shows.

    Raises:
        UnusableError: if it is not what the format says.
    """
    kind = said(row, "observationtype").lower()
    if kind in {"unknown", "unclassified", ""}:
        return None
    if kind not in _TYPES:
        raise UnusableError(f"the observationType {kind[:80]!r} is none of Camtrap DP's")
    several = _number(said(row, "count"), 1) > 1
    return Observation(
        where,
        _TYPES[kind],
        printable(said(row, "scientificname")),
        "" if several else known_name(said(row, "individualid")),
        _side(said(row, "observationtags")),
        known_name(said(row, "eventid")),
        _box(row),
        _score(row),
    )


def _side(tags: str) -> Side:
    """Return the side that a tag such as `viewpoint:left` names."""
    for tag in tags.split("|"):
        key, _, value = tag.replace("=", ":").partition(":")
        if key.strip().lower() in _SIDE_TAGS:
            return parse_side(value) or Side.UNKNOWN
    return Side.UNKNOWN


def _box(row: Row) -> tuple[float, float, float, float] | None:
    parts = [said(row, column) for column in _BOX]
    if not any(parts):
        return None
    box = fractions([number(part) for part in parts])
    return box.x, box.y, box.w, box.h


def _score(row: Row) -> float | None:
    if said(row, "classificationmethod").lower() != "machine":
        return None
    probability = said(row, "classificationprobability")
    return confidence(probability) if probability else 1.0


def _number(text: str, otherwise: float) -> float:
    try:
        return number(text) if text else otherwise
    except UnusableError:
        return otherwise

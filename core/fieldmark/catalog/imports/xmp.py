"""Reading who is in a photo from the hierarchical tags that people write into it.

Lightroom, digiKam and camtrapR's users tag photos as `Individual|T-017`, `Flank|Left` and
`Species|Tiger`; the parts are separated by `|` or `:` in `lr:hierarchicalSubject`, and by `/` in
`digiKam:TagsList`. A group may be one observer's, as in `Individual_Ana`; where two observers
differ, nothing is taken. Only what is embedded in the photo is read, as camtrapR does.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from fieldmark.catalog.imports.fields import parse_side
from fieldmark.catalog.imports.items import Item, known_name
from fieldmark.catalog.imports.labels import Naming
from fieldmark.catalog.imports.summary import Tally
from fieldmark.images import DECODER_FAULTS, FORMATS
from fieldmark.types import Side

_LARGEST = 1 << 20  # bytes; a packet of tags has some thousands
_LISTS = re.compile(
    r"<(?:\w+:)?(hierarchicalSubject|TagsList)\b[^>]*>(.*?)</(?:\w+:)?\1>", re.DOTALL
)
_ENTRY = re.compile(r"<rdf:li\b[^>]*>([^<]*)</rdf:li>")
_GROUPS = {
    "individual": "name", "individualid": "name", "individual id": "name",
    "flank": "side", "side": "side", "viewpoint": "side",
    "species": "species", "speciesid": "species",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tags:
    """What the tags of a photo say; empty where they say nothing, or several things.

    Attributes:
        name: of the individual.
        side: as it is written.
        species: as it is written.
        clashes: the groups of which several values are given.
    """

    name: str = ""
    side: str = ""
    species: str = ""
    clashes: tuple[str, ...] = ()


def read_tags(path: Path) -> Tags:
    """Read a photo's tags; none where there are none, or where they are damaged."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            packet = image.info.get("xmp")
    except DECODER_FAULTS:
        return Tags()
    return tags_of(packet) if isinstance(packet, bytes) else Tags()


def tags_of(packet: bytes) -> Tags:
    """Make sense of an XMP packet."""
    said: Mapping[str, set[str]] = defaultdict(set)
    for group, value in _entries(packet[:_LARGEST].decode("utf-8", "replace")):
        use = _GROUPS.get(group.partition("_")[0].strip().lower())
        if use is not None and known_name(value):
            said[use].add(known_name(value))
    single = {use: next(iter(values)) for use, values in said.items() if len(values) == 1}
    clashes = tuple(sorted(use for use, values in said.items() if len(values) > 1))
    return Tags(**single, clashes=clashes)


def tagged(item: Item, tags: Tags, naming: Naming, tally: Tally) -> Item:
    """Add what a photo's tags say to what its folder says, which is believed before them."""
    for use in tags.clashes:
        tally.remark(f"the photo's tags give several values for its {use}, so none was used")
    if not item.animals or tags == Tags(clashes=tags.clashes):
        return item
    side = parse_side(tags.side)
    if side is None:
        tally.remark(f"the side {tags.side!r} is not known, so it was taken as unknown")
    first = item.animals[0]
    told = replace(
        first,
        name=first.name or tags.name,
        side=side or Side.UNKNOWN,
        species=first.species or naming.said(tags.species),
    )
    return replace(item, animals=(told, *item.animals[1:]))


def _entries(packet: str) -> Iterator[tuple[str, str]]:
    """Yield the first and the last part of every hierarchical tag."""
    for kind, listed in _LISTS.findall(packet):
        separators = "/" if kind == "TagsList" else "|:"
        for entry in _ENTRY.findall(listed):
            text = html.unescape(entry).strip()
            separator = next((one for one in separators if one in text), None)
            if separator is not None:
                parts = text.split(separator)
                yield parts[0], parts[-1]
